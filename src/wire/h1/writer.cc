#include "wire/h1/writer.h"
#include "wire/request_content.h"

#include <charconv>
#include <cstring>

#include "base/check.h"
#include "wire/field_text.h"

namespace holdfast::wire {
namespace {

/// Writes into space made beforehand: an append with its own capacity check for every few bytes
/// would cost more than the bytes do.
class Cursor {
 public:
  explicit Cursor(char* at) : at_(at) {}
  void put(std::string_view text) {
    if (text.empty()) return;  // its data may be null
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void field(std::string_view name, std::string_view value) {
    put(name);
    put(": ");
    put(value);
    put("\r\n");
  }
  void number(std::uint64_t value, int base) {
    at_ = std::to_chars(at_, at_ + 20, value, base).ptr;
  }
  const char* at() const { return at_; }

 private:
  char* at_;
};

constexpr std::string_view kHost = "Host";
constexpr std::string_view kUserAgent = "User-Agent";
constexpr std::string_view kIdempotencyKey = "Idempotency-Key";

/// The request's own fields and the defaults under them.
struct Fields {
  const Headers& own;
  const Headers& defaults;

  std::optional<std::string_view> get(std::string_view name) const {
    if (none()) return std::nullopt;  // the usual case, and asked several times a request
    const auto value = own.get(name);
    return value ? value : defaults.get(name);
  }
  bool contains(std::string_view name) const {
    return !none() && (own.contains(name) || defaults.contains(name));
  }
  bool none() const { return own.empty() && defaults.empty(); }
};

bool is_host(std::string_view name) {
  return name.size() == kHost.size() && same_name(name, kHost);
}

void put_fields(Cursor& out, const Fields& fields) {
  for (const HeaderField field : fields.defaults) {
    if (is_host(field.name) || fields.own.contains(field.name)) continue;
    out.field(field.name, field.value);
  }
  for (const HeaderField field : fields.own) {
    if (!is_host(field.name)) out.field(field.name, field.value);
  }
}

void put_framing(Cursor& out, const H1RequestHead& head) {
  if (head.chunked) {
    out.put("Transfer-Encoding: chunked\r\n");
  } else if (head.content_length) {
    out.put("Content-Length: ");
    out.number(*head.content_length, 10);
    out.put("\r\n");
  } else if (anticipates_content(head.method)) {
    out.put("Content-Length: 0\r\n");
  }
}

std::size_t added_bytes(const H1RequestHead& head) {
  constexpr std::size_t kLine = 4;  // ": " and the line's end
  std::size_t bytes = 0;
  for (const HeaderField field : head.added) {
    bytes += field.name.size() + field.value.size() + kLine;
  }
  return bytes;
}

/// Fields that say how the message is framed or how long the connection lives: two writers of one
/// of them would be a request smuggled past somebody.
struct Reserved {
  std::string_view name;
  std::string_view remedy;
};
constexpr Reserved kReserved[] = {
    {"Content-Length", "remove it: it is written from the request's body"},
    {"Transfer-Encoding", "remove it: a body of unknown length is sent chunked by itself"},
    {"Connection", "remove it: the pool decides how long connections live"},
    {"Keep-Alive", "remove it: set the pool's idle expiry instead"},
    {"Proxy-Connection", "remove it: it means nothing to an origin server"},
    {"TE", "remove it: transfer codings other than chunked are not undone"},
    {"Trailer", "remove it: requests are sent without trailers"},
    {"Upgrade", "remove it: connections are not switched to other protocols"},
    {"Expect", "remove it: set Request::expect_continue, so that the body waits for the answer"},
};

std::string about(std::string_view name, std::string_view what) {
  return "the header field " + std::string(name) + " " + std::string(what);
}

/// A method for an error text: what is not printable ASCII is shown as its code.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 0xf]);
    }
  }
  return out + (text.size() > kMost ? "…\"" : "\"");
}

}  // namespace

void append_request_head(std::string& out, const H1RequestHead& head) {
  HF_CHECK(!(head.chunked && head.content_length));
  static const Headers kNone;
  const Fields fields{head.fields != nullptr ? *head.fields : kNone,
                      head.defaults != nullptr ? *head.defaults : kNone};
  const std::string_view host = fields.get(kHost).value_or(head.authority);

  // Headers::bytes() has eight bytes a field on top of its text, and a line needs four.
  constexpr std::size_t kFixed = 160;  // the literals below, at most 120 bytes, and a length
  const std::size_t start = out.size();
  out.resize(start + kFixed + head.method.size() + head.target.size() + host.size() +
             fields.own.bytes() + fields.defaults.bytes() + head.user_agent.size() +
             head.idempotency_key.size() + added_bytes(head));
  Cursor cursor(out.data() + start);
  cursor.put(head.method);
  cursor.put(" ");
  cursor.put(head.target);
  cursor.put(" HTTP/1.1\r\n");
  cursor.field(kHost, host);
  if (!head.user_agent.empty() && !fields.contains(kUserAgent)) {
    cursor.field(kUserAgent, head.user_agent);
  }
  put_fields(cursor, fields);
  if (!head.idempotency_key.empty() && !fields.contains(kIdempotencyKey)) {
    cursor.field(kIdempotencyKey, head.idempotency_key);
  }
  for (const HeaderField field : head.added) {
    if (!fields.contains(field.name)) cursor.field(field.name, field.value);
  }
  put_framing(cursor, head);
  cursor.put("\r\n");
  out.resize(static_cast<std::size_t>(cursor.at() - out.data()));
}

void append_chunk_head(std::string& out, std::uint64_t bytes) {
  char line[24];
  Cursor cursor(line);
  cursor.number(bytes, 16);
  cursor.put("\r\n");
  out.append(line, static_cast<std::size_t>(cursor.at() - line));
}

std::string request_complaint(std::string_view method, const Headers& fields) {
  if (!is_token(method)) {
    return "the method " + shown(method) +
           " is not a token: use letters, digits and !#$%&'*+-.^_`|~ only, as in GET";
  }
  if (std::string complaint = fields.complaint(); !complaint.empty()) return complaint;
  std::uint32_t hosts = 0;
  for (const HeaderField field : fields) {
    for (const Reserved& reserved : kReserved) {
      if (same_name(field.name, reserved.name)) {
        return about(reserved.name, "cannot be set on a request; ") + std::string(reserved.remedy);
      }
    }
    // No danger to the framing, but strict servers answer it with 400.
    if (has_control(field.value)) {
      return about(field.name, "holds a control character; encode it, or remove it");
    }
    // RFC 9112 §3.2: a server must refuse a request with two.
    if (is_host(field.name) && ++hosts > 1) return about(kHost, "is given twice; give it once");
  }
  return {};
}

}  // namespace holdfast::wire
