// Who may ask the admin interface: not a web page of somebody else's that a browser on this machine
// happens to show. Pure. Thread: any.
//
// Two ways lead from such a page to a server on loopback. A name of the attacker's that resolves to
// 127.0.0.1 (DNS rebinding) makes the browser believe that page and server are one site: such a
// request names a host that is none of ours. And a page may simply send requests across sites,
// which browsers mark with Origin (Fetch §3.2) and Sec-Fetch-Site.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fault_server/answer/emit.h"

namespace fault {

/// Nullopt when the request may be answered, else why not (a 403). `peer` is where it comes from:
/// the rule for host names holds for what comes over loopback, for only there can a name that is
/// none of ours be a trick; others reach this interface only where --admin-anywhere lets them.
std::optional<std::string> refuse_stranger(std::string_view method, const Fields& headers,
                                           std::string_view peer);

/// Of a Host field: localhost or below it, 127.0.0.0/8, ::1; with or without a port.
bool is_loopback_host(std::string_view host);

/// Neither changes anything here nor is written down: GET and HEAD.
bool is_safe_method(std::string_view method);

}  // namespace fault
