// Requests made through the C face, and what it said of them put back into C++ values, so that it
// can be compared with the other faces. Used by faces_test.cc. Thread: the loop's.
#pragma once

#include <uv.h>

#include <memory>
#include <string>
#include <vector>

#include "holdfast.h"
#include "holdfast/options.h"
#include "holdfast/response.h"

namespace proof {

struct CAsk {
  std::string method, url, body;
  bool streamed = false;
};

struct CAnswer {
  holdfast::Result<holdfast::Response> result;
  std::string streamed;
};

struct FreeOptions {
  void operator()(holdfast_options* options) const { holdfast_options_free(options); }
};
using COptions = std::unique_ptr<holdfast_options, FreeOptions>;

/// The few options that faces_test.cc sets, said to C by name.
COptions c_options(const holdfast::ClientOptions& options);

/// Sends one after the other and waits for each. Made of what C can say alone.
/// `heard`: who watches meanwhile (watchers.h) writes here; null: nobody does.
std::vector<CAnswer> ask_in_c(uv_loop_t* loop, COptions options, const std::vector<CAsk>& asks,
                              std::string* heard);

}  // namespace proof
