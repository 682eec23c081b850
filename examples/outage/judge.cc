#include "examples/outage/judge.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace outage {

namespace {

using nlohmann::json;

/// One request as the server received it.
struct Seen {
  std::string method, target, request_id, body_sha256;
  std::uint64_t connection = 0;
  std::int64_t asked_ns = 0;  // header section received
  // When the response was decided; its Retry-After counts from here. The time of the write is
  // recorded after the system call, when the client may be reading already.
  std::int64_t decided_ns = 0;
  int status = 0;
  double retry_after_s = -1;
};

struct Journal {
  std::map<std::uint64_t, Seen> requests;  // by exchange, in order of arrival
  std::size_t most_connections = 0;

  std::vector<Seen> of(const std::string& method, const std::string& target) const {
    std::vector<Seen> found;
    for (const auto& [exchange, seen] : requests) {
      if (seen.method == method && seen.target == target) found.push_back(seen);
    }
    return found;
  }
};

Journal read(const std::string& path) {
  Journal journal;
  std::set<std::uint64_t> open;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const json entry = json::parse(line, nullptr, false);
    if (entry.is_discarded()) continue;
    const std::string type = entry.value("type", "");
    const std::uint64_t connection = entry.value("conn", std::uint64_t{0});
    if (type == "conn.open") open.insert(connection);
    if (type == "conn.close") open.erase(connection);
    journal.most_connections = std::max(journal.most_connections, open.size());
    if (entry.count("exch") == 0) continue;
    Seen& seen = journal.requests[entry["exch"]];
    if (type == "req.head") {
      seen.method = entry.value("method", "");
      seen.target = entry.value("target", "");
      seen.connection = connection;
      seen.asked_ns = entry.value("t_ns", std::int64_t{0});
      for (const json& field : entry.value("headers", json::array())) {
        if (field[0] == "X-Request-Id") seen.request_id = field[1];
      }
    } else if (type == "req.end") {
      seen.body_sha256 = entry.value("body_sha256", "");
    } else if (type == "resp.head") {
      seen.status = entry.value("status", 0);
      seen.retry_after_s = entry.value("retry_after_s", -1.0);
    } else if (type == "rule") {
      seen.decided_ns = entry.value("t_ns", std::int64_t{0});
    }
  }
  return journal;
}

class Table {
 public:
  Table() {
    std::printf("\nWhat the server's journal says against what was promised\n\n");
    std::printf("   %-58s %-26s\n", "promise", "journal");
    std::printf("   %-58s %-26s\n", std::string(58, '-').c_str(), std::string(26, '-').c_str());
  }
  void row(const char* promise, const std::string& found, bool kept) {
    std::printf("   %-58s %-26s %s\n", promise, found.c_str(), kept ? "kept" : "BROKEN");
    if (!kept) ++broken_;
  }
  int broken() const { return broken_; }

 private:
  int broken_ = 0;
};

/// The smallest delay, in seconds, by which a retry came after the Retry-After before it.
double least_margin(const std::vector<Seen>& tries, double least) {
  for (std::size_t i = 1; i < tries.size(); ++i) {
    const Seen& before = tries[i - 1];
    if (before.retry_after_s < 0) continue;
    const double gap = static_cast<double>(tries[i].asked_ns - before.decided_ns) / 1e9;
    least = std::min(least, gap - before.retry_after_s);
  }
  return least;
}

std::string margin_text(double seconds) {
  char text[64];
  std::snprintf(text, sizeof text, "at least %+.3f s later", seconds);
  return text;
}

}  // namespace

int judge(const std::string& journal_path) {
  const Journal journal = read(journal_path);
  Table table;

  const auto report = journal.of("GET", "/report");
  table.row("GET /report: tried until 200, 5 times at most (R1, R3, R4)",
            std::to_string(report.size()) + " attempts, last " +
                (report.empty() ? "none" : std::to_string(report.back().status)),
            report.size() == 4 && report.back().status == 200);
  const double margin = least_margin(report, 1e9);
  table.row("GET /report: not before Retry-After is over (B3)", margin_text(margin),
            margin >= 0 && margin < 1e8);

  const auto put = journal.of("PUT", "/stock");
  const bool same_body = put.size() == 2 && put[1].status == 200 && !put[1].body_sha256.empty();
  table.row("PUT /stock: replayed once, on another connection (R7)",
            std::to_string(put.size()) + " attempts",
            same_body && put[0].connection != put[1].connection);

  const auto orders = journal.of("POST", "/orders");
  table.row("POST /orders: sent once, whatever fails (R2)",
            std::to_string(orders.size()) + " attempt(s)", orders.size() == 1);

  std::map<std::string, std::vector<Seen>> tickets;
  for (const Seen& seen : journal.of("GET", "/bytes/32")) tickets[seen.request_id].push_back(seen);
  std::size_t most = 0, answered = 0;
  double least = 1e9;
  for (const auto& [id, tries] : tickets) {
    most = std::max(most, tries.size());
    if (tries.back().status == 200) ++answered;
    least = least_margin(tries, least);
  }
  table.row("GET /bytes/32: all 200 answered through the limiter",
            std::to_string(answered) + " of " + std::to_string(tickets.size()),
            answered == 200 && tickets.size() == 200);
  table.row("GET /bytes/32: 5 attempts each at most (R1)", "at most " + std::to_string(most),
            most <= 5);
  table.row("GET /bytes/32: never before Retry-After is over (B3)", margin_text(least),
            least >= 0 && least < 1e8);
  table.row("never more than 50 connections at once (P1, P2)",
            "at most " + std::to_string(journal.most_connections),
            journal.most_connections <= 50 && journal.most_connections != 0);
  std::printf("\n%s\n", table.broken() == 0 ? "Every promise was kept." : "A promise was broken.");
  return table.broken();
}

}  // namespace outage
