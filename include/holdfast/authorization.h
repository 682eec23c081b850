// Values of the Authorization field, for one request (RequestBuilder::basic_auth() and bearer() set
// them) or for ClientOptions::default_headers. No error text and no log line contains them (H4).
// Thread: any; pure functions.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/export.h"

namespace holdfast {

/// Returns "Basic " and the credentials in Base64 (RFC 7617). The bytes are encoded as they are;
/// servers expect UTF-8. `user` must not contain ":", because the server reads the password from
/// the first ":" on.
HOLDFAST_EXPORT std::string basic_authorization(std::string_view user, std::string_view password);
/// Returns "Bearer " and the token (RFC 6750 §2.1). A token with a line break makes the request
/// fail with `invalid_request` when it is sent.
HOLDFAST_EXPORT std::string bearer_authorization(std::string_view token);

}  // namespace holdfast
