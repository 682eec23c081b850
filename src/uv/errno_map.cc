#include "uv/errno_map.h"

#include <uv.h>

#include <cerrno>

namespace holdfast::uv {

namespace {

bool is_exhaustion(int uv_code) {
  return uv_code == UV_EMFILE || uv_code == UV_ENFILE || uv_code == UV_ENOBUFS ||
         uv_code == UV_ENOMEM || uv_code == UV_EAI_MEMORY;
}

}  // namespace

ErrorCode connect_error(int uv_code) {
  if (is_exhaustion(uv_code)) return ErrorCode::out_of_resources;
  switch (uv_code) {
    case UV_ECONNREFUSED:
      return ErrorCode::connect_refused;
    case UV_ETIMEDOUT:
      return ErrorCode::connect_timeout;  // the system's timeout came before ours
    case UV_ECONNRESET:
    case UV_EPIPE:
      return ErrorCode::connection_reset;
    case UV_ECONNABORTED:
      return ErrorCode::connection_aborted;
    case UV_EAGAIN:
      return ErrorCode::out_of_resources;
    case -ENODEV:  // an unknown IPv6 zone: a part of the name does not exist
      return ErrorCode::dns_not_found;
    default:
      // EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, EACCES and EPERM (from a firewall),
      // EAFNOSUPPORT, EINVAL (an address that cannot be connected to), and EADDRNOTAVAIL, which
      // Linux returns both when IPv6 is disabled and when no local port is left.
      return ErrorCode::connect_unreachable;
  }
}

ErrorCode local_connect_error(int uv_code) {
  switch (uv_code) {
    case UV_ENOENT:  // a server that is not started yet: it creates the file
    case UV_ENOTDIR:
    case UV_ELOOP:
    case UV_EACCES:
    case UV_EPERM:
    case UV_ENOTSOCK:
    case UV_EPROTOTYPE:  // a datagram socket
    case UV_ENAMETOOLONG:
    case UV_EAGAIN:  // the listener's backlog is full
      return ErrorCode::connect_refused;
    default:
      return connect_error(uv_code);
  }
}

ErrorCode stream_error(int uv_code) {
  if (is_exhaustion(uv_code)) return ErrorCode::out_of_resources;
  switch (uv_code) {
    case UV_ECONNRESET:
    case UV_EPIPE:  // written after the peer's reset
      return ErrorCode::connection_reset;
    default:
      // ECONNABORTED, and TCP's errors after the peer fell silent: ETIMEDOUT, EHOSTUNREACH,
      // ENETUNREACH, ENETDOWN.
      return ErrorCode::connection_aborted;
  }
}

ErrorCode lookup_error(int uv_code) {
  if (is_exhaustion(uv_code)) return ErrorCode::out_of_resources;
  switch (uv_code) {
    case 0:
      return ErrorCode::none;
    case UV_EAGAIN:  // no thread could be created
      return ErrorCode::out_of_resources;
    case UV_EAI_NONAME:
    case UV_EAI_NODATA:
    case UV_EAI_ADDRFAMILY:
    case UV_EAI_FAMILY:
    case UV_EAI_SERVICE:
    case UV_EAI_SOCKTYPE:
    case UV_EAI_BADFLAGS:
    case UV_EAI_BADHINTS:
    case UV_EAI_OVERFLOW:
    case UV_EINVAL:
    case UV_ENAMETOOLONG:
      return ErrorCode::dns_not_found;
    default:
      // EAI_AGAIN, EAI_CANCELED, and EAI_FAIL: a server that refuses the query does not deny that
      // the name exists.
      return ErrorCode::dns_temporary;
  }
}

int os_error(int uv_code) {
  // libuv's own codes (the EAI_* family, EOF) are below -3000; all others are negated errnos.
  return uv_code < 0 && uv_code > -3000 ? -uv_code : 0;
}

}  // namespace holdfast::uv
