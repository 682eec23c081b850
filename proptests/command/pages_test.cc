// The manual pages and completion scripts of both commands: whole, well formed by the judgement of
// the programs they are for, and of use at a prompt.
#include <algorithm>
#include <iterator>
#include <set>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

bool installed(const std::string& program) {
  return run("sh -c 'command -v " + program + "'").exit == 0;
}

/// A command with what prints its pages.
struct Tool {
  const char* name;
  const char* man;
  const char* completion;
  std::vector<std::string> commands;  // "" for none
};

const Tool kTools[] = {{"holdfast",
                        "man",
                        "completion",
                        {"", "get", "head", "post", "put", "patch", "delete", "options", "trace",
                         "load", "completion", "man"}},
                       {"fault-server", "--man", "--completion", {""}}};

/// The long options that --help lists.
std::set<std::string> options_of(const Tool& tool, const std::string& command) {
  const Ran help = run(kBin + "/" + tool.name + " " + command + " --help");
  EXPECT_EQ(help.exit, 0) << help.err;
  std::set<std::string> options;
  std::istringstream page(help.out);
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("  -") && !line.starts_with("      --")) continue;
    const std::size_t begin = line.find("--");
    options.insert(line.substr(begin, line.find(' ', begin) - begin));
  }
  return options;
}

std::string page(const Tool& tool, const std::string& words) {
  const Ran ran = run(kBin + "/" + tool.name + " " + words);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_FALSE(ran.out.empty());
  return ran.out;
}

std::string without_backslashes(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\\'), text.end());
  return text;
}

TEST(command_pages, every_option_of_every_command_is_in_each) {
  for (const Tool& tool : kTools) {
    const std::string manual = without_backslashes(page(tool, tool.man));
    const std::string bash = page(tool, std::string(tool.completion) + " bash");
    const std::string zsh = page(tool, std::string(tool.completion) + " zsh");
    const std::string fish = page(tool, std::string(tool.completion) + " fish");
    std::size_t found = 0;
    for (const std::string& command : tool.commands) {
      EXPECT_TRUE(has(manual, command) && has(bash, command) && has(zsh, command) &&
                  has(fish, command))
          << command;
      for (const std::string& option : options_of(tool, command)) {
        EXPECT_TRUE(has(manual, option + "fR")) << option;
        EXPECT_TRUE(has(bash, option)) << option;
        EXPECT_TRUE(has(zsh, option)) << option;
        EXPECT_TRUE(has(fish, " -l " + option.substr(2) + " ")) << option;
        ++found;
      }
    }
    EXPECT_GT(found, 15U) << tool.name;
  }
}

TEST(command_pages, manuals_satisfy_the_programs_that_show_them) {
  const Scratch scratch;
  for (const Tool& tool : kTools) {
    const std::string file = scratch / (std::string(tool.name) + ".1");
    std::ofstream(file) << page(tool, tool.man);
    if (installed("groff")) {
      const Ran ran = run("groff -man -ww -Tutf8 " + file);
      EXPECT_EQ(ran.err, "") << tool.name;
      EXPECT_TRUE(has(ran.out, "(1)")) << ran.out;
    }
    if (installed("mandoc")) {
      const Ran ran = run("mandoc -Tlint -Wwarning " + file);
      // A page whose text depends on the day it was built would be another one each time.
      std::istringstream said(ran.out);
      for (std::string line; std::getline(said, line);) {
        EXPECT_TRUE(has(line, "missing date")) << line;
      }
    }
  }
}

TEST(command_pages, completion_scripts_satisfy_their_shells) {
  const Scratch scratch;
  for (const Tool& tool : kTools) {
    for (const std::string shell : {"bash", "zsh", "fish"}) {
      if (!installed(shell)) continue;
      std::ofstream(scratch / "script") << page(tool, tool.completion + (" " + shell));
      const Ran ran = run(shell + " -n " + (scratch / "script"));
      EXPECT_EQ(ran.exit, 0) << shell << ran.err;
      EXPECT_EQ(ran.err, "") << shell;
    }
  }
}

