// Cookies kept in memory between requests (RFC 6265bis). The rules are in holdfast.h. Thread: any,
// and several at once.
//
// The option "cookies" "on" makes a store for one client. The functions here are for a store that
// several clients share, or that the program reads. holdfast/cookies.h tells what is kept, and how
// long.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "holdfast/c/export.h"
#include "holdfast/c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Makes an empty store.
HOLDFAST_EXPORT holdfast_cookie_jar* holdfast_cookie_jar_new(void);
/// Releases the store. Options and clients that use it keep it as long as they need it.
HOLDFAST_EXPORT void holdfast_cookie_jar_free(holdfast_cookie_jar* jar);
/// Lets clients made from these options use the store; null: no cookies. Returns null, or an error
/// text.
HOLDFAST_EXPORT const char* holdfast_options_set_cookie_jar(holdfast_options* options,
                                                            const holdfast_cookie_jar* jar);

/// Stores the cookie of a Set-Cookie value as if received from `url` at `now_s` (seconds since
/// 1970). Returns 1 if it was stored, or removed a cookie by an expiry in the past; 0 if RFC
/// 6265bis ignores it.
HOLDFAST_EXPORT int holdfast_cookie_jar_set(holdfast_cookie_jar* jar, const char* url,
                                            const char* set_cookie, int64_t now_s);
/// Writes the Cookie field for a request to `url` into `into`, "" if there is none, cut to
/// `capacity` with its NUL. Returns the whole length, as snprintf() does.
HOLDFAST_EXPORT size_t holdfast_cookie_jar_header(const holdfast_cookie_jar* jar, const char* url,
                                                  int64_t now_s, char* into, size_t capacity);
/// Removes all cookies.
HOLDFAST_EXPORT void holdfast_cookie_jar_clear(holdfast_cookie_jar* jar);

/// A stored cookie. Members may be added at the end.
typedef struct holdfast_cookie {
  const char* name;    ///< as received
  const char* value;   ///< as received
  const char* domain;  ///< lower case, no leading dot
  const char* path;    ///< sent for this path and those below it
  int64_t expires_s;   ///< seconds since 1970; the largest value for a session cookie
  int host_only;       ///< sent to `domain` itself only, not to its subdomains
  int secure;          ///< sent over https only
  int http_only;       ///< the attribute HttpOnly
} holdfast_cookie;
/// Receives a cookie, which lives until the function returns.
typedef void (*holdfast_on_cookie)(void* context, const holdfast_cookie* cookie);
/// Calls `call` with a copy of each cookie, oldest first, before it returns. `call` may use the
/// store.
HOLDFAST_EXPORT void holdfast_cookie_jar_each(const holdfast_cookie_jar* jar,
                                              holdfast_on_cookie call, void* context);

#ifdef __cplusplus
}
#endif
