// The C face and the C++ one say the same: codes by number and name, and every function of
// holdfast.h is called by the tests that are written in C.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "holdfast.h"
#include "holdfast/error.h"

namespace proof {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// All that a program in C can include.
std::string headers_for_c() {
  const fs::path include = fs::path(HOLDFAST_SOURCE_DIR) / "include";
  std::string text = text_of(include / "holdfast.h");
  for (const auto& entry : fs::directory_iterator(include / "holdfast" / "c")) {
    text += text_of(entry.path());
  }
  return text;
}

std::set<std::string> words_of(const std::string& text, const std::string& start) {
  std::set<std::string> words;
  for (std::size_t at = 0; (at = text.find(start, at)) != text.npos;) {
    std::size_t end = at;
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
      ++end;
    }
    words.insert(text.substr(at, end - at) + (text[end] == '(' ? "()" : ""));
    at = end;
  }
  return words;
}

TEST(CFace, codes_have_the_numbers_and_names_of_error_h) {
  const std::string header = headers_for_c();
  int number = 0;
  const auto expect = [&](std::string name) {
    ++number;
    EXPECT_EQ(holdfast_code_name(static_cast<holdfast_code>(number)), name);
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const std::string line = "  HOLDFAST_" + name + " = " + std::to_string(number);
    EXPECT_NE(header.find(line), header.npos) << "holdfast.h lacks" << line;
  };
#define X(name, text, fault, transient) expect(#name);
  HOLDFAST_ERROR_CODES(X)
#undef X
  EXPECT_EQ(HOLDFAST_PEER_FLOODING, number);
}

TEST(CFace, every_function_is_called_by_the_tests_in_c) {
  const fs::path root = HOLDFAST_SOURCE_DIR;
  std::string tests;
  for (const auto& entry : fs::directory_iterator(root / "proptests" / "c_face")) {
    tests += text_of(entry.path());
  }
  const std::set<std::string> called = words_of(tests, "holdfast_");
  std::size_t functions = 0;
  std::istringstream header(headers_for_c());
  for (std::string line; std::getline(header, line);) {
    if (line.find("HOLDFAST_EXPORT") == line.npos) continue;
    for (const std::string& word : words_of(line, "holdfast_")) {
      if (!word.ends_with("()")) continue;
      ++functions;
      EXPECT_TRUE(called.contains(word)) << word;
    }
  }
  EXPECT_GT(functions, 120U);
}

}  // namespace
}  // namespace proof
