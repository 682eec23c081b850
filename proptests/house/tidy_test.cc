// The architecture, enforced: every source of the tree is held to the house rules, and every rule
// is shown to catch what it is for.
#include "proptests/house/tidy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using proof::tidy::Finding;
using proof::tidy::Source;

std::vector<Source> all_sources() {
  namespace fs = std::filesystem;
  const fs::path root = HOLDFAST_SOURCE_DIR;
  std::vector<Source> sources;
  for (const char* folder : {"src", "include", "fault_server", "proptests", "bench", "examples"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const fs::path& path = entry.path();
      if (!entry.is_regular_file() ||
          (path.extension() != ".h" && path.extension() != ".cc" && path.extension() != ".c"))
        continue;
      std::ifstream file(path, std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      sources.push_back({path.lexically_relative(root).generic_string(), text.str()});
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

using Rule = std::vector<Finding> (*)(const Source&);

void expect_all_keep(Rule rule) {
  std::vector<Finding> all;
  for (const Source& source : all_sources()) {
    for (Finding& finding : rule(source)) all.push_back(std::move(finding));
  }
  EXPECT_TRUE(all.empty()) << proof::tidy::to_string(all);
}

TEST(Tree, is_found_at_all) { EXPECT_GT(all_sources().size(), 20U); }
TEST(Tree, rooms_include_only_what_the_arrows_allow) {
  expect_all_keep(&proof::tidy::check_includes);
}
TEST(Tree, nobody_reads_clocks_draws_or_sleeps_outside_the_place_for_it) {
  expect_all_keep(&proof::tidy::check_calls);
}
TEST(Tree, files_and_lines_are_within_their_caps) { expect_all_keep(&proof::tidy::check_lines); }
TEST(Tree, functions_are_within_their_cap) { expect_all_keep(&proof::tidy::check_functions); }
TEST(Tree, headers_introduce_and_guard_themselves) { expect_all_keep(&proof::tidy::check_header); }
TEST(Tree, top_level_holds_what_belongs_there) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(HOLDFAST_SOURCE_DIR))
    names.push_back(entry.path().filename().string());
  const auto findings = proof::tidy::check_top_level(names);
  EXPECT_TRUE(findings.empty()) << proof::tidy::to_string(findings);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Tree, every_source_is_listed_in_a_folder_s_build_file) {
  namespace fs = std::filesystem;
  std::string missing;
  for (const Source& source : all_sources()) {
    const fs::path path = source.path;
    if (path.extension() == ".h" || source.path.starts_with("proptests/package/")) continue;
    bool listed = false;
    for (fs::path folder = path.parent_path(); !listed && !folder.empty();
         folder = folder.parent_path()) {
      listed = proof::tidy::lists(text_of(HOLDFAST_SOURCE_DIR / folder / "CMakeLists.txt"),
                                  path.lexically_relative(folder).generic_string());
    }
    if (!listed) missing += source.path + "\n";
  }
  EXPECT_EQ(missing, "") << "no CMakeLists.txt above these names them";
}

struct Case {
  const char* path;
  const char* text;
};

/// Each of `bad` has exactly one finding, each of `good` none.
void expect_judged(Rule rule, std::initializer_list<Case> bad, std::initializer_list<Case> good) {
  for (const Case& c : bad) {
    const auto findings = rule({c.path, c.text});
    EXPECT_EQ(findings.size(), 1U) << c.path << ": " << c.text << "\n"
                                   << proof::tidy::to_string(findings);
  }
  for (const Case& c : good) {
    const auto findings = rule({c.path, c.text});
    EXPECT_TRUE(findings.empty()) << c.path << ": " << c.text << "\n"
                                  << proof::tidy::to_string(findings);
  }
}

TEST(Includes, an_arrow_against_the_current_is_found) {
  expect_judged(
      &proof::tidy::check_includes,
      {{"src/base/x.cc", "#include \"http/url.h\"\n"},
       {"src/http/x.cc", "#include \"policy/backoff.h\"\n"},
       {"src/policy/x.cc", "#include \"wire/h1/reader.h\"\n"},
       {"src/wire/h1/x.cc", "#include \"policy/decide.h\"\n"},
       {"src/wire/h1/x.cc", "#include \"wire/h2/session.h\"\n"},
       {"src/engine/pool/x.cc", "#include \"engine/core/core.h\"\n"},
       {"src/http/x.cc", "#include \"body/body_feed.h\"\n"},
       {"src/engine/core/x.cc", "#include \"uv/driver.h\"\n"},
       {"src/uv/x.cc", "#include \"policy/decide.h\"\n"},
       {"src/uv/x.cc", "#include \"sim/world.h\"\n"},
       {"src/sim/x.cc", "#include \"uv/driver.h\"\n"},
       {"src/api/x_test.cc", "#include \"sim/world.h\"\n"},
       {"src/cli/x.cc", "#  include \"engine/engine.h\"\n"},
       {"src/attic/x.cc", "#include \"base/check.h\"\n"},
       {"include/holdfast/x.h", "#include \"base/check.h\"\n"},
       {"include/holdfast/c/x.h", "#include <stdio.h>\n"},
       {"include/holdfast/x.h", "#include <stdint.h>\n"},
       {"fault_server/peer/peer.cc", "#include \"policy/retry_after.h\"\n"},
       {"fault_server/peer/peer.cc", "#include \"holdfast/policy.h\"\n"},
       {"fault_server/peer/peer.cc", "#include \"fault_server/uv/server.h\"\n"},
       {"fault_server/uv/server.cc", "#include \"sim/world.h\"\n"},
       {"src/http/x.cc", "#include \"url.h\"\n"},
       {"src/engine/core/x.cc", "#include \"engine/core/engine_rig.h\"\n"}},
      {{"src/engine/core/x.cc", "#include \"wire/h1/reader.h\"\n#include \"holdfast/url.h\"\n"},
       {"src/base/x.cc", "// #include \"http/url.h\"\n"},
       {"include/holdfast/c/x.h", "#include <stdint.h>\n#include <stddef.h>\n"},
       {"src/c/client.cc", "#include \"holdfast.h\"\n"},
       {"src/base/x.cc", "/*\n#include \"http/url.h\"\n*/\n"},
       {"src/engine/core/x_test.cc", "#include \"engine/core/engine_rig.h\"\n"},
       {"fault_server/sim/peer_sim.cc", "#include \"sim/world.h\"\n"},
       {"fault_server/peer/peer.cc", "#include \"base/instant.h\"\n"},
       {"proptests/x_test.cc", "#include \"engine/engine.h\"\n"}});
}

TEST(Includes, third_party_headers_out_of_place_are_found) {
  expect_judged(&proof::tidy::check_includes,
                {{"include/holdfast/x.h", "#include <uv.h>\n"},
                 {"include/holdfast/x.h", "#include <sys/types.h>\n"},
                 {"src/engine/x.cc", "#include <llhttp.h>\n"},
                 {"src/wire/h2/x.cc", "#include <llhttp/llhttp.h>\n"},
                 {"src/engine/x.cc", "#include <uv.h>\n"},
                 {"fault_server/peer/peer.cc", "#include <uv.h>\n"},
                 {"src/api/x.cc", "#include <nlohmann/json.hpp>\n"},
                 {"src/uv/x.cc", "#include <CLI/CLI.hpp>\n"},
                 {"src/policy/x.cc", "#include <gtest/gtest.h>\n"},
                 {"src/policy/x.cc", "#include <sys/socket.h>\n"},
                 {"src/policy/x.cc", "#include <random>\n"}},
                {{"src/wire/h1/reader.cc", "#include <llhttp.h>\n#include <cstring>\n"},
                 {"src/uv/x.cc", "#include <uv.h>\n#include <sys/socket.h>\n"},
                 {"fault_server/uv/server.cc", "#include <uv.h>\n"},
                 {"src/cli/x.cc", "#include <CLI/CLI.hpp>\n#include <nlohmann/json.hpp>\n"},
                 {"fault_server/script/x_arbitrary.h", "#include <rapidcheck.h>\n"},
                 {"src/policy/x_test.cc", "#include <gtest/gtest.h>\n#include <rapidcheck.h>\n"}});
}

TEST(Calls, clocks_outside_their_room_are_found) {
  expect_judged(
      &proof::tidy::check_calls,
      {{"src/engine/x.cc", "auto t = std::chrono::steady_clock::now();"},
       {"src/http/x.cc", "std::time_t t = std::time(nullptr);"},
       {"src/http/x.cc", "clock_gettime(CLOCK_MONOTONIC, &t);"},
       {"src/http/x.cc", "gettimeofday(&t, nullptr);"},
       {"src/uv/driver.cc", "uv_hrtime();"},
       {"src/uv/driver.cc", "uv_now(loop);"},
       {"src/api/x.cc", "uv_update_time(loop);"},
       {"fault_server/peer/peer.cc", "std::chrono::system_clock :: now();"},
       {"proptests/x_test.cc", "auto t = high_resolution_clock::now();"}},
      {{"src/uv/clock.cc", "uv_hrtime(); std::chrono::system_clock::now();"},
       {"src/uv/driver.cc", "uv_update_time(loop);"},
       {"src/cli/load.cc", "auto t = std::chrono::steady_clock::now();"},
       {"fault_server/uv/server.cc", "uv_hrtime();"},
       {"src/engine/x.cc", "// steady_clock::now() would be wrong here\nauto s = \"uv_now(\";"},
       {"src/engine/x.cc", "record.time(0); const Duration time = kOff; wall_time(nullptr);"}});
}

TEST(Calls, randomness_sleep_and_disabled_tests_are_found) {
  expect_judged(
      &proof::tidy::check_calls,
      {{"src/policy/x.cc", "int x = rand() % 6;"},
       {"src/policy/x.cc", "long x = random();"},
       {"src/policy/x.cc", "std::random_device device;"},
       {"bench/x_bench.cc", "std::mt19937 engine(1);"},
       {"src/engine/x.cc", "getrandom(&seed, sizeof seed, 0);"},
       {"src/uv/x_test.cc", "std::this_thread::sleep_for(10ms);"},
       {"proptests/x_test.cc", "usleep(1000);"},
       {"src/uv/x_test.cc", "uv_sleep(5);"},
       {"src/uv/x_test.cc", "TEST(A, b) { GTEST_SKIP(); }"},
       {"src/uv/x_test.cc", "TEST(A, DISABLED_b) {}"}},
      {{"src/policy/x.cc", "const double x = rng.unit(); brand(); x.random(); random(rng);"},
       {"src/uv/entropy.cc", "uv_random(nullptr, nullptr, p, n, 0, nullptr);"},
       {"proptests/x_test.cc", "world.sleep(3); // sleep(3)"}});
}

TEST(Lines, caps_tabs_and_unfinished_marks_are_found) {
  const std::string wide(proof::tidy::kMaxColumns + 1, 'x');
  std::string umlauts;
  for (std::size_t i = 0; i < proof::tidy::kMaxColumns; ++i) umlauts += "\u00e4";
  std::string long_file;
  for (std::size_t i = 0; i <= proof::tidy::kMaxFileLines; ++i) long_file += "int x;\n";
  const std::string mark = std::string("// TO") + "DO: later\n";
  expect_judged(&proof::tidy::check_lines,
                {{"src/a/x.cc", wide.c_str()},
                 {"src/a/x.cc", "int\tx;\n"},
                 {"src/a/x.cc", long_file.c_str()},
                 {"src/a/x.cc", mark.c_str()}},
                {{"src/a/x.cc", umlauts.c_str()}, {"src/a/x.cc", "int AUTODOCK;\n"}});
}

std::string body_of(std::size_t lines) {
  std::string text = "{\n";
  for (std::size_t i = 0; i + 2 < lines; ++i) text += "  if (x) { call(\"}\"); }\n";
  return text + "}\n";
}

TEST(Functions, one_line_over_the_cap_is_found_wherever_it_stands) {
  const std::string cap = body_of(proof::tidy::kMaxFunctionLines);
  const std::string over = body_of(proof::tidy::kMaxFunctionLines + 1);
  const std::string heads[] = {
      "void f(int x) ",
      "namespace a {\nclass HOLDFAST_EXPORT B : public C<void(int)> {\n public:\n  void f() const ",
      "template <class T, int N = (1)>\nvoid f() {}\nB::B(int x) noexcept : a_{1}, b_(x), c_{x} ",
      "TEST(Suite, name) ",
      "bool operator==(const B& a, const B& b) ",
      "B& B::operator=(B&& other) noexcept ",
      "#define OPEN {\n#define TWO \\\n  {\nstatic const int kTable[] = {f(1), g(2)};\nauto f() -> "
      "int ",
      "struct B {\n  int x = 3;\n  std::vector<int> v{1, 2};\n  explicit B(int y = {}) ",
      "constexpr int kBig = 1'000'000;\nconst char c = '{';\nauto r = R\"(}{)\";\nint f(char) ",
  };
  for (const std::string& head : heads) {
    const std::size_t closing = head.starts_with("namespace") ? 2
                                : head.starts_with("struct")  ? 1
                                                              : 0;
    std::string tail;
    for (std::size_t i = 0; i < closing; ++i) tail += "};\n";
    EXPECT_EQ(proof::tidy::check_functions({"x.cc", head + over + tail}).size(), 1U) << head;
    // The signature's own lines count, so what is exactly at the cap has a one-line signature.
    if (head.starts_with("void") || head.starts_with("TEST")) {
      EXPECT_TRUE(proof::tidy::check_functions({"x.cc", head + cap + tail}).empty()) << head;
    }
  }
}

TEST(Functions, long_classes_namespaces_and_tables_are_not_functions) {
  std::string members;
  for (std::size_t i = 0; i < 2 * proof::tidy::kMaxFunctionLines; ++i)
    members += "  int f" + std::to_string(i) + "() { return 1; }\n";
  std::string rows;
  for (std::size_t i = 0; i < 2 * proof::tidy::kMaxFunctionLines; ++i) rows += "  {f(1), 2},\n";
  for (const std::string& text : {"class B final : public C {\n public:\n" + members + "};\n",
                                  "namespace {\n" + members + "}\n",
                                  "template <class T>\nstruct B<void(T)> {\n" + members + "};\n",
                                  "const Row kRows[] = {\n" + rows + "};\n"}) {
    const auto findings = proof::tidy::check_functions({"x.cc", text});
    EXPECT_TRUE(findings.empty()) << proof::tidy::to_string(findings);
  }
}

TEST(Header, without_introduction_or_guard_is_found) {
  expect_judged(&proof::tidy::check_header,
                {{"src/a/x.h", "#pragma once\nint x();\n"},
                 {"src/a/x.h", "// What x is.\nint x();\n"},
                 {"src/a/x.h", "// What x is.\n#include <string>\n#pragma once\n"}},
                {{"src/a/x.h", "// What x is.\n\n#pragma once\nint x();\n"},
                 {"src/a/x.cc", "int x() { return 1; }\n"}});
}

TEST(TopLevel, strangers_are_found) {
  EXPECT_EQ(proof::tidy::check_top_level({"src", "notes.txt", ".ci", "build-asan", "tools"}).size(),
            2U);
}

TEST(Lists, a_name_counts_only_as_a_whole) {
  EXPECT_TRUE(proof::tidy::lists("SOURCES\n  a.cc h1/b.cc)", "a.cc"));
  EXPECT_TRUE(proof::tidy::lists("SOURCES\n  a.cc h1/b.cc)", "h1/b.cc"));
  EXPECT_FALSE(proof::tidy::lists("SOURCES\n  a.cc h1/b.cc)", "b.cc"));
  EXPECT_FALSE(proof::tidy::lists("SOURCES\n  aa.cc", "a.cc"));
}

}  // namespace
