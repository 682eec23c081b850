#include "fault_server/admin/page.h"

#include <gtest/gtest.h>

#include <regex>

#include "fault_server/admin/admin.h"
#include "fault_server/admin/admin_rig.h"
#include "fault_server/admin/page_text.h"
#include "fault_server/script/line.h"
#include "fault_server/script/scenario.h"

namespace fault {
namespace {

std::vector<std::vector<std::string>> all_matches(const std::string& text,
                                                  const std::string& pattern) {
  std::vector<std::vector<std::string>> out;
  const std::regex compiled(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), compiled), end; at != end; ++at) {
    out.emplace_back();
    for (const auto& group : *at) out.back().push_back(group.str());
  }
  return out;
}

std::string script() {
  return std::string(page_model_js()) + std::string(page_timeline_js()) +
         std::string(page_page_js());
}

// Does the table know this method and path, the path's last part possibly to be filled in?
bool is_route(const std::string& method, std::string path) {
  path = path.substr(0, path.find('?'));
  for (const RouteInfo& route : Admin::route_infos()) {
    if (route.method != method) continue;
    const std::size_t open = route.path.find('{');
    if (open == std::string_view::npos ? route.path == path
                                       : path.starts_with(route.path.substr(0, open))) {
      return true;
    }
  }
  return false;
}

TEST(Page, a_browser_is_served_the_page_and_others_the_list) {
  AdminRig rig("200");
  const Told page = rig.ask("GET", "", "", "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.head.find("Content-Type: text/html; charset=utf-8\r\n"), std::string::npos);
  EXPECT_NE(page.head.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_NE(page.head.find("Cache-Control: no-store\r\n"), std::string::npos);
  EXPECT_NE(page.head.find("Vary: Accept\r\n"), std::string::npos);
  EXPECT_NE(page.head.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(page.body, live_page().html);
  const Told list = rig.ask("GET", "", "", "Accept: */*\r\n");
  EXPECT_NE(list.head.find("Content-Type: application/json"), std::string::npos);
}

TEST(Page, it_is_whole_every_part_was_put_in_its_place) {
  const std::string& html = live_page().html;
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  EXPECT_TRUE(html.ends_with("</html>\n"));
  EXPECT_EQ(html.find("{{"), std::string::npos);
  for (const std::string_view part :
       {page_css(), page_model_js(), page_timeline_js(), page_page_js()}) {
    EXPECT_FALSE(part.empty());
    EXPECT_NE(html.find(part), std::string::npos);
  }
  // What would end the elements that script and style stand in.
  EXPECT_EQ(script().find("</"), std::string::npos);
  EXPECT_EQ(page_css().find("</"), std::string_view::npos);
  EXPECT_LT(html.size(), 200'000U);
}

TEST(Page, it_names_nothing_outside_itself) {
  const std::string& html = live_page().html;
  for (const char* outside : {"http://", "https://", "@import", "url(", "src=", "<link rel=\"s",
                              "import(", "importScripts", "WebSocket", "sendBeacon"}) {
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  }
  for (const auto& link : all_matches(html, "href=\"([^\"]*)\"")) {
    const bool own = link[1] == "data:," || link[1].starts_with("#") ||
                     (link[1].starts_with("/__fault/") && is_route("GET", link[1].substr(9)));
    EXPECT_TRUE(own) << link[1];
  }
}

TEST(Page, nothing_that_came_over_the_network_can_become_markup_or_code) {
  for (const char* risky :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
        "setAttribute(\"on", ".href =", ".src =", "DOMParser", "createContextualFragment"}) {
    EXPECT_EQ(script().find(risky), std::string::npos) << risky;
  }
  EXPECT_TRUE(all_matches(std::string(page_html()), " on[a-z]+=").empty());
  EXPECT_TRUE(all_matches(std::string(page_html()), " style=").empty());
  const std::string& policy = live_page().policy;
  EXPECT_NE(policy.find("default-src 'none'; script-src 'sha256-"), std::string::npos);
  EXPECT_NE(policy.find("require-trusted-types-for 'script'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

TEST(Page, every_path_that_it_asks_for_is_a_route) {
  const auto calls = all_matches(script(), "api\\(\"([A-Z]+)\", \"([^\"]+)\"");
  EXPECT_GE(calls.size(), 8U);
  for (const auto& call : calls) EXPECT_TRUE(is_route(call[1], call[2])) << call[0];
  // Every call goes through api(), every stream is the journal's.
  EXPECT_EQ(all_matches(script(), "\\bapi\\(").size(), calls.size() + 1);
  EXPECT_EQ(all_matches(script(), "\\bfetch\\(").size(), 1U);
  EXPECT_EQ(all_matches(script(), "new EventSource\\(kBase \\+ \"events\\?since=").size(), 1U);
  EXPECT_EQ(all_matches(script(), "new EventSource").size(), 1U);
  EXPECT_EQ(all_matches(script(), "kBase = \"/__fault/\"").size(), 1U);
}

TEST(Page, every_element_that_the_script_looks_for_is_there_once) {
  const std::string html(page_html());
  std::size_t found = 0;
  for (const auto& one : all_matches(script(), "byId\\(\"([a-z-]+)\"\\)")) {
    EXPECT_EQ(all_matches(html, "id=\"" + one[1] + "\"").size(), 1U) << one[1];
    ++found;
  }
  EXPECT_GT(found, 20U);
  // By parts: "count-" and a name of the model's counts, "-error" and a field.
  for (const char* name :
       {"requests", "ok", "client", "server", "broken", "faults", "waits", "undercut"}) {
    EXPECT_EQ(all_matches(html, std::string("id=\"count-") + name + "\"").size(), 1U) << name;
    EXPECT_NE(page_model_js().find(std::string(name) + ": 0"), std::string_view::npos) << name;
  }
}

TEST(Page, every_script_of_the_palette_can_be_injected) {
  const auto palette = all_matches(script(), "\\{text: \"[^\"]+\", script: \"([^\"]+)\"\\}");
  EXPECT_GE(palette.size(), 12U);
  for (const auto& one : palette) {
    const auto parsed = parse_script(one[1]);
    ASSERT_TRUE(parsed) << one[1] << ": " << to_string(parsed.error());
    EXPECT_FALSE(misplaced_step(*parsed, false)) << one[1];
    EXPECT_EQ(parsed->steps.size(), 1U) << one[1];
  }
}

TEST(Page, what_it_reads_of_entries_and_answers_is_what_those_hold) {
  AdminRig rig("503 ra=1 says=close; 200");
  const auto id = rig.connect();
  rig.get(id, "/x");
  const auto ndjson = rig.ask("GET", "journal").body;
  for (const char* name :
       {"seq",      "t_ns",      "type",   "conn",     "exch",    "key",     "attempt",
        "rule",     "step_text", "method", "target",   "headers", "status",  "retry_after_s",
        "complete", "closed_by", "how",    "listener", "peer",    "bytes_in"}) {
    EXPECT_NE(ndjson.find("\"" + std::string(name) + "\":"), std::string::npos) << name;
    EXPECT_NE(script().find(name), std::string::npos) << name;
  }
  const auto health = rig.ask("GET", "health").json();
  for (const auto& one : all_matches(script(), "health\\.([a-z_]+)")) {
    EXPECT_TRUE(health.contains(one[1])) << one[1];
  }
}

}  // namespace
}  // namespace fault
