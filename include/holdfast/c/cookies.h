// Cookies kept between requests, in memory (RFC 6265bis). Part of holdfast.h, where the rules
// stand. Thread: any, and several at once.
//
// The option "cookies" "on" makes a jar for one client. This is for a jar that several clients
// share, or that is looked into. holdfast/cookies.h says what is kept, and for how long.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

HOLDFAST_EXPORT holdfast_cookie_jar* holdfast_cookie_jar_new(void);
/// Options and clients that were given it keep it as long as they need it.
HOLDFAST_EXPORT void holdfast_cookie_jar_free(holdfast_cookie_jar* jar);
/// Clients made from these options send and keep cookies there; null: no cookies. Returns a
/// complaint.
HOLDFAST_EXPORT const char* holdfast_options_set_cookie_jar(holdfast_options* options,
                                                            const holdfast_cookie_jar* jar);

/// Takes a Set-Cookie value as if received from `url` at `now_s` (seconds since 1970). 1: it was
/// kept, or removed a cookie, as a past expiry does. 0: RFC 6265bis ignores it.
HOLDFAST_EXPORT int holdfast_cookie_jar_set(holdfast_cookie_jar* jar, const char* url,
                                            const char* set_cookie, int64_t now_s);
/// What a request for `url` should say as Cookie, "": nothing; into `into`, cut to `capacity` with
/// its NUL. Returns the length there is, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_cookie_jar_header(const holdfast_cookie_jar* jar, const char* url,
                                                  int64_t now_s, char* into, size_t capacity);
HOLDFAST_EXPORT void holdfast_cookie_jar_clear(holdfast_cookie_jar* jar);

/// One cookie as it is kept. May grow at its end.
typedef struct holdfast_cookie {
  const char* name;
  const char* value;
  const char* domain;  ///< lower case, no leading dot
  const char* path;
  int64_t expires_s;  ///< seconds since 1970; of a session cookie the largest there is
  int host_only;      ///< for `domain` itself, not for what is below it
  int secure;
  int http_only;
} holdfast_cookie;
/// Calls `call` for each, the oldest first, before it returns. They are copies: the jar may be used
/// meanwhile.
typedef void (*holdfast_on_cookie)(void* context, const holdfast_cookie* cookie);
HOLDFAST_EXPORT void holdfast_cookie_jar_each(const holdfast_cookie_jar* jar,
                                              holdfast_on_cookie call, void* context);

#ifdef __cplusplus
}
#endif
