#include "fault_server/h2/request.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "fault_server/script/step.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

constexpr std::array<std::string_view, 5> kFieldsOfConnections = {
    "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"};

// RFC 9113 §8.2: of any field, pseudo or not.
std::string field_complaint(std::string_view name, std::string_view value) {
  const std::string shown = name.empty() ? "a field without a name" : "field " + std::string(name);
  std::string_view token = name;
  if (token.starts_with(':')) token.remove_prefix(1);
  if (!is_token(token)) return shown + ": the name is no token (RFC 9113 8.2.1)";
  if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return shown + ": upper case in the name (RFC 9113 8.2.1)";
  }
  if (value.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    return shown + ": NUL, CR or LF in the value (RFC 9113 8.2.1)";
  }
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  if (!value.empty() && (blank(value.front()) || blank(value.back()))) {
    return shown + ": blanks around the value (RFC 9113 8.2.1)";
  }
  if (std::find(kFieldsOfConnections.begin(), kFieldsOfConnections.end(), name) !=
      kFieldsOfConnections.end()) {
    return shown + ": of a connection, which HTTP/2 has no use for (RFC 9113 8.2.2)";
  }
  if (name == "te" && value != "trailers") {
    return shown + ": says other than trailers (RFC 9113 8.2.2)";
  }
  return "";
}

struct Pseudo {
  std::optional<std::string> method, scheme, path, authority;

  std::optional<std::string>* find(std::string_view name) {
    if (name == ":method") return &method;
    if (name == ":scheme") return &scheme;
    if (name == ":path") return &path;
    if (name == ":authority") return &authority;
    return nullptr;
  }
};

std::string path_complaint(const Pseudo& pseudo) {
  const std::string& path = *pseudo.path;
  if (path.empty()) return "an empty :path (RFC 9113 8.3.1)";
  const bool star = path == "*" && *pseudo.method == "OPTIONS";
  if (path[0] != '/' && !star) return ":path that does not start with / (RFC 9113 8.3.1)";
  if (path.find_first_of(" #") != std::string::npos) return ":path with a blank or a fragment";
  return "";
}

// RFC 9113 §8.3.1: which pseudo-fields there have to be.
std::string pseudo_complaint(const Pseudo& pseudo, const std::optional<std::string>& host) {
  if (!pseudo.method) return "no :method (RFC 9113 8.3.1)";
  if (!is_token(*pseudo.method)) return ":method is no token (RFC 9110 9.1)";
  if (*pseudo.method == "CONNECT") {
    if (pseudo.scheme || pseudo.path) return ":scheme or :path with CONNECT (RFC 9113 8.5)";
    return pseudo.authority ? "" : "no :authority with CONNECT (RFC 9113 8.5)";
  }
  if (!pseudo.scheme) return "no :scheme (RFC 9113 8.3.1)";
  if (!pseudo.path) return "no :path (RFC 9113 8.3.1)";
  if (std::string text = path_complaint(pseudo); !text.empty()) return text;
  const bool web = *pseudo.scheme == "http" || *pseudo.scheme == "https";
  if (web && !pseudo.authority && !host) return "neither :authority nor host (RFC 9113 8.3.1)";
  if (pseudo.authority && pseudo.authority->find('@') != std::string::npos) {
    return "userinfo in :authority (RFC 9113 8.3.1)";
  }
  if (pseudo.authority && host && *host != *pseudo.authority) {
    return "host and :authority differ (RFC 9113 8.3.1)";
  }
  return "";
}

void add_field(RequestHead& head, const std::string& name, const std::string& value) {
  // RFC 9113 §8.2.3: crumbs of a cookie are one field to whoever reads it.
  if (name == "cookie") {
    for (auto& [known, joined] : head.headers) {
      if (known != "cookie") continue;
      joined += "; " + value;
      return;
    }
  }
  if (name == "expect" && value == "100-continue") head.expects_continue = true;
  head.headers.emplace_back(name, value);
}

// Content-Length has to be one number and, on a request without content, 0 (RFC 9113 §8.1.1).
std::string read_length(RequestHead& head, const std::string& value, bool ends_stream) {
  const auto length = parse_count(value);
  if (!length) return "content-length is no number (RFC 9110 8.6)";
  if (head.content_length) return "more than one content-length field";
  head.content_length = length;
  if (ends_stream && *length != 0) {
    return "content-length " + value + ", but no content (RFC 9113 8.1.1)";
  }
  return "";
}

}  // namespace

H2Request read_h2_request(const Fields& fields, bool ends_stream) {
  H2Request out;
  Pseudo pseudo;
  std::optional<std::string> host;
  bool regular = false;
  const auto object = [&](const std::string& text) {
    if (out.problem.empty()) out.problem = text;
  };
  for (const auto& [name, value] : fields) {
    object(field_complaint(name, value));
    if (!name.starts_with(':')) {
      regular = true;
      if (name == "host") {
        if (host) object("more than one host field");
        host = value;
        continue;
      }
      if (name == "content-length") object(read_length(out.head, value, ends_stream));
      add_field(out.head, name, value);
      continue;
    }
    if (regular) object(name + " after a regular field (RFC 9113 8.3)");
    std::optional<std::string>* place = pseudo.find(name);
    if (place == nullptr) {
      object(name + " is no pseudo-field of requests (RFC 9113 8.3)");
    } else if (*place) {
      object("more than one " + name + " (RFC 9113 8.3)");
    } else {
      *place = value;
    }
  }
  object(pseudo_complaint(pseudo, host));
  out.head.major = 2;
  out.head.method = pseudo.method.value_or("");
  out.head.target = pseudo.path.value_or(pseudo.authority.value_or(""));
  out.scheme = pseudo.scheme.value_or("");
  if (pseudo.authority || host) {
    out.head.headers.emplace(out.head.headers.begin(), "Host",
                             pseudo.authority ? *pseudo.authority : *host);
  }
  // Framing is the frames' own business: END_STREAM says where content ends.
  out.head.chunked = !ends_stream && !out.head.content_length;
  return out;
}

std::string h2_trailer_complaint(const Fields& fields) {
  for (const auto& [name, value] : fields) {
    if (name.starts_with(':')) return name + " in trailers (RFC 9113 8.1)";
    if (std::string text = field_complaint(name, value); !text.empty()) return text;
  }
  return "";
}

}  // namespace fault
