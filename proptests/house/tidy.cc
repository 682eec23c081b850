#include "proptests/house/tidy.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>

namespace proof::tidy {
namespace {

using Words = std::initializer_list<std::string_view>;

bool among(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
bool among(std::string_view word, Words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool starts_with_any(std::string_view text, Words starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return text.starts_with(start); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }
bool is_header(std::string_view path) { return path.ends_with(".h"); }
/// Tests and what only they use, by name: x_test.cc, x_test_y.h, a rig (x_rig.h), a row of a table
/// (x_case.h), rapidcheck generators (x_arbitrary.h).
bool is_test(std::string_view path) {
  const std::string_view name = file_name(path);
  for (const std::string_view part : {"_test.", "_test_", "_rig.", "_case.", "_arbitrary."}) {
    if (name.find(part) != name.npos) return true;
  }
  return path.starts_with("proptests/");
}

/// The folders of src/ that hold rooms and headers of their own, which their rooms share.
constexpr std::array<std::string_view, 2> kHalls = {"wire", "engine"};

/// The room in which `path` lies, below src/ or fault_server/: "http", "wire/h1", "engine".
std::string_view room_of(std::string_view path) {
  const std::size_t end = path.find('/');
  if (end == path.npos) return {};
  const std::size_t second = path.find('/', end + 1);
  const bool hall = among(path.substr(0, end), kHalls) && second != path.npos;
  return path.substr(0, hall ? second : end);
}

constexpr std::string_view kFaultServer = "fault_server/";

/// Which house a file belongs to: a room of src/ ("http", "wire/h1"), "public", a room of the fault
/// server ("fault_server/h1"), or "outside" (proptests, bench, examples), which may see everything.
std::string_view house_of(std::string_view path) {
  if (path.starts_with("include/")) return "public";
  if (path.starts_with("src/")) return room_of(path.substr(4));
  if (path.starts_with(kFaultServer)) {
    const std::string_view room = room_of(path.substr(kFaultServer.size()));
    return path.substr(0, kFaultServer.size() + room.size());
  }
  return "outside";
}

/// Tests may compare the rooms of one hall.
bool in_one_hall(std::string_view one, std::string_view other) {
  const std::string_view hall = one.substr(0, one.find('/'));
  return (among(hall, kHalls) || hall == "fault_server") &&
         hall == other.substr(0, other.find('/'));
}

struct Arrow {
  std::string_view from;
  std::vector<std::string_view> to;
};

std::vector<std::string_view> with(std::vector<std::string_view> rooms,
                                   std::span<const std::string_view> more) {
  rooms.insert(rooms.end(), more.begin(), more.end());
  return rooms;
}

std::vector<std::string_view> below_session() {
  return {"base", "fault_server/script", "fault_server/journal", "fault_server/rules"};
}
std::vector<std::string_view> below_protocols() {
  return with(below_session(), Words{"fault_server/answer", "fault_server/session"});
}
constexpr std::array<std::string_view, 3> kProtocols = {"fault_server/h1", "fault_server/h2",
                                                        "fault_server/tls"};
std::vector<std::string_view> below_shells() {
  std::vector<std::string_view> rooms = with(below_protocols(), kProtocols);
  return with(std::move(rooms), Words{"fault_server/peer", "fault_server/report"});
}

/// Which room may include which others. Each may include itself, and every room of src/ the public
/// headers.
const std::vector<Arrow>& arrows() {
  static const std::vector<Arrow> kArrows = {
      {"public", {}},
      {"base", {}},
      {"http", {"base"}},
      {"body", {"base", "http"}},
      {"telemetry", {"base", "http"}},
      {"policy", {"base", "http"}},
      {"wire", {"base"}},
      {"wire/h1", {"base", "wire"}},
      {"wire/h2", {"base", "wire"}},
      {"wire/tls", {"base", "wire"}},
      {"wire/content", {"base", "wire"}},
      {"engine", {"base", "body"}},
      {"engine/pool", {"base", "policy", "engine"}},
      {"engine/core",
       {"base", "http", "body", "policy", "wire", "wire/h1", "wire/h2", "wire/tls", "wire/content",
        "engine", "engine/pool"}},
      {"uv", {"base", "http", "engine"}},
      {"sim", {"base", "http", "body", "engine"}},
      {"api", {"base", "http", "body", "engine", "uv"}},
      {"c", {"api"}},
      {"cli", {"tool"}},
      {"tool", {}},
      {"testing",
       {"base", "http", "engine", "api", "sim", "fault_server/script", "fault_server/journal",
        "fault_server/tls", "fault_server/peer", "fault_server/admin", "fault_server/sim"}},
      {"fault_server/script", {"base"}},
      {"fault_server/journal", {"base", "fault_server/script"}},
      {"fault_server/rules", {"base", "fault_server/script", "fault_server/journal"}},
      {"fault_server/answer", below_session()},
      {"fault_server/session", with(below_session(), Words{"fault_server/answer"})},
      {"fault_server/h1", below_protocols()},
      {"fault_server/h2", below_protocols()},
      {"fault_server/tls", below_protocols()},
      {"fault_server/peer", with(below_protocols(), kProtocols)},
      {"fault_server/report", below_protocols()},
      {"fault_server/admin", below_shells()},
      {"fault_server/catalogue", with(below_shells(), Words{"fault_server/admin"})},
      {"fault_server/sim", with(below_shells(), Words{"fault_server/admin", "sim"})},
      {"fault_server/uv", with(below_shells(), Words{"fault_server/admin", "tool"})},
  };
  return kArrows;
}

/// The house of an included file of ours; empty if the include is not from one of our roots.
std::string_view house_of_include(std::string_view name) {
  if (name.starts_with("holdfast/") || name == "holdfast.h") return "public";
  if (name.starts_with("fault_server/")) return house_of(name);
  if (starts_with_any(name, {"proptests/", "bench/", "examples/"})) return "outside";
  const std::string_view room = room_of(name);
  return std::any_of(arrows().begin(), arrows().end(),
                     [&](const Arrow& arrow) { return arrow.from == room; })
             ? room
             : std::string_view();
}

/// Where a third-party header may stand; one row a library. A place ending in '/' is a folder.
struct Library {
  std::string_view name;
  Words headers;
  Words places;
};

bool at_one_of(std::string_view path, Words places) {
  const std::string_view house = house_of(path);
  return std::any_of(places.begin(), places.end(), [&](std::string_view place) {
    if (place == "tests") return is_test(path);
    return place == house || path.starts_with(place);
  });
}

std::string_view misplaced_library(std::string_view path, std::string_view header) {
  static const std::array<Library, 13> kLibraries = {{
      {"llhttp", {"llhttp"}, {"wire/h1", "fault_server/", "outside"}},
      {"nghttp2", {"nghttp2/"}, {"wire/h2", "fault_server/", "outside"}},
      {"OpenSSL", {"openssl/"}, {"wire/tls", "fault_server/", "src/cli/", "outside"}},
      {"a decoder",
       {"zlib.h", "zstd", "brotli/"},
       {"wire/content", "fault_server/", "outside", "tests"}},
      {"libpsl", {"libpsl"}, {"src/http/public_suffix.cc"}},
      {"libidn2", {"idn2.h"}, {"src/http/idn.cc"}},
      {"libuv",
       {"uv.h", "uv/"},
       {"src/uv/", "src/api/", "src/c/", "src/cli/", "fault_server/uv/", "outside"}},
      {"nlohmann-json", {"nlohmann/"}, {"src/cli/", "fault_server/", "outside"}},
      {"CLI11", {"CLI/"}, {"src/cli/", "src/tool/", "fault_server/", "outside"}},
      {"GoogleTest", {"gtest/", "gmock/"}, {"tests"}},
      {"rapidcheck", {"rapidcheck"}, {"tests"}},
      {"Google Benchmark", {"benchmark/"}, {"bench/"}},
      {"libcurl", {"curl/"}, {"bench/"}},
  }};
  for (const Library& library : kLibraries) {
    if (!starts_with_any(header, library.headers)) continue;
    return at_one_of(path, library.places) ? std::string_view() : library.name;
  }
  return {};
}

bool is_third_party(std::string_view header) {
  return starts_with_any(header, {"llhttp", "nghttp2/", "openssl/", "zlib.h", "zstd", "brotli/",
                                  "libpsl", "idn2.h", "uv.h", "uv/", "nlohmann/", "CLI/", "gtest/",
                                  "gmock/", "rapidcheck", "benchmark/", "curl/"});
}

/// Standard C++ headers have neither dot nor slash. Others (POSIX) mean I/O, and only shells do
/// I/O. The two files that are about files are such shells in a room that is none: what a file is
/// has to be asked of the descriptor that was opened, not of its path.
bool may_use_system_headers(std::string_view path) {
  return at_one_of(path, {"src/uv/", "src/api/", "src/c/", "src/cli/", "src/tool/process_",
                          "src/body/file_source.cc", "src/body/file_store.cc", "fault_server/uv/",
                          "outside", "tests"});
}

std::string complaint_about_include(std::string_view path, std::string_view name, bool quoted) {
  const std::string shown(name);
  const std::string_view house = house_of(path);
  if (is_third_party(name)) {
    const std::string_view library = misplaced_library(path, name);
    if (library.empty()) return {};
    return "includes " + shown + ": " + std::string(library) + " has no place in this file";
  }
  if (!quoted && house_of_include(name) != "public") {
    if (name == "random") return "includes <random>: use base/rng.h";
    if (name.find_first_of("./") == name.npos || may_use_system_headers(path)) return {};
    if (name == "arpa/inet.h" && house == "http") return {};  // inet_pton: a parser, no I/O
    // C has no others to name sizes and fixed widths by.
    if (path.starts_with("include/holdfast/c/") && among(name, {"stddef.h", "stdint.h"})) return {};
    return "includes <" + shown + ">: only the shells may use system headers";
  }
  const std::string_view target = house_of_include(name);
  if (target.empty()) return "includes \"" + shown + "\": not below one of the include roots";
  if (house == "outside") return {};
  if (is_test(name) && !is_test(path))
    return "includes \"" + shown + "\": that is for tests, and this is none";
  if (target == "public" && house.starts_with(kFaultServer) && name == "holdfast/time.h") return {};
  for (const Arrow& arrow : arrows()) {
    if (arrow.from != house) continue;
    if (target == house || among(target, arrow.to)) return {};
    // Tests may compare the rooms of one hall, and the fault server is tested through its upper
    // rooms.
    if (is_test(path) && in_one_hall(house, target)) return {};
    if (target == "public" && !house.starts_with(kFaultServer) && house != "tool") return {};
    return "includes \"" + shown + "\": " + std::string(house) + " may not know " +
           std::string(target);
  }
  return "lies in " + std::string(house) + ", which is no room (add it to the arrows)";
}

struct Token {
  std::string_view text;
  std::size_t line = 0;
  std::string_view before;  ///< what stands directly before, blanks skipped, up to 2 characters
  std::string_view after;   ///< what stands directly after, blanks skipped, up to 16 characters
};

std::vector<Token> words_of(std::string_view code) {
  std::vector<Token> tokens;
  std::size_t line = 1;
  for (std::size_t at = 0; at < code.size();) {
    if (code[at] == '\n') ++line;
    if (!is_word(code[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && is_word(code[end])) ++end;
    const std::string_view before = trim(code.substr(at < 40 ? 0 : at - 40, at < 40 ? at : 40));
    const std::string_view after = trim(code.substr(end, 40));
    tokens.push_back({code.substr(at, end - at), line,
                      before.substr(before.size() < 2 ? 0 : before.size() - 2),
                      after.substr(0, 16)});
    at = end;
  }
  return tokens;
}

bool reads_clock(const Token& token) {
  if (among(token.text, {"clock_gettime", "gettimeofday", "timespec_get", "uv_hrtime", "uv_now",
                         "uv_update_time", "uv_clock_gettime", "uv_gettimeofday", "__rdtsc"}))
    return true;
  if (token.text.ends_with("_clock")) {
    return token.after.starts_with("::now") || token.after.starts_with(":: now");
  }
  const bool of_std_or_global = !token.before.ends_with(".") && !token.before.ends_with("->");
  return token.text == "time" && of_std_or_global &&
         starts_with_any(token.after, {"(nullptr)", "(NULL)", "(0)", "(&"});
}

bool may_read_clock(std::string_view path, std::string_view call) {
  if (path.starts_with("src/uv/"))
    return file_name(path).starts_with("clock") || call == "uv_update_time";
  const std::string_view name = file_name(path);
  return starts_with_any(path, {"src/cli/", "bench/"}) || house_of(path) == "fault_server/uv" ||
         (path.starts_with("proptests/") && name.find("_uv") != name.npos);
}

bool draws_randomly(const Token& token) {
  if (among(token.text, {"random_device", "mt19937", "mt19937_64", "minstd_rand", "minstd_rand0",
                         "default_random_engine", "srand", "srandom", "drand48", "lrand48",
                         "mrand48", "arc4random"}))
    return true;
  // C's own random() takes nothing; a function of ours of that name takes what it draws from.
  return ((token.text == "rand" && token.after.starts_with("(")) ||
          (token.text == "random" && token.after.starts_with("()"))) &&
         !token.before.ends_with(".") && !token.before.ends_with("->");
}

bool asks_entropy(const Token& token) {
  return among(token.text, {"getrandom", "getentropy", "uv_random"}) &&
         token.after.starts_with("(");
}

bool sleeps(const Token& token) {
  return among(token.text, {"sleep", "usleep", "nanosleep", "clock_nanosleep", "sleep_for",
                            "sleep_until", "uv_sleep"}) &&
         token.after.starts_with("(") && !token.before.ends_with(".") &&
         !token.before.ends_with("->");
}

std::size_t characters(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a UTF-8 continuation
  }));
}

bool has_unfinished_mark(std::string_view line) {
  // Spelled in two pieces so that this file passes its own check.
  for (std::string_view mark : {"TO"
                                "DO",
                                "FIX"
                                "ME",
                                "X"
                                "XX"}) {
    const std::size_t at = line.find(mark);
    if (at == line.npos) continue;
    const std::size_t end = at + mark.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end])))
      return true;
  }
  return false;
}

}  // namespace

