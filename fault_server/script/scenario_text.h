// Which texts of a scenario its JSON document cannot hold: JSON is UTF-8 (RFC 8259 §8.1), while a
// command line, a request's path and a Unix file name are bytes. Script steps are no concern of
// this: their one-line spelling escapes bytes. Pure. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "fault_server/script/scenario.h"

namespace fault {

/// One complaint per text that is no UTF-8, naming its rule or listener and the part.
std::vector<std::string> text_complaints(const Scenario& scenario);

}  // namespace fault
