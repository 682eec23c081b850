// Checks a DecodePolicy (T4), a client's or a request's own. Thread: any.
#pragma once

#include <vector>

#include "holdfast/decode.h"
#include "holdfast/policy.h"

namespace holdfast::policy {

/// Adds to `found` what is wrong.
void check_decode(std::vector<OptionError>& found, const DecodePolicy& decode);

}  // namespace holdfast::policy
