// -F as curl has it: words to the parts of a multipart form. Opens no file, but asks whether it
// could, so that a mistyped name is told before anything is sent. Thread: main.
#pragma once

#include <string>

#include "holdfast/multipart.h"

namespace holdfast::cli {

/// What is wrong with a part and the remedy, or "".
struct FormComplaint {
  std::string text{};
  bool unreadable = false;  ///< it is well written, but its file cannot be read
};

/// "name=value" or "name=@FILE", either with ";type=MEDIA/TYPE" behind it, the latter also with
/// ";filename=NAME". Values are never in a complaint.
FormComplaint add_form_part(const std::string& text, Multipart& form);

}  // namespace holdfast::cli
