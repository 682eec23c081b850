// Options by name and as text: for command lines, configuration files and other languages. The
// names are those that validate() uses, "retry.max_attempts" for one. Thread: any (pure functions
// on values).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "holdfast/export.h"
#include "holdfast/options.h"

namespace holdfast {

/// Sets the option `name` to what `value` says. Nothing is changed where there is a complaint: the
/// name is unknown, or the value is not of its kind. Whether the options make sense together is
/// ClientOptions::validate()'s to say, when all are set.
///
///   kind               written as
///   time               "2.5s", "250ms", "10us", "7ns", "5m", "1h", "1d", "0"; "off" is kOff
///   yes or no          "true" "false", "yes" "no", "on" "off", "1" "0"
///   whole number       "50"; one of bytes also "64KiB", "16MiB", "1GiB"
///   fraction           "0.25"
///   one of several     as the enumerator is called: "prior_knowledge"; tls.min_version "1.2" "1.3"
///   set of statuses    "408,429,500-504"; "" or "none" is the empty set
///   set of errors      retry.errors: names, "dns_temporary,read_timeout" being exactly these;
///                      "default" is ErrorSet::transient(), "" or "none" the empty set; a sign
///                      edits: "default,dns_not_found,-pool_timeout". A sign may stand for the
///                      comma: "default+dns_not_found-pool_timeout"
///   list               "a,b,c"; "" is the empty list
///   resolve            "HOST:PORT:ADDRESS,…", port * for any, IPv6 in brackets or bare
///   default_headers    "Name: value" lines; they take the place of what was there
///   retry              all of it: "original" is RetryPolicy::original(), "default"
///   proxy              all of it: "environment" is ProxyPolicy::from_environment(), "none"
///   cookies            "on": a new, empty jar; "off"
///   text               as it is
///
/// Not reachable as text: `retry.predicate` with its context, and a jar that is there already.
HOLDFAST_EXPORT std::optional<Complaint> set_option(ClientOptions& options, std::string_view name,
                                                    std::string_view value);

/// The same for one request: retry, retry.*, timeouts.*, limits.*, decode.*, redirects.*, proxy,
/// proxy.*, "http2.use" and "unix_socket". A part that the policy does not have yet begins as the
/// client's, so that what is not named stays as it is there. retry.budget.* is the client's alone.
HOLDFAST_EXPORT std::optional<Complaint> set_option(RequestPolicy& policy,
                                                    const ClientOptions& client,
                                                    std::string_view name, std::string_view value);

/// Every name that set_option() knows, grouped as in ClientOptions.
HOLDFAST_EXPORT std::span<const std::string_view> option_names() noexcept;

}  // namespace holdfast
