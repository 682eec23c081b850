#include "cli/form.h"

#include <optional>
#include <string_view>
#include <utility>

#include "holdfast/media_type.h"

namespace holdfast::cli {

namespace {

constexpr const char* kShape = "expected NAME=VALUE or NAME=@FILE, e.g. photo=@beach.jpg";

/// Takes ";KEY=…" off the end of `text`, where it has one.
std::optional<std::string> take_suffix(std::string& text, std::string_view key) {
  const std::string mark = ";" + std::string(key) + "=";
  const std::size_t at = text.rfind(mark);
  if (at == text.npos) return std::nullopt;
  std::string value = text.substr(at + mark.size());
  // Of several suffixes this one may not be the last.
  const std::size_t next = value.find(';');
  std::string rest = next == value.npos ? "" : value.substr(next);
  if (next != value.npos && (rest.starts_with(";type=") || rest.starts_with(";filename="))) {
    value.resize(next);
  } else {
    rest.clear();
  }
  text = text.substr(0, at) + rest;
  return value;
}

}  // namespace

std::string add_form_part(const std::string& text, std::vector<FormPart>& form) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) return kShape;
  std::string value = text.substr(equals + 1);
  FormPart made;
  Multipart::Part& part = made.part;
  part.name = text.substr(0, equals);
  const bool is_file = value.starts_with('@');
  if (is_file) {
    const std::optional<std::string> filename = take_suffix(value, "filename");
    part.filename = filename;
  }
  if (const auto type = take_suffix(value, "type")) {
    if (!MediaType::parse(*type)) {
      return "'" + *type + "' is no media type: use one like image/jpeg";
    }
    part.content_type = *type;
  }
  if (is_file) {
    made.file = value.substr(1);
    if (made.file.empty()) return "the file's name is missing after '@'";
    if (!part.filename) part.filename = made.file.substr(made.file.rfind('/') + 1);
    if (part.content_type.empty()) part.content_type = "application/octet-stream";
  } else {
    part.body = Body(std::move(value));
  }
  form.push_back(std::move(made));
  return "";
}

}  // namespace holdfast::cli
