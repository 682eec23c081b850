// Every rule and invariant that a comment, a public text or the table of mutants cites exists in
// docs/. Reads the tree as text; a citation is a word such as R4 in a comment, or a number after
// the word invariant.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace proof {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> all_matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
    found.insert((*at)[1].str());
  }
  return found;
}

/// The bold codes at the start of a paragraph; of a range both ends.
std::set<std::string> rules_in(const std::string& page) {
  std::set<std::string> rules = all_matches(page, std::regex("\\*\\*([A-Z][0-9]+)[.–* ]"));
  // The budgets are one paragraph.
  for (int i = 1; i <= 6; ++i) rules.insert("Q" + std::to_string(i));
  return rules;
}

std::set<std::string> invariants_in(const std::string& page) {
  return all_matches(page, std::regex("\\*\\*([0-9]+)\\*\\*"));
}

/// What stands behind // in each line; a URL in a literal counts too, and cites nothing.
std::string comments_of(const std::string& source) {
  std::istringstream lines(source);
  std::string comments;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find("//");
    if (at != line.npos) comments += line.substr(at) + "\n";
  }
  return comments;
}

std::set<std::string> cited_rules(const std::string& text) {
  std::set<std::string> rules = all_matches(
      text, std::regex("(?:^|[ (/,:\"–-])([RBTPHCFSVQ][1-9][0-9]?)(?![0-9A-Za-z%_+-])"));
  rules.erase("C11");  // the language
  return rules;
}

std::set<std::string> cited_invariants(const std::string& text) {
  std::set<std::string> numbers;
  const std::regex lists("(?:[Ii]nvariants?|inv\\.?) ([0-9]+(?:(?:, | and )[0-9]+)*)");
  for (const std::string& list : all_matches(text, lists)) {
    for (const std::string& number : all_matches(list, std::regex("([0-9]+)"))) {
      numbers.insert(number);
    }
  }
  return numbers;
}

struct Citing {
  std::string path;
  std::string text;
};

std::vector<Citing> citing_files() {
  const fs::path root = HOLDFAST_SOURCE_DIR;
  std::vector<Citing> files;
  for (const char* folder : {"src", "include", "fault_server", "proptests", "bench", "examples"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string kind = entry.path().extension().string();
      const std::string path = entry.path().lexically_relative(root).generic_string();
      if (kind == ".h" || kind == ".cc" || kind == ".c") {
        files.push_back({path, comments_of(text_of(entry.path()))});
      } else if (entry.path().filename() == "table.py") {
        files.push_back({path, text_of(entry.path())});
      }
    }
  }
  return files;
}

TEST(Citations, every_cited_rule_is_defined) {
  const std::set<std::string> rules =
      rules_in(text_of(fs::path(HOLDFAST_SOURCE_DIR) / "docs" / "rules.md"));
  ASSERT_GT(rules.size(), 60U);
  std::size_t citations = 0;
  for (const Citing& file : citing_files()) {
    for (const std::string& rule : cited_rules(file.text)) {
      ++citations;
      EXPECT_TRUE(rules.contains(rule)) << file.path << " cites " << rule;
    }
  }
  EXPECT_GT(citations, 200U);
}

TEST(Citations, every_cited_invariant_is_defined) {
  const std::set<std::string> invariants =
      invariants_in(text_of(fs::path(HOLDFAST_SOURCE_DIR) / "docs" / "invariants.md"));
  ASSERT_GT(invariants.size(), 50U);
  std::size_t citations = 0;
  for (const Citing& file : citing_files()) {
    for (const std::string& number : cited_invariants(file.text)) {
      ++citations;
      EXPECT_TRUE(invariants.contains(number)) << file.path << " cites invariant " << number;
    }
  }
  EXPECT_GT(citations, 40U);
}

TEST(Citations, are_found_where_they_stand) {
  EXPECT_EQ(cited_rules("// (R2, B6). RFC 9110 R44x, P3/P4; SHA1 and C11"),
            (std::set<std::string>{"R2", "B6", "P3", "P4"}));
  EXPECT_EQ(cited_invariants("// invariants 30, 40 and 44; inv 7"),
            (std::set<std::string>{"30", "40", "44", "7"}));
  EXPECT_EQ(comments_of("int r1;  // R1\nint b2;\n"), "// R1\n");
}

}  // namespace
}  // namespace proof
