// Decisions about errors that only HTTP/2 and TLS have (R2, R4–R7, RFC 9113 §7, §8.7).
#include <gtest/gtest.h>

#include "policy/decide.h"
#include "policy/decide_case.h"

namespace holdfast::policy {
namespace {

/// The peer reports that it did not process the request.
Case refused(ErrorCode code = ErrorCode::stream_refused) {
  Case c = Case::error(code);
  c.outcome.evidence.refused = true;
  return c;
}

TEST(DecideHttp2, a_refused_stream_is_proof_that_nothing_was_done) {
  EXPECT_EQ(refused().decide().replay, ReplayClass::unprocessed);
  expect_backoff(refused());
}

TEST(DecideHttp2, a_refused_post_is_not_sent_again_unless_its_user_allows_it) {
  expect_stop(refused().method("POST"), StopReason::method_not_replayable);
  Case c = refused().method("POST");
  c.policy.non_idempotent = NonIdempotent::unsent;
  EXPECT_TRUE(c.decide().retry);
}

TEST(DecideHttp2, streams_that_the_peer_gave_up_are_retried) {
  expect_backoff(Case::error(ErrorCode::stream_reset));
  EXPECT_EQ(Case::error(ErrorCode::stream_reset).decide().replay, ReplayClass::unknown);
}

TEST(DecideHttp2, errors_of_the_protocol_and_of_certificates_never_are) {
  for (ErrorCode code : {ErrorCode::stream_error, ErrorCode::http2_error,
                         ErrorCode::certificate_rejected, ErrorCode::tls_handshake_failed}) {
    expect_stop(Case::error(code), StopReason::permanent_error, name(code).data());
    EXPECT_EQ(Case::error(code).decide().replay, ReplayClass::permanent) << name(code);
  }
}

TEST(DecideHttp2, a_peer_that_wants_http_1_1_gets_it_at_once_and_once) {
  Case c = Case::error(ErrorCode::http_1_1_required);
  Verdict verdict = c.decide();
  EXPECT_TRUE(verdict.retry && verdict.fallback && verdict.fresh_connection);
  EXPECT_EQ(verdict.source, DelaySource::immediate);
  EXPECT_EQ(verdict.delay, 0s);
  c.situation.fallback_used = true;
  expect_backoff(c);
  expect_stop(Case::error(ErrorCode::http_1_1_required).method("POST"),
              StopReason::method_not_replayable);
}

TEST(DecideHttp2,
     a_request_that_crossed_the_peers_goodbye_is_as_stale_as_one_on_a_dead_connection) {
  Case c = refused(ErrorCode::connection_closed);
  c.outcome.evidence.reused = true;
  const Verdict verdict = c.decide();
  EXPECT_TRUE(verdict.retry && verdict.stale_replay);
  EXPECT_EQ(verdict.source, DelaySource::immediate);
  c.situation.stale_replay_used = true;
  expect_backoff(c);  // a peer that refuses each time is not retried without end
}

}  // namespace
}  // namespace holdfast::policy
