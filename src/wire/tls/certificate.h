// What a certificate says about itself, in words for people. Names come from strangers: they are
// cut and freed of control characters before they are shown. Pure. Thread: any.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace holdfast::wire {

/// `text` in quotes, at most 100 characters of it, all printable ASCII.
std::string in_quotes(std::string_view text);

/// The common name, else the organization, else the whole name; quoted.
std::string subject_of(const X509& certificate);
std::string issuer_of(const X509& certificate);

/// The DNS names and IP addresses it is for ("a.test, *.b.test, 127.0.0.1"), the first eight of
/// them; empty if there are none.
std::string alternative_names(const X509& certificate);

/// e.g. "2026-11-23 14:30:00 UTC"
std::string date_text(const ASN1_TIME& time);

/// Seconds since 1970, rounded down.
std::int64_t seconds_of(base::WallTime time);
/// Until when it is valid, in seconds since 1970; the earliest time there is if it does not say.
std::int64_t expiry_s(const X509& certificate);

}  // namespace holdfast::wire
