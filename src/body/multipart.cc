#include "holdfast/multipart.h"

#include <algorithm>
#include <utility>

#include "base/rng.h"
#include "body/joined_source.h"

namespace holdfast {

namespace {

/// Escapes line breaks, which would end the line of a value, and quotes, which would end a quoted
/// value (WHATWG HTML §4.10.21.8, "escaping a string").
std::string escaped(std::string_view text, std::string_view dangerous) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (dangerous.find(c) == dangerous.npos) {
      out += c;
    } else {
      out.append({'%', kHex[c >> 4], kHex[c & 0xF]});
    }
  }
  return out;
}

std::string quoted_value(std::string_view text) { return '"' + escaped(text, "\"\r\n") + '"'; }

std::string part_head(const std::string& boundary, const Multipart::Part& part) {
  std::string head =
      "--" + boundary + "\r\nContent-Disposition: form-data; name=" + quoted_value(part.name);
  if (part.filename) head.append("; filename=").append(quoted_value(*part.filename));
  head += "\r\n";
  if (!part.content_type.empty()) {
    // Quotes are allowed here: parameters can be quoted.
    head.append("Content-Type: ").append(escaped(part.content_type, "\r\n")).append("\r\n");
  }
  return head += "\r\n";
}

std::string part_tail() { return "\r\n"; }
std::string last_line(const std::string& boundary) { return "--" + boundary + "--\r\n"; }

std::string hex(std::uint64_t value) {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[value >> shift & 0xF];
  return text;
}

bool is_in_memory(const Multipart::Part& part) {
  return part.body.kind() == Body::Kind::bytes || part.body.kind() == Body::Kind::none;
}

/// Covers enough of a part to distinguish forms. Other code ensures that the boundary does not
/// occur in the content.
std::uint64_t digest(const Multipart::Part& part, std::uint64_t before) {
  constexpr std::size_t kLooked = 256;
  std::uint64_t sum = base::hash64(part.name, before);
  if (part.filename) sum = base::hash64(*part.filename, sum);
  sum = base::hash64(part.content_type, sum);
  sum = base::hash64(std::string_view(part.body.bytes()).substr(0, kLooked), sum);
  return base::mix64(sum ^ part.body.length().value_or(0));
}

}  // namespace

Multipart& Multipart::field(std::string_view name, std::string_view value) {
  return part({.name = std::string(name), .body = std::string(value)});
}

Multipart& Multipart::file(std::string_view name, std::string path, std::string_view content_type) {
  Part part{.name = std::string(name), .content_type = std::string(content_type)};
  part.filename = path.substr(path.rfind('/') + 1);
  part.body = Body::file(std::move(path));
  return this->part(std::move(part));
}

Multipart& Multipart::part(Part part) {
  parts_.push_back(std::move(part));
  return *this;
}

std::string Multipart::boundary() const {
  std::uint64_t sum = base::hash64("multipart", seed_);
  for (const Part& part : parts_) sum = digest(part, sum);
  for (;;) {
    std::string boundary = "holdfast-" + hex(sum) + hex(base::mix64(~sum));
    const bool occurs = std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
      return part.body.bytes().find(boundary) != std::string::npos;
    });
    if (!occurs) return boundary;
    sum = base::mix64(sum);
  }
}

std::string Multipart::content_type() const {
  return "multipart/form-data; boundary=" + boundary();
}

std::optional<std::uint64_t> Multipart::length() const {
  const std::string boundary = this->boundary();
  std::uint64_t bytes = last_line(boundary).size();
  for (const Part& part : parts_) {
    const std::optional<std::uint64_t> length = part.body.length();
    if (!length) return std::nullopt;
    bytes += part_head(boundary, part).size() + *length + part_tail().size();
  }
  return bytes;
}

Body Multipart::body() const {
  const std::string boundary = this->boundary();
  auto pieces = std::make_shared<std::vector<Body>>();
  std::string text;  // parts in memory, joined up to the next streamed part
  bool one_shot = false;
  for (const Part& part : parts_) {
    text += part_head(boundary, part);
    if (is_in_memory(part)) {
      text += part.body.bytes();
    } else {
      pieces->emplace_back(std::exchange(text, {}));
      pieces->push_back(part.body);
      one_shot = one_shot || part.body.kind() == Body::Kind::one_shot;
    }
    text += part_tail();
  }
  text += last_line(boundary);
  if (pieces->empty()) return Body(std::move(text));
  pieces->emplace_back(std::move(text));
  const auto open = [pieces = http::JoinedSource::Pieces(std::move(pieces)), boundary] {
    return std::make_unique<http::JoinedSource>(pieces, boundary);
  };
  return one_shot ? Body::one_shot(open(), length()) : Body::factory(open, length());
}

}  // namespace holdfast
