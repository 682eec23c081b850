// The field section of an HTTP/2 request as a request head, read by an unforgiving judge: whatever
// RFC 9113 §8 forbids a client is named. Pure. Thread: any.
#pragma once

#include <string>

#include "fault_server/answer/emit.h"
#include "fault_server/answer/request.h"

namespace fault {

struct H2Request {
  RequestHead head;  // pseudo-fields mapped: method, target, Host as the first header
  std::string scheme;
  std::string problem;  // "" when well formed; else what a client may not send
};

/// Never fails: of a malformed section the head holds what could be read, for the journal.
H2Request read_h2_request(const Fields& fields, bool ends_stream);

/// "" when `fields` may end a request as trailers.
std::string h2_trailer_complaint(const Fields& fields);

}  // namespace fault
