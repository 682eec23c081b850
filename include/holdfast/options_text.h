// Options by name and as text, for command lines, configuration files and other languages. The
// names are those in validate()'s messages, for example "retry.max_attempts". Thread: any; pure
// functions on values.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "holdfast/export.h"
#include "holdfast/options.h"

namespace holdfast {

/// Sets the option `name` to the value in `value`. Returns nullopt on success. If the name is
/// unknown or the value is malformed, returns the mistake and changes nothing. Contradictions
/// between options are found by ClientOptions::validate() once all are set.
///
///     kind               text
///     time               "2.5s", "250ms", "10us", "7ns", "5m", "1h", "1d", "0"; "off" is kOff
///     boolean            "true" "false", "yes" "no", "on" "off", "1" "0"
///     whole number       "50"; a number of bytes also "64KiB", "16MiB", "1GiB"
///     fraction           "0.25"
///     enumeration        the enumerator: "prior_knowledge"; tls.min_version "1.2" "1.3"
///     set of statuses    "408,429,500-504"; "" or "none" is the empty set
///     set of errors      retry.errors: exactly these, "dns_temporary,read_timeout"; "default" is
///                        ErrorSet::transient(), "" or "none" the empty set; signs change a set:
///                        "default,dns_not_found,-pool_timeout". A sign can replace the comma:
///                        "default+dns_not_found-pool_timeout"
///     list               "a,b,c"; "" is the empty list
///     resolve            "HOST:PORT:ADDRESS,…"; port * for any, IPv6 in brackets or without
///     default_headers    lines "Name: value"; they replace all default headers
///     retry              the whole policy: "python_original" is RetryPolicy::python_original(), or
///     "default" proxy              "environment" is ProxyPolicy::from_environment(), "none" is no
///     proxy cookies            "on": a new, empty jar; "off" text               as it is
///
/// Cannot be set as text: `retry.predicate` with its context, and an existing cookie jar.
HOLDFAST_EXPORT std::optional<OptionError> set_option(ClientOptions& options, std::string_view name,
                                                      std::string_view value);

/// Sets an option of a single request: one of retry, timeouts, limits, decode, redirects or proxy
/// ("timeouts.total"), or http2.use, unix_socket or path_as_is. A member that `policy` does not
/// have yet is copied from `client` first, so the client's other values stay in force. The retry
/// budget can be set for a client only. Returns as above.
HOLDFAST_EXPORT std::optional<OptionError> set_option(RequestPolicy& policy,
                                                      const ClientOptions& client,
                                                      std::string_view name,
                                                      std::string_view value);

/// Returns every name that set_option() knows, grouped as in ClientOptions. The views are static.
HOLDFAST_EXPORT std::span<const std::string_view> option_names() noexcept;

}  // namespace holdfast
