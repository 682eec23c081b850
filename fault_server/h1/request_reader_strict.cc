// The part of RFC 9112 that a recipient may forgive and a sender may not break. The judge forgives
// nothing.
#include <algorithm>
#include <array>

#include "fault_server/h1/request_reader.h"

#include "fault_server/script/text.h"

namespace fault {

bool is_token_byte(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;  // RFC 9110 §5.6.2
}

namespace {

std::string line_complaint(std::string_view line, bool first) {
  for (char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') return "a CR without LF (RFC 9112 2.2)";
    if ((byte < 0x20 && c != '\t') || byte == 0x7F) return "a control character (RFC 9110 5.5)";
  }
  if (first) {
    if (line.empty()) return "an empty line before the request line (RFC 9112 2.2)";
    const bool apart = std::count(line.begin(), line.end(), ' ') == 2;
    return apart ? "" : "a request line whose parts are not divided by one SP each (RFC 9112 3)";
  }
  if (line.front() == ' ' || line.front() == '\t') return "a folded line (RFC 9112 5.2)";
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return "a field without a name";
  const std::string_view name = line.substr(0, colon);
  if (!std::all_of(name.begin(), name.end(), is_token_byte)) {
    return "a field name that is no token (RFC 9110 5.1)";
  }
  return "";
}

// How often each of the fields that may be there at most once is there.
std::string field_complaint(const RequestHead& head) {
  constexpr std::array<std::string_view, 4> kAtMostOnce = {"host", "content-length",
                                                           "transfer-encoding", "content-type"};
  std::array<int, kAtMostOnce.size()> seen{};
  for (const auto& [name, value] : head.headers) {
    const auto found = std::find(kAtMostOnce.begin(), kAtMostOnce.end(), lower_case(name));
    if (found != kAtMostOnce.end())
      ++seen.at(static_cast<std::size_t>(found - kAtMostOnce.begin()));
  }
  for (std::size_t i = 0; i < kAtMostOnce.size(); ++i) {
    if (seen.at(i) > 1) return "more than one " + std::string(kAtMostOnce.at(i)) + " field";
  }
  if (head.minor >= 1 && seen[0] == 0) return "no host field (RFC 9112 3.2)";
  if (seen[1] != 0 && seen[2] != 0) {
    return "content-length and transfer-encoding together (RFC 9112 6.2)";
  }
  if (head.minor == 0 && seen[2] != 0) return "transfer-encoding in HTTP/1.0 (RFC 9112 6.1)";
  return "";
}

}  // namespace

std::string strict_complaint(std::string_view head_text, const RequestHead& head) {
  bool first = true;
  while (!head_text.empty()) {
    const std::size_t end = head_text.find('\n');
    if (end == std::string_view::npos) return "a line without its end";
    if (end == 0 || head_text[end - 1] != '\r') return "an LF without CR (RFC 9112 2.2)";
    const std::string_view line = head_text.substr(0, end - 1);
    head_text.remove_prefix(end + 1);
    if (!first && line.empty()) break;
    if (std::string complaint = line_complaint(line, first); !complaint.empty()) return complaint;
    first = false;
  }
  return field_complaint(head);
}

}  // namespace fault
