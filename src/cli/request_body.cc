#include "cli/request_body.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "cli/descriptor.h"

namespace holdfast::cli {

namespace {

/// Larger regular files are not held in memory.
constexpr off_t kHeld = 1 << 20;
/// Of what has no end (/dev/zero) not all memory is taken.
constexpr std::size_t kMost = 1U << 30;

constexpr const char* kFormType = "application/x-www-form-urlencoded";

/// A file to read, closed again unless it was inherited.
class Input {
 public:
  explicit Input(const std::string& path)
      : inherited_(inherited_descriptor(path, STDIN_FILENO)),
        descriptor_(inherited_ ? *inherited_ : open_file(path, O_RDONLY)) {}
  ~Input() {
    if (!inherited_ && descriptor_ >= 0) ::close(descriptor_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  bool is_standard() const { return inherited_ == STDIN_FILENO; }
  int descriptor() const { return descriptor_; }

 private:
  std::optional<int> inherited_;
  int descriptor_;
};

/// Appends what `path` holds to `into`, or, where it is `alone` in a body and large, leaves it to
/// be read later and sets `later`. What is wrong, without the flag, or "".
std::string read_file(const std::string& path, bool alone, std::string& into, Body& later) {
  const Input input(path);
  struct stat about {};
  if (input.descriptor() < 0 || ::fstat(input.descriptor(), &about) != 0) {
    const std::string reason = std::strerror(errno);
    if (input.is_standard()) return reason + ": standard input cannot be read";
    return reason + ": name a file that can be read";
  }
  if (S_ISDIR(about.st_mode)) return "that is a folder: name a file";
  if (alone && !input.is_standard() && S_ISREG(about.st_mode) && about.st_size > kHeld) {
    later = Body::file(path);
    return "";
  }
  char piece[65536];
  std::ptrdiff_t n = 0;
  while ((n = read_some(input.descriptor(), piece, sizeof piece)) > 0) {
    if (into.size() + static_cast<std::size_t>(n) > kMost) {
      return "more than 1 GiB came: write it to a file, and name that";
    }
    into.append(piece, static_cast<std::size_t>(n));
  }
  if (n == 0) return "";
  return std::string(std::strerror(errno)) + (input.is_standard()
                                                  ? ": standard input cannot be read"
                                                  : ": name a file that can be read");
}

std::string make_data(const std::vector<std::string>& pieces, Body& into) {
  std::string all;
  Body later;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string& data = pieces[i];
    if (i != 0) all += '&';
    if (!data.starts_with('@')) {
      all += data;
      continue;
    }
    const std::string complaint = read_file(data.substr(1), pieces.size() == 1, all, later);
    if (!complaint.empty()) return "-d " + data + ": " + complaint;
  }
  into = later.kind() == Body::Kind::none ? Body(std::move(all)) : std::move(later);
  return "";
}

std::string make_form(const std::vector<FormPart>& parts, Multipart& form) {
  for (const FormPart& given : parts) {
    Multipart::Part part = given.part;
    if (!given.file.empty()) {
      std::string all;
      const std::string complaint = read_file(given.file, true, all, part.body);
      if (!complaint.empty()) return "-F " + part.name + "=@" + given.file + ": " + complaint;
      if (part.body.kind() == Body::Kind::none) part.body = Body(std::move(all));
    }
    form.part(std::move(part));
  }
  return "";
}

}  // namespace

std::string make_body(const CommandLine& line, RequestBody& into) {
  if (!line.form.empty()) {
    Multipart form;
    std::string complaint = make_form(line.form, form);
    if (complaint.empty()) into = {form.body(), form.content_type()};
    return complaint;
  }
  if (line.data.empty()) return "";
  into.type = kFormType;
  return make_data(line.data, into.body);
}

}  // namespace holdfast::cli
