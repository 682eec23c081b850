#include "holdfast/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "holdfast/result.h"

namespace holdfast {
namespace {

const std::vector<ErrorCode> kCodes = {
#define X(name, text, fault, transient) ErrorCode::name,
    HOLDFAST_ERROR_CODES(X)
#undef X
};

TEST(ErrorCode, every_code_has_a_name_of_its_own_and_a_sentence_for_users) {
  std::set<std::string_view> names, texts;
  for (const ErrorCode code : kCodes) {
    const std::string_view shown = name(code), said = text(code);
    EXPECT_TRUE(names.insert(shown).second) << shown;
    EXPECT_TRUE(texts.insert(said).second) << said;
    EXPECT_EQ(shown.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), shown.npos)
        << shown;
    EXPECT_FALSE(said.empty()) << shown;
    EXPECT_FALSE(said.ends_with('.')) << shown;
    EXPECT_NE(shown, "none");
    EXPECT_NE(shown, "unknown");
  }
  EXPECT_EQ(name(ErrorCode::none), "none");
  EXPECT_EQ(text(ErrorCode::none), "no error");
  EXPECT_EQ(name(ErrorCode::connect_refused), "connect_refused");
}

TEST(ErrorCode, a_value_out_of_the_table_is_unknown_and_not_retried) {
  const auto code = static_cast<ErrorCode>(255);
  EXPECT_EQ(name(code), "unknown");
  EXPECT_EQ(text(code), "unknown error");
  EXPECT_EQ(fault_of(code), Fault::local);
  EXPECT_FALSE(is_transient(code));
}

// Written by hand from R4 and R5, so that a mistake in the table is found.
TEST(ErrorCode, transient_is_what_r4_lists_and_nothing_of_r5) {
  const std::set<ErrorCode> r4 = {
      ErrorCode::connect_timeout,    ErrorCode::read_timeout,        ErrorCode::write_timeout,
      ErrorCode::pool_timeout,       ErrorCode::first_byte_timeout,  ErrorCode::attempt_timeout,
      ErrorCode::throughput_too_low, ErrorCode::connect_refused,     ErrorCode::connection_reset,
      ErrorCode::connection_aborted, ErrorCode::connect_unreachable, ErrorCode::connection_closed,
      ErrorCode::response_truncated, ErrorCode::dns_temporary,       ErrorCode::out_of_resources,
      ErrorCode::stream_refused,     ErrorCode::stream_reset,        ErrorCode::http_1_1_required,
      ErrorCode::proxy_unavailable,  ErrorCode::peer_flooding};
  const std::set<ErrorCode> r5 = {
      ErrorCode::protocol_error,
      ErrorCode::invalid_url,
      ErrorCode::invalid_request,
      ErrorCode::invalid_option,
      ErrorCode::dns_not_found,
      ErrorCode::unsupported_scheme,
      ErrorCode::head_too_large,
      ErrorCode::body_too_large,
      ErrorCode::cancelled,
      ErrorCode::client_closed,
      ErrorCode::deadline_exceeded,
      ErrorCode::status_error,
      ErrorCode::body_source_failed,
      ErrorCode::content_undecodable,
      ErrorCode::would_deadlock,
      ErrorCode::stream_error,
      ErrorCode::http2_error,
      ErrorCode::tls_handshake_failed,
      ErrorCode::certificate_rejected,
      ErrorCode::too_many_redirects,
      ErrorCode::proxy_refused,
      ErrorCode::attempt_refused,
      ErrorCode::file_failed,
      ErrorCode::forked,
      ErrorCode::interim_too_large,
      ErrorCode::expansion_too_large,
  };
  for (const ErrorCode code : kCodes) {
    EXPECT_NE(r4.count(code), r5.count(code)) << name(code) << " must be listed exactly once";
    EXPECT_EQ(is_transient(code), r4.count(code) == 1) << name(code);
  }
  EXPECT_FALSE(is_transient(ErrorCode::none));
}

TEST(ErrorCode, faults) {
  EXPECT_EQ(fault_of(ErrorCode::invalid_url), Fault::caller);
  EXPECT_EQ(fault_of(ErrorCode::cancelled), Fault::caller);
  EXPECT_EQ(fault_of(ErrorCode::pool_timeout), Fault::local);
  EXPECT_EQ(fault_of(ErrorCode::connection_reset), Fault::network);
  EXPECT_EQ(fault_of(ErrorCode::protocol_error), Fault::peer);
  EXPECT_EQ(Error(ErrorCode::protocol_error).fault(), Fault::peer);
}

TEST(Error, the_message_says_what_in_which_phase_and_with_what_evidence) {
  EXPECT_EQ(Error(ErrorCode::invalid_url, "\"x\": it is empty").message(),
            "the URL is not valid: \"x\": it is empty");
  EXPECT_EQ(Error(ErrorCode::pool_timeout, "", Phase::pool).message(),
            "no connection became free within the pool timeout");
  const auto message = [](Phase phase) { return Error(ErrorCode::cancelled, "", phase).message(); };
  EXPECT_EQ(message(Phase::submit), "the request was cancelled");
  EXPECT_EQ(message(Phase::dns), "the request was cancelled (DNS lookup)");
  EXPECT_EQ(message(Phase::connect), "the request was cancelled (connecting)");
  EXPECT_EQ(message(Phase::write), "the request was cancelled (sending the request)");
  EXPECT_EQ(message(Phase::head), "the request was cancelled (waiting for the response)");
  EXPECT_EQ(message(Phase::body), "the request was cancelled (reading the body)");
  EXPECT_EQ(message(Phase::backoff), "the request was cancelled (waiting before the next attempt)");
  EXPECT_EQ(message(Phase::done), "the request was cancelled");
}

TEST(Error, the_message_does_not_name_a_phase_that_its_text_names) {
  const auto message = [](ErrorCode code, Phase phase) {
    return Error(code, "x", phase).message();
  };
  EXPECT_EQ(message(ErrorCode::dns_not_found, Phase::dns), "the host name does not exist: x");
  EXPECT_EQ(message(ErrorCode::connect_refused, Phase::connect), "the connection was refused: x");
  EXPECT_EQ(message(ErrorCode::tls_handshake_failed, Phase::tls), "the TLS handshake failed: x");
  EXPECT_EQ(message(ErrorCode::connect_timeout, Phase::tls),
            "no connection was established within the connect timeout: x (TLS handshake)");
}

TEST(Error, the_message_counts_the_attempts_when_there_were_several) {
  Error error(ErrorCode::connection_reset, "ECONNRESET", Phase::body);
  error.timeline.add({});
  EXPECT_EQ(error.attempts(), 1U);
  EXPECT_EQ(error.message(), "the connection was reset: ECONNRESET (reading the body)");
  error.timeline.add({});
  EXPECT_EQ(error.message(), "the connection was reset: ECONNRESET (reading the body, 2 attempts)");
}

TEST(Result, holds_a_value_or_an_error) {
  Result<std::string> good(std::string("fine"));
  EXPECT_TRUE(good.ok());
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, "fine");
  EXPECT_EQ(good->size(), 4U);
  EXPECT_EQ(good.value(), "fine");
  const Result<std::string> bad(Error(ErrorCode::cancelled, "by the user"));
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code, ErrorCode::cancelled);
}

TEST(Result, asked_for_a_value_it_lacks_throws_the_error) {
  Result<std::string> bad(Error(ErrorCode::cancelled, "by the user"));
  try {
    bad.value();
    FAIL() << "no exception";
  } catch (const RequestFailed& failed) {
    EXPECT_EQ(failed.error().code, ErrorCode::cancelled);
    EXPECT_STREQ(failed.what(), "the request was cancelled: by the user");
  }
  EXPECT_THROW(Result<std::string>(Error(ErrorCode::cancelled)).value(), RequestFailed);
}

}  // namespace
}  // namespace holdfast
