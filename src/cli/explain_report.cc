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
  for (int status = 400; status < 1000; ++status) {
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

std::string failures_text(const ErrorSet& errors) {
  std::string text;
#define X(name, words, fault, transient) \
  if (errors.contains(ErrorCode::name)) text += std::string(text.empty() ? "" : ", ") + #name;
  HOLDFAST_ERROR_CODES(X)
#undef X
  return text;
}

/// One of the failures that show a dead kept connection is retried (R7).
bool may_be_stale(const ErrorSet& errors) {
  return errors.contains(ErrorCode::connection_reset) ||
         errors.contains(ErrorCode::connection_aborted) ||
         errors.contains(ErrorCode::connection_closed);
}

/// The fields that pushback_fields names, with blanks between.
std::string pushback_text(const RetryPolicy& retry) {
  std::string text;
  for (const std::string& field : retry.pushback_fields) {
    text += (text.empty() ? "" : " ") + field;
  }
  return text;
}

std::string hints_text(const RetryPolicy& retry) {
  const std::string statuses = statuses_text(retry.retry_after_statuses);
  if (statuses.empty()) return "not heeded";
  if (!retry.rate_limit_hints) return "heeded on " + statuses;
  return "heeded on " + statuses +
         ", else retry-after-ms, RateLimit, RateLimit-Reset, X-RateLimit-Reset";
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
  if (const std::string fields = pushback_text(retry); !fields.empty()) {
    add_row(out, fields + ": true", "yes", of_others(retry, false));
    add_row(out, fields + ": false", "no", "no");
  }
  if (!retry.errors.empty()) {
    add_row(out, "failures", "yes", of_others(retry, true));
    if (retry.replay_stale && may_be_stale(retry.errors)) {
      add_row(out, "a kept connection is dead", "once, at once", of_others(retry, true));
    }
  }
  if (retry.statuses.contains(104) && !retry.errors.contains(ErrorCode::connection_reset)) {
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
  if (!retry.errors.empty()) out += wrapped("failures:        ", failures_text(retry.errors));
  out += wrapped("Retry-After:     ", hints_text(retry));
  return out;
}

}  // namespace holdfast::cli
