#include "fault_server/report/report.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "fault_server/admin/admin_rig.h"
#include "fault_server/report/text.h"

namespace fault {
namespace {

// Tags opened and closed in order; what may stand alone is listed. Enough to notice text that
// became markup.
std::string unbalanced(std::string_view text) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string_view::npos;) {
    const std::size_t end = text.find('>', at);
    if (end == std::string_view::npos) return "a tag without end";
    std::string_view tag = text.substr(at + 1, end - at - 1);
    at = end;
    if (tag.ends_with('/') || tag.starts_with('!') || tag.starts_with("meta")) continue;
    const bool closes = tag.starts_with('/');
    if (closes) tag.remove_prefix(1);
    const std::string name(tag.substr(0, tag.find(' ')));
    if (!closes) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> does not fit";
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

constexpr std::string_view kHostile = "</style></svg><script>alert(1)</script>\"'&";

std::unique_ptr<AdminRig> busy_rig() {
  auto rig = std::make_unique<AdminRig>("503 ra=1; reset; 200 delay=1s; loop");
  for (int i = 0; i < 6; ++i) {
    const auto id = rig->connect();
    rig->get(id, "/" + std::string(kHostile.substr(0, 8)) + "x",
             "X-Client-Id: " + std::string(kHostile) + "\r\nCookie: \xFF\x80\r\n");
    rig->run(300ms);
  }
  return rig;
}

TEST(Report, the_drawing_is_balanced_and_harmless_whatever_clients_are_called) {
  const auto rig = busy_rig();
  const Told told = rig->ask("GET", "timeline.svg");
  EXPECT_EQ(told.status, 200);
  EXPECT_NE(told.head.find("image/svg+xml"), std::string::npos);
  EXPECT_TRUE(told.body.starts_with("<svg xmlns="));
  EXPECT_EQ(unbalanced(told.body), "");
  EXPECT_EQ(told.body.find("<script"), std::string::npos);
  EXPECT_NE(told.body.find("&lt;script"), std::string::npos);
  EXPECT_NE(told.body.find("class=\"zone\""), std::string::npos);
  EXPECT_NE(told.body.find("class=\"early\" d="), std::string::npos);
}

TEST(Report, the_file_is_self_contained_balanced_and_harmless) {
  const auto rig = busy_rig();
  const Told told = rig->ask("GET", "report.html");
  EXPECT_EQ(told.status, 200);
  EXPECT_NE(told.head.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  EXPECT_EQ(unbalanced(told.body.substr(told.body.find("<html"))), "");
  EXPECT_EQ(told.body.find("<script"), std::string::npos);
  for (const char* loads : {"src=", "href=", "url(", "@import"}) {
    EXPECT_EQ(told.body.find(loads), std::string::npos) << loads;
  }
  EXPECT_NE(told.body.find("503 ra=1"), std::string::npos);
}

TEST(Report, an_empty_journal_makes_a_report_too) {
  AdminRig rig("200");
  const Told told = rig.ask("GET", "report.html");
  EXPECT_NE(told.body.find("Nothing has been asked yet"), std::string::npos);
  EXPECT_EQ(unbalanced(rig.ask("GET", "timeline.svg").body), "");
}

TEST(Report, a_drawing_of_a_great_journal_stays_within_bounds) {
  std::vector<Series> all(2000);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].key = "k" + std::to_string(i);
    for (std::size_t n = 0; n < 20; ++n) {
      Attempt attempt;
      attempt.arrived_ns = static_cast<std::int64_t>(n * 2000 + i);
      attempt.head_ns = attempt.end_ns = attempt.arrived_ns + 5;
      attempt.status = 503;
      attempt.retry_after_s = 1e300;
      all[i].attempts.push_back(attempt);
    }
  }
  const std::string svg = timeline_svg(all);
  EXPECT_LT(svg.size(), 3'000'000U);
  EXPECT_NE(svg.find("older ones left out: 1700 rows"), std::string::npos);
}

RC_GTEST_PROP(Markup, nothing_of_any_text_can_become_markup_or_break_utf8, (std::string text)) {
  const std::string out = markup(text);
  for (const char c : {'<', '>', '"', '\'', '\0', '\x1B'}) {
    RC_ASSERT(out.find(c) == std::string::npos);
  }
  for (std::size_t at = 0; (at = out.find('&', at)) != std::string::npos; ++at) {
    RC_ASSERT(out.find(';', at) != std::string::npos);
  }
}

TEST(Markup, text_passes_and_what_is_no_text_does_not) {
  constexpr std::string_view kGone = "\xEF\xBF\xBD";
  EXPECT_EQ(markup("a & <b> \"c\" 'd'"), "a &amp; &lt;b&gt; &quot;c&quot; &#39;d&#39;");
  EXPECT_EQ(markup("gr\xC3\xBC\xC3\x9F\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "gr\xC3\xBC\xC3\x9F\xE2\x82\xAC\xF0\x9F\x98\x80");
  for (const char* bad : {"\x01", "\xFF", "\xC0\xAF", "\xE2\x80\xAE", "\xED\xA0\x80"}) {
    EXPECT_TRUE(markup(bad).starts_with(kGone)) << bad;
  }
  EXPECT_EQ(markup("\xC3"), kGone);
  EXPECT_EQ(shortened("\xC3\xBC\xC3\xBC\xC3\xBC", 2), "\xC3\xBC\xC3\xBC\xE2\x80\xA6");
  EXPECT_EQ(shortened("abc", 3), "abc");
}

TEST(ReadableTime, has_three_digits_and_its_unit) {
  EXPECT_EQ(readable_time(1'250'000'000), "1.25 s");
  EXPECT_EQ(readable_time(250'000'000), "250 ms");
  EXPECT_EQ(readable_time(17'000), "17 us");
  EXPECT_EQ(readable_time(4'000'000'000'000), "4000 s");
}

}  // namespace
}  // namespace fault
