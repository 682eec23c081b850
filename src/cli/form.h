// -F as curl has it: words to the parts of a multipart form. Opens no file: make_body() does,
// before anything is sent. Thread: main.
#pragma once

#include <string>
#include <vector>

#include "holdfast/multipart.h"

namespace holdfast::cli {

struct FormPart {
  Multipart::Part part;   ///< without its body where that is a file's
  std::string file = {};  ///< "-": standard input; "": `part` has its body
};

/// "name=value" or "name=@FILE", either with ";type=MEDIA/TYPE" behind it, the latter also with
/// ";filename=NAME". What is wrong and the remedy, or ""; values are never in a complaint.
std::string add_form_part(const std::string& text, std::vector<FormPart>& form);

}  // namespace holdfast::cli