std::vector<Finding> check_includes(const Source& source) {
  std::vector<Finding> findings;
  const std::string code = blank_out(source.text, false);
  const std::vector<std::string_view> visible = lines_of(code);
  const std::vector<std::string_view> lines = lines_of(source.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // The blanked line says whether this is code; the line itself holds the name.
    std::string_view directive = trim(visible[i]);
    if (!directive.starts_with("#")) continue;
    directive = trim(directive.substr(1));
    if (!directive.starts_with("include")) continue;
    const std::size_t open = lines[i].find_first_of("<\"");
    if (open == std::string_view::npos) continue;  // a macro names it
    const std::size_t close = lines[i].find_first_of(">\"", open + 1);
    if (close == std::string_view::npos) continue;
    std::string what = complaint_about_include(
        source.path, lines[i].substr(open + 1, close - open - 1), lines[i][open] == '"');
    if (!what.empty()) findings.push_back({source.path, i + 1, std::move(what)});
  }
  return findings;
}

std::vector<Finding> check_calls(const Source& source) {
  std::vector<Finding> findings;
  const std::string code = blank_out(source.text, true);
  const auto report = [&](const Token& token, std::string_view why) {
    findings.push_back(
        {source.path, token.line, std::string(token.text) + ": " + std::string(why)});
  };
  for (const Token& token : words_of(code)) {
    if (reads_clock(token) && !may_read_clock(source.path, token.text))
      report(token, "reads a clock; time is an argument here (base/instant.h)");
    if (draws_randomly(token)) report(token, "draws unseeded; use base/rng.h");
    if (asks_entropy(token) &&
        !at_one_of(source.path, {"src/uv/", "src/api/", "src/cli/", "fault_server/uv/"}))
      report(token, "asks the system for entropy; the seed is an argument here");
    if (sleeps(token)) report(token, "sleeps; wait for the event itself");
    if (token.text == "GTEST_SKIP" || token.text.starts_with("DISABLED_"))
      report(token, "leaves a test out");
  }
  return findings;
}

