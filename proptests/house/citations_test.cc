// What the tree cites exists in docs/: rules (R4), invariants (invariant 29) and rows of the fault
// catalogue (a test named row_34_…), none of them only planned; and every relative link between
// Markdown pages leads to a file, and to a heading of it. Reads the tree as text: comments of
// sources, the table of mutants, and pages.
#include <gtest/gtest.h>

#include <cctype>
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

std::string page(const char* name) { return text_of(fs::path(HOLDFAST_SOURCE_DIR) / name); }

/// What a page defines, and what its last section only plans.
struct Defined {
  std::set<std::string> built, planned;
};

Defined defined_in(const std::string& page, const std::string& heading, const std::regex& code) {
  const std::size_t plan = page.find(heading);
  if (plan == page.npos) return {all_matches(page, code), {}};
  return {all_matches(page.substr(0, plan), code), all_matches(page.substr(plan), code)};
}

/// The bold codes.
Defined rules() {
  static const Defined kRules = defined_in(page("docs/rules.md"), "\n## 10. Planned\n",
                                           std::regex("\\*\\*([A-Z][0-9]+)[.* ]"));
  return kRules;
}

Defined invariants() {
  static const Defined kInvariants =
      defined_in(page("docs/invariants.md"), "\n## Planned\n", std::regex("\\*\\*([0-9]+)\\*\\*"));
  return kInvariants;
}

/// The numbers in the first column of the catalogue; a row is planned where its last column says
/// so.
Defined rows_of(const std::string& page) {
  Defined rows;
  const std::regex row("\\| ([0-9]+) \\|.*\\| (.*) \\|");
  std::istringstream lines(page);
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, found, row)) continue;
    (found[2].str().starts_with("planned") ? rows.planned : rows.built).insert(found[1].str());
  }
  return rows;
}

/// Why `code` may not be cited; empty if it may.
std::string objection(const Defined& defined, const std::string& code, const char* where) {
  if (defined.built.contains(code)) return {};
  if (defined.planned.contains(code)) return std::string(where) + " still calls it planned";
  return std::string(where) + " does not define it";
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

/// Rows that the names of tests cite: row_34_, rows_50_and_51_, rows_52_to_54_.
std::set<std::string> cited_rows(const std::string& source) {
  if (source.find("row_") == source.npos && source.find("rows_") == source.npos) return {};
  std::set<std::string> rows = all_matches(source, std::regex("\\brows?_([0-9]+)_"));
  rows.merge(all_matches(source, std::regex("\\brow_[0-9]+_and_([0-9]+)_")));
  rows.merge(all_matches(source, std::regex("\\brows_[0-9]+_(?:and|to)_([0-9]+)_")));
  return rows;
}

/// A page without its code.
std::string prose_of(const std::string& page) {
  std::istringstream lines(page);
  std::string prose;
  bool code = false;
  for (std::string line; std::getline(lines, line);) {
    const bool fence = line.starts_with("```");
    if (fence) code = !code;
    if (!fence && !code) prose += line + "\n";
  }
  return std::regex_replace(prose, std::regex("`[^`\n]*`"), "`");
}

/// The anchors of a page's headings, as forges make them: lower case, blanks as dashes.
std::set<std::string> anchors_of(const std::string& page) {
  std::set<std::string> anchors;
  for (const std::string& heading : all_matches(page, std::regex("(?:^|\n)#+ ([^\n]*)"))) {
    std::string anchor;
    for (const char c : heading) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80) {
        anchor += static_cast<char>(std::tolower(byte));
      } else if (c == ' ') {
        anchor += '-';
      }
    }
    anchors.insert(anchor);
  }
  return anchors;
}

/// Why a link on the page at `path` leads nowhere; empty if it does not.
std::string dead_link(const fs::path& path, const std::string& link) {
  if (link.find("://") != link.npos || link.starts_with("mailto:")) return {};
  const std::size_t hash = link.find('#');
  fs::path target = path;
  if (hash != 0) target = path.parent_path() / link.substr(0, hash);
  if (!fs::exists(target)) return "there is no such file";
  if (hash == link.npos || anchors_of(text_of(target)).contains(link.substr(hash + 1))) return {};
  return "the page has no such heading";
}

struct Citing {
  std::string path;
  std::string text;
};

std::vector<Citing> sources() {
  const fs::path root = HOLDFAST_SOURCE_DIR;
  std::vector<Citing> files;
  for (const char* folder : {"src", "include", "fault_server", "proptests", "bench", "examples"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string kind = entry.path().extension().string();
      const std::string path = entry.path().lexically_relative(root).generic_string();
      if (kind == ".h" || kind == ".cc" || kind == ".c") {
        files.push_back({path, text_of(entry.path())});
      }
    }
  }
  return files;
}

std::vector<Citing> pages() {
  const fs::path root = HOLDFAST_SOURCE_DIR;
  std::vector<Citing> files;
  const auto add = [&](const fs::path& path) {
    if (path.extension() != ".md") return;
    files.push_back({path.lexically_relative(root).generic_string(), text_of(path)});
  };
  for (const auto& entry : fs::directory_iterator(root)) add(entry.path());
  for (const char* folder : {"docs", "src", "fault_server", "examples"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) add(entry.path());
  }
  return files;
}

