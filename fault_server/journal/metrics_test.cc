#include "fault_server/journal/metrics.h"

#include <gtest/gtest.h>

#include <sstream>

#include "fault_server/journal/journal.h"

namespace fault {
namespace {

Entry entry_of(EntryType type) {
  Entry entry;
  entry.type = type;
  return entry;
}

std::string line_of(const std::string& text, const std::string& start) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(start)) return line;
  }
  return "";
}

TEST(Metrics, counters_survive_what_the_ring_drops_and_a_reset) {
  Journal journal(4);
  for (int i = 0; i < 10; ++i) {
    Entry entry = entry_of(EntryType::kReqHead);
    entry.method = "GET";
    journal.add(entry);
  }
  journal.clear();
  EXPECT_EQ(line_of(journal.metrics().text({}), "fault_server_requests_total{"),
            "fault_server_requests_total{method=\"GET\"} 10");
}

TEST(Metrics, labels_that_others_choose_are_escaped_and_bounded) {
  Metrics metrics;
  Entry rule = entry_of(EntryType::kRule);
  rule.rule = "a\"b\\c\nd";
  metrics.count(rule);
  EXPECT_NE(metrics.text({}).find("{rule=\"a\\\"b\\\\c\\nd\"} 1"), std::string::npos);
  for (int i = 0; i < 1000; ++i) {
    rule.rule = "rule-" + std::to_string(i);
    metrics.count(rule);
    Entry head = entry_of(EntryType::kReqHead);
    head.method = "M" + std::to_string(i);
    metrics.count(head);
  }
  const std::string text = metrics.text({});
  EXPECT_LT(text.size(), 20'000U);
  EXPECT_EQ(line_of(text, "fault_server_requests_total{"),
            "fault_server_requests_total{method=\"other\"} 1000");
}

TEST(Metrics, faults_are_counted_by_what_they_do_not_where) {
  Metrics metrics;
  for (const char* note : {"reset@status", "reset@body:512", "close after the answer"}) {
    Entry fault = entry_of(EntryType::kFault);
    fault.notes.emplace_back(note);
    metrics.count(fault);
  }
  const std::string text = metrics.text({});
  EXPECT_NE(text.find("fault_server_faults_total{effect=\"reset\"} 2"), std::string::npos);
  EXPECT_NE(text.find("fault_server_faults_total{effect=\"close\"} 1"), std::string::npos);
}

TEST(Metrics, every_family_has_help_and_type_before_its_values) {
  Metrics metrics;
  metrics.count(entry_of(EntryType::kConnOpen));
  metrics.count(entry_of(EntryType::kRespHead));
  Gauges gauges;
  gauges.uptime_s = 1.5;
  std::istringstream lines(metrics.text(gauges));
  std::string line, helped, typed;
  while (std::getline(lines, line)) {
    if (line.starts_with("# HELP ")) helped = line.substr(7, line.find(' ', 7) - 7);
    if (line.starts_with("# TYPE ")) typed = line.substr(7, line.find(' ', 7) - 7);
    if (line.starts_with("#")) continue;
    const std::string name = line.substr(0, line.find_first_of("{ "));
    EXPECT_EQ(name, helped);
    EXPECT_EQ(name, typed);
    EXPECT_NE(line.rfind(' '), std::string::npos);
  }
}

}  // namespace
}  // namespace fault
