#include "cli/exit_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace holdfast::cli {
namespace {

TEST(ExitCode, of_every_error_is_curls_and_never_that_of_success) {
  // curl's names of these: 1 UNSUPPORTED_PROTOCOL, 3 URL_MALFORMAT, 6 COULDNT_RESOLVE_HOST,
  // 7 COULDNT_CONNECT, 8 WEIRD_SERVER_REPLY, 16 HTTP2, 18 PARTIAL_FILE, 22 HTTP_RETURNED_ERROR,
  // 26 READ_ERROR, 27 OUT_OF_MEMORY, 28 OPERATION_TIMEDOUT, 35 SSL_CONNECT_ERROR,
  // 42 ABORTED_BY_CALLBACK, 52 GOT_NOTHING, 56 RECV_ERROR, 60 PEER_FAILED_VERIFICATION,
  // 61 BAD_CONTENT_ENCODING, 63 FILESIZE_EXCEEDED, 92 HTTP2_STREAM.
  const std::map<ErrorCode, int> wanted = {
      {ErrorCode::unsupported_scheme, 1},   {ErrorCode::invalid_option, 2},
      {ErrorCode::invalid_url, 3},          {ErrorCode::dns_not_found, 6},
      {ErrorCode::connect_refused, 7},      {ErrorCode::protocol_error, 8},
      {ErrorCode::http2_error, 16},         {ErrorCode::response_truncated, 18},
      {ErrorCode::status_error, 22},        {ErrorCode::body_source_failed, 26},
      {ErrorCode::out_of_resources, 27},    {ErrorCode::read_timeout, 28},
      {ErrorCode::deadline_exceeded, 28},   {ErrorCode::tls_handshake_failed, 35},
      {ErrorCode::cancelled, 42},           {ErrorCode::connection_closed, 52},
      {ErrorCode::connection_reset, 56},    {ErrorCode::certificate_rejected, 60},
      {ErrorCode::content_undecodable, 61}, {ErrorCode::body_too_large, 63},
      {ErrorCode::stream_refused, 92},      {ErrorCode::stream_reset, 92},
      {ErrorCode::stream_error, 92},        {ErrorCode::http_1_1_required, 92},
  };
  for (const auto& [code, status] : wanted) {
    EXPECT_EQ(exit_code_for(Error(code)), status) << name(code);
  }
#define X(name, text, fault, transient) \
  EXPECT_NE(exit_code_for(Error(ErrorCode::name)), kDelivered) << #name;
  HOLDFAST_ERROR_CODES(X)
#undef X
}

TEST(ExitCode, of_every_error_is_in_the_manual) {
  const auto known = [](int status) {
    return std::any_of(exit_statuses().begin(), exit_statuses().end(),
                       [&](const ExitStatus& one) { return one.status == status; });
  };
  for (const Phase phase : {Phase::connect, Phase::tls, Phase::write, Phase::head, Phase::body}) {
#define X(name, text, fault, transient) \
  EXPECT_TRUE(known(exit_code_for(Error(ErrorCode::name, "", phase)))) << #name;
    HOLDFAST_ERROR_CODES(X)
#undef X
  }
}

TEST(ExitCode, of_a_redirect_that_is_not_followed_is_not_that_of_success) {
  EXPECT_EQ(exit_code_for(StopReason::redirect_unsupported), 1);
  EXPECT_EQ(exit_code_for(StopReason::redirect_invalid), 3);
  EXPECT_EQ(exit_code_for(StopReason::redirect_downgrade), 110);
  EXPECT_EQ(exit_code_for(StopReason::redirect_refused), 111);
  EXPECT_EQ(exit_code_for(StopReason::success), kDelivered);
  EXPECT_EQ(exit_code_for(StopReason::attempts_exhausted), kDelivered);
}

TEST(ExitCode, of_a_broken_connection_goes_by_the_phase) {
  const auto in = [](Phase phase) {
    return exit_code_for(Error(ErrorCode::connection_reset, "", phase));
  };
  EXPECT_EQ(in(Phase::connect), 7);
  EXPECT_EQ(in(Phase::tls), 35);
  EXPECT_EQ(in(Phase::write), 55);
  EXPECT_EQ(in(Phase::body), 56);
  EXPECT_EQ(exit_code_for(Error(ErrorCode::connection_closed, "", Phase::tls)), 35);
}

}  // namespace
}  // namespace holdfast::cli
