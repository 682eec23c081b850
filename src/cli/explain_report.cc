#include "cli/explain_report.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace holdfast::cli {

namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kColumns[] = {28, 28};

void add_row(std::string& out, std::string first, std::string second, const std::string& third) {
  first.resize(std::max(first.size() + 1, kColumns[0]), ' ');
  second.resize(std::max(second.size() + 1, kColumns[1]), ' ');
  out += first + second + third + "\n";
}

/// Words with blanks between, broken into lines that begin in the same column.
std::string wrapped(const std::string& heading, const std::string& words) {
  std::string out = heading;
  std::size_t column = heading.size();
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (column + 1 + end - at > kWidth) {
      out += "\n" + std::string(heading.size(), ' ');
      column = heading.size();
    }
    out += " " + words.substr(at, end - at);
    column += 1 + end - at;
    at = end + 1;
  }
  return out + "\n";
}

std::string statuses_text(const StatusSet& statuses) {
  std::string text;
  for (int status = 400; status < 600; ++status) {
    if (statuses.contains(status)) text += (text.empty() ? "" : " ") + std::to_string(status);
  }
  return text;
}

/// What becomes of a POST where a GET would be retried.
std::string of_others(const RetryPolicy& retry, bool may_be_unprocessed) {
  switch (retry.non_idempotent) {
    case NonIdempotent::never:
      return "no";
    case NonIdempotent::unsent:
      return may_be_unprocessed ? "if proven unprocessed" : "no";
    case NonIdempotent::keyed:
      return retry.generate_idempotency_key ? "yes" : "with an Idempotency-Key";
  }
  return "no";
}

std::string failures_text() {
  std::string text;
#define X(name, words, fault, transient) \
  if (transient) text += std::string(text.empty() ? "" : ", ") + #name;
  HOLDFAST_ERROR_CODES(X)
#undef X
  return text;
}

void add_table(std::string& out, const RetryPolicy& retry) {
  add_row(out, "What is retried", "GET and its kin", "POST and its kin");
  const std::string statuses = statuses_text(retry.statuses);
  if (!statuses.empty()) {
    if (statuses.size() < kColumns[0]) {
      add_row(out, statuses, "yes", of_others(retry, false));
    } else {
      out += wrapped("", statuses).substr(1);
      add_row(out, "", "yes", of_others(retry, false));
    }
  }
  if (retry.retry_misdirected) {
    add_row(out, "421 425", "once, at once", of_others(retry, false));
  }
  if (retry.retry_transport_failures) {
    add_row(out, "network failures", "yes", of_others(retry, true));
    if (retry.replay_stale) {
      add_row(out, "a kept connection is dead", "once, at once", of_others(retry, true));
    }
  } else if (retry.statuses.contains(104)) {
    add_row(out, "a connection is reset", "yes", of_others(retry, true));
  }
  add_row(out, "all else", "no", "no");
}

}  // namespace

std::string explain_report(const ClientOptions& options) {
  const RetryPolicy& retry = options.retry;
  std::string out = explain(retry, options.timeouts, options.redirects).text;
  if (retry.max_attempts < 2) return out + "\nNothing is retried.\n";
  out += "\n";
  add_table(out, retry);
  out += "\n";
  out += wrapped("GET and its kin: ", "GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY");
  out += wrapped("POST and its kin:", "POST, PATCH, CONNECT and every other method");
  if (retry.retry_transport_failures) out += wrapped("network failures:", failures_text());
  const std::string heeded = statuses_text(retry.retry_after_statuses);
  out += wrapped("Retry-After:     ", heeded.empty() ? "not heeded" : "heeded on " + heeded);
  return out;
}

}  // namespace holdfast::cli
