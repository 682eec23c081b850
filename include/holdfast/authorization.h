// Values of the Authorization field, for a request (RequestBuilder has them built in) or for
// ClientOptions::default_headers. Secrets: holdfast never repeats them in an error or a log (SPEC
// H4). Thread: any (pure).
#pragma once

#include <string>
#include <string_view>

#include "holdfast/export.h"

namespace holdfast {

/// "Basic …" (RFC 7617), bytes as they are, which by now means UTF-8. A user-id cannot have a ":"
/// in it: the server would read what follows it as the beginning of the password.
HOLDFAST_EXPORT std::string basic_authorization(std::string_view user, std::string_view password);
/// "Bearer …" (RFC 6750 §2.1). A token with a line break in it is refused when the request is sent.
HOLDFAST_EXPORT std::string bearer_authorization(std::string_view token);

}  // namespace holdfast