std::vector<Finding> check_lines(const Source& source) {
  std::vector<Finding> findings;
  const std::vector<std::string_view> lines = lines_of(source.text);
  if (lines.size() > kMaxFileLines)
    findings.push_back({source.path, 0,
                        std::to_string(lines.size()) + " lines, more than " +
                            std::to_string(kMaxFileLines) + ": this wants to be two ideas"});
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto report = [&](std::string what) {
      findings.push_back({source.path, i + 1, std::move(what)});
    };
    if (characters(lines[i]) > kMaxColumns)
      report(std::to_string(characters(lines[i])) + " columns, more than " +
             std::to_string(kMaxColumns));
    if (lines[i].find('\t') != std::string_view::npos) report("a tab");
    if (has_unfinished_mark(lines[i])) report("a mark of unfinished work");
  }
  return findings;
}

std::vector<Finding> check_header(const Source& source) {
  if (!is_header(source.path)) return {};
  std::vector<Finding> findings;
  if (!source.text.starts_with("//"))
    findings.push_back({source.path, 1, "a header opens by saying what it is"});
  const std::string code = blank_out(source.text, false);
  if (!trim(code).starts_with("#pragma once"))
    findings.push_back({source.path, 1, "a header's first directive is #pragma once"});
  return findings;
}

std::vector<Finding> check_top_level(const std::vector<std::string>& names) {
  std::vector<Finding> findings;
  for (const std::string& name : names) {
    const bool ours =
        among(name, {"src", "include", "fault_server", "proptests", "bench", "docs", "examples",
                     "cmake", "scripts", "Makefile", "CMakeLists.txt", "CMakePresets.json",
                     "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"});
    // Build folders and what editors leave are ignored by git and by this.
    if (!ours && !starts_with_any(name, {".", "build", "callgrind.out", "CMakeUserPresets",
                                         "compile_commands.json"}))
      findings.push_back({name, 0, "does not belong at the top level"});
  }
  return findings;
}

std::vector<Finding> check(const Source& source) {
  std::vector<Finding> all;
  for (auto* rule :
       {&check_includes, &check_calls, &check_lines, &check_functions, &check_header}) {
    for (Finding& finding : rule(source)) all.push_back(std::move(finding));
  }
  return all;
}

std::string to_string(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.path;
    if (finding.line != 0) text += ":" + std::to_string(finding.line);
    text += ": " + finding.what + "\n";
  }
  return text;
}

}  // namespace proof::tidy
