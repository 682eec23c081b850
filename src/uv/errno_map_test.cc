#include "uv/errno_map.h"

#include <gtest/gtest.h>
#include <uv.h>

#include <cerrno>

namespace holdfast::uv {
namespace {

TEST(ErrnoMap, connects_that_fail) {
  const struct {
    int code;
    ErrorCode expected;
  } cases[] = {
      {UV_ECONNREFUSED, ErrorCode::connect_refused},
      {UV_ETIMEDOUT, ErrorCode::connect_timeout},
      {UV_EHOSTUNREACH, ErrorCode::connect_unreachable},
      {UV_ENETUNREACH, ErrorCode::connect_unreachable},
      {UV_EACCES, ErrorCode::connect_unreachable},
      {UV_EAFNOSUPPORT, ErrorCode::connect_unreachable},
      {UV_EADDRNOTAVAIL, ErrorCode::connect_unreachable},
      {-ENODEV, ErrorCode::dns_not_found},  // the zone of an IPv6 address
      {UV_ECONNRESET, ErrorCode::connection_reset},
      {UV_ECONNABORTED, ErrorCode::connection_aborted},
      {UV_EMFILE, ErrorCode::out_of_resources},
      {UV_ENFILE, ErrorCode::out_of_resources},
      {UV_ENOBUFS, ErrorCode::out_of_resources},
      {UV_ENOMEM, ErrorCode::out_of_resources},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(each.expected, connect_error(each.code)) << uv_err_name(each.code);
  }
}

TEST(ErrnoMap, connects_to_unix_sockets_that_fail) {
  for (int code : {UV_ENOENT, UV_ECONNREFUSED, UV_EACCES, UV_ENOTSOCK, UV_EPROTOTYPE, UV_EAGAIN}) {
    EXPECT_EQ(ErrorCode::connect_refused, local_connect_error(code)) << uv_err_name(code);
  }
  EXPECT_EQ(ErrorCode::out_of_resources, local_connect_error(UV_EMFILE));
}

TEST(ErrnoMap, streams_that_break) {
  const struct {
    int code;
    ErrorCode expected;
  } cases[] = {
      {UV_ECONNRESET, ErrorCode::connection_reset},
      {UV_EPIPE, ErrorCode::connection_reset},
      {UV_ETIMEDOUT, ErrorCode::connection_aborted},
      {UV_ECONNABORTED, ErrorCode::connection_aborted},
      {UV_EHOSTUNREACH, ErrorCode::connection_aborted},
      {UV_ENOBUFS, ErrorCode::out_of_resources},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(each.expected, stream_error(each.code)) << uv_err_name(each.code);
  }
}

TEST(ErrnoMap, look_ups_that_fail_for_now_and_for_good) {
  EXPECT_EQ(ErrorCode::none, lookup_error(0));
  for (int code : {UV_EAI_NONAME, UV_EAI_NODATA, UV_EAI_FAMILY, UV_EINVAL, UV_ENAMETOOLONG}) {
    EXPECT_EQ(ErrorCode::dns_not_found, lookup_error(code)) << uv_err_name(code);
  }
  for (int code : {UV_EAI_AGAIN, UV_EAI_FAIL, UV_EAI_CANCELED, UV_ECANCELED}) {
    EXPECT_EQ(ErrorCode::dns_temporary, lookup_error(code)) << uv_err_name(code);
  }
}

TEST(ErrnoMap, a_look_up_that_lacks_descriptors_or_memory_has_not_found_out_anything) {
  for (int code : {UV_EAI_MEMORY, UV_EMFILE, UV_ENFILE, UV_ENOMEM, UV_ENOBUFS}) {
    EXPECT_EQ(ErrorCode::out_of_resources, lookup_error(code)) << uv_err_name(code);
  }
}

TEST(ErrnoMap, an_errno_is_given_where_the_system_said_one) {
  EXPECT_EQ(ECONNREFUSED, os_error(UV_ECONNREFUSED));
  EXPECT_EQ(0, os_error(UV_EAI_AGAIN));
  EXPECT_EQ(0, os_error(UV_EOF));
  EXPECT_EQ(0, os_error(0));
}

}  // namespace
}  // namespace holdfast::uv