/// What may cite: comments, pages but for the defining ones, and the table of mutants.
std::vector<Citing> citing_files() {
  std::vector<Citing> files = sources();
  for (Citing& file : files) file.text = comments_of(file.text);
  for (Citing& file : pages()) {
    if (file.path != "docs/rules.md" && file.path != "docs/invariants.md") {
      files.push_back({file.path, prose_of(file.text)});
    }
  }
  files.push_back({"proptests/mutants/table.py", page("proptests/mutants/table.py")});
  return files;
}

TEST(Citations, every_cited_rule_is_defined) {
  ASSERT_GT(rules().built.size(), 60U);
  ASSERT_GT(rules().planned.size(), 3U);
  std::size_t citations = 0;
  for (const Citing& file : citing_files()) {
    for (const std::string& rule : cited_rules(file.text)) {
      ++citations;
      EXPECT_EQ(objection(rules(), rule, "docs/rules.md"), "") << file.path << " cites " << rule;
    }
  }
  EXPECT_GT(citations, 200U);
}

TEST(Citations, every_cited_invariant_is_defined) {
  ASSERT_GT(invariants().built.size(), 50U);
  std::size_t citations = 0;
  for (const Citing& file : citing_files()) {
    for (const std::string& number : cited_invariants(file.text)) {
      ++citations;
      EXPECT_EQ(objection(invariants(), number, "docs/invariants.md"), "")
          << file.path << " cites invariant " << number;
    }
  }
  EXPECT_GT(citations, 40U);
}

TEST(Citations, every_row_of_the_catalogue_that_a_test_names_is_built) {
  const Defined rows = rows_of(page("docs/faults.md"));
  ASSERT_GT(rows.built.size(), 60U);
  std::size_t citations = 0;
  for (const Citing& file : sources()) {
    std::set<std::string> cited = cited_rows(file.text);
    if (file.path.find("catalogue") != file.path.npos) {
      cited.merge(all_matches(file.text, std::regex("\\{([0-9]+),\\s+\"")));
    }
    for (const std::string& row : cited) {
      ++citations;
      EXPECT_EQ(objection(rows, row, "docs/faults.md"), "") << file.path << " cites row " << row;
    }
  }
  EXPECT_GT(citations, 50U);
}

TEST(Citations, every_link_between_pages_leads_somewhere) {
  const fs::path root = HOLDFAST_SOURCE_DIR;
  std::size_t links = 0;
  for (const Citing& file : pages()) {
    for (const std::string& link :
         all_matches(prose_of(file.text), std::regex("\\]\\(([^) \n]+)\\)"))) {
      ++links;
      EXPECT_EQ(dead_link(root / file.path, link), "") << file.path << " links to " << link;
    }
  }
  EXPECT_GT(links, 50U);
}

TEST(Citations, are_found_where_they_stand) {
  EXPECT_EQ(cited_rules("// (R2, B6). RFC 9110 R44x, P3/P4; SHA1 and C11"),
            (std::set<std::string>{"R2", "B6", "P3", "P4"}));
  EXPECT_EQ(cited_invariants("// invariants 30, 40 and 44; inv 7"),
            (std::set<std::string>{"30", "40", "44", "7"}));
  EXPECT_EQ(comments_of("int r1;  // R1\nint b2;\n"), "// R1\n");
  EXPECT_EQ(
      cited_rows("TEST(H2, rows_52_to_54_goaway) TEST(H2, row_60_an) TEST(P, row_42_and_43_f)"),
      (std::set<std::string>{"52", "54", "60", "42", "43"}));
}

TEST(Citations, what_is_planned_may_not_be_cited) {
  const Defined rows = rows_of("| row | fault |\n| 7 | late | `delay=` |\n| 9 | x | planned |\n");
  EXPECT_EQ(objection(rows, "7", "it"), "");
  EXPECT_EQ(objection(rows, "9", "it"), "it still calls it planned");
  EXPECT_EQ(objection(rows, "8", "it"), "it does not define it");
}

TEST(Citations, dead_links_are_found) {
  const fs::path here = fs::path(HOLDFAST_SOURCE_DIR) / "docs" / "rules.md";
  EXPECT_EQ(dead_link(here, "https://example.org/none"), "");
  EXPECT_EQ(dead_link(here, "invariants.md"), "");
  EXPECT_EQ(dead_link(here, "../README.md#two-commands"), "");
  EXPECT_EQ(dead_link(here, "#1-retries"), "");
  EXPECT_NE(dead_link(here, "invariant.md"), "");
  EXPECT_NE(dead_link(here, "../README.md#three-commands"), "");
  EXPECT_EQ(prose_of("[a](b)\n```\n[c](d)\n```\n`[e](f)`\n"), "[a](b)\n`\n");
}

}  // namespace
}  // namespace proof