/// What bash would offer, in order of the alphabet, after `line` has been typed, in a folder with a
/// file and a folder.
std::string offered(const Tool& tool, const std::string& line) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "photos");
  std::ofstream(scratch / "photo.pem") << "x";
  std::ofstream(scratch / "script") << page(tool, std::string(tool.completion) + " bash");
  std::string function = "_" + std::string(tool.name);
  std::replace(function.begin(), function.end(), '-', '_');
  std::ofstream(scratch / "try") << "cd " << (scratch / "") << "\nsource ./script\n"
                                 << "COMP_LINE='" << line << "'\nCOMP_POINT=${#COMP_LINE}\n"
                                 << "COMP_WORDS=($COMP_LINE)\nCOMP_CWORD=${#COMP_WORDS[@]}\n"
                                 << "complete -p " << tool.name << " >/dev/null || exit 9\n"
                                 << function << "\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const Ran ran = run("bash -u " + (scratch / "try"));
  EXPECT_EQ(ran.exit, 0) << line << ran.err;
  EXPECT_EQ(ran.err, "") << line;
  std::istringstream words(ran.out);
  const std::set<std::string> sorted{std::istream_iterator<std::string>(words), {}};
  std::string joined;
  for (const std::string& word : sorted) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

TEST(command_pages, bash_offers_what_fits_at_the_prompt) {
  const Tool& tool = kTools[0];
  EXPECT_EQ(offered(tool, "holdfast po"), "post");
  EXPECT_TRUE(has(offered(tool, "holdfast "), "get head load"));
  EXPECT_EQ(offered(tool, "holdfast get --max-a"), "--max-attempts");
  EXPECT_EQ(offered(tool, "holdfast load http://localhost/ --stre"), "--streams");
  EXPECT_EQ(offered(tool, "holdfast get --stre"), "--stream");
  EXPECT_EQ(offered(tool, "holdfast get --tls-min "), "1.2 1.3");
  EXPECT_EQ(offered(tool, "holdfast get --tls-min=1.3"), "1.3");
  EXPECT_EQ(offered(tool, "holdfast get --cacert pho"), "photo.pem photos");
  EXPECT_EQ(offered(tool, "holdfast get --cacert=pho"), "photo.pem photos");
  EXPECT_EQ(offered(tool, "holdfast post -d @photo."), "photo.pem");
  EXPECT_EQ(offered(tool, "holdfast post -F photo=@photo."), "photo.pem");
  EXPECT_EQ(offered(tool, "holdfast post -d pho"), "");
  EXPECT_EQ(offered(tool, "holdfast get --max-attempts "), "");
  EXPECT_EQ(offered(tool, "holdfast completion "), "bash fish zsh");
  EXPECT_EQ(offered(kTools[1], "fault-server --cert-dir pho"), "photos");
  EXPECT_EQ(offered(kTools[1], "fault-server --preset fl"), "flaky-wifi");
  EXPECT_TRUE(has(offered(kTools[1], "fault-server --tls-"), "--tls-cert --tls-port"));
}

TEST(command_pages, every_preset_and_certificate_that_is_offered_exists) {
  const Tool& tool = kTools[1];
  for (const std::string option : {"--preset", "--tls-port 0 --tls-cert"}) {
    std::istringstream words(offered(tool, "fault-server " + option + " "));
    std::size_t found = 0;
    for (std::string word; words >> word; ++found) {
      Server server({"--rule", "pass"});
      const Ran ran =
          run(kBin + "/fault-server --port " + server.port() + " " + option + " " + word);
      EXPECT_EQ(ran.exit, 1) << option << " " << word << ran.err;  // known; but the port is taken
    }
    EXPECT_GE(found, 6U) << option;
  }
}

TEST(command_pages, an_unknown_shell_is_told_those_there_are) {
  for (const std::string command : {"holdfast completion tcsh", "fault-server --completion tcsh"}) {
    const Ran ran = run(kBin + "/" + command);
    EXPECT_EQ(ran.exit, 2);
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(has(ran.err, "bash, zsh or fish")) << ran.err;
  }
}

}  // namespace
}  // namespace proof
