// The flags that say how a connection is secured, which HTTP it speaks and where it leads: from
// words to ClientOptions, with complaints in the flags' own words. Reads no file, but asks whether
// it could, so that a mistyped name is told at once. Thread: main.
#pragma once

#include <string>

#include "holdfast/options.h"

namespace CLI {
class App;
}

namespace holdfast::cli {

/// Headings of the help page.
inline constexpr const char* kConnectionGroup = "Connections";
inline constexpr const char* kTlsGroup = "TLS";

/// `options` must outlive the parsing.
void add_protocol_options(CLI::App& app, ClientOptions& options);
/// --raw, which stands among the flags of the output and of load.
void add_raw_option(CLI::App& app, ClientOptions& options, const char* group);
/// --resolve, which stands among the flags of routes.
void add_resolve_option(CLI::App& app, ClientOptions& options);

/// What is wrong with them taken together, one line; "" if nothing.
std::string protocol_complaint(const ClientOptions& options);

/// --resolve's value into `into`: HOST:PORT:ADDRESS[,ADDRESS…], IPv6 with or without brackets, port
/// * for any. What is wrong with it and the remedy, or "".
std::string add_resolve(const std::string& text, std::vector<HostAddress>& into);

/// --pinnedpubkey's value into `into`. curl's second slash ("sha256//…") is taken off. What is
/// wrong with it and the remedy, or "".
std::string add_pin(const std::string& text, std::vector<std::string>& into);

}  // namespace holdfast::cli
