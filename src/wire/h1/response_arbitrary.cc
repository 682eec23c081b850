#include "wire/h1/response_arbitrary.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <utility>
#include <vector>

namespace holdfast::wire {
namespace {

/// Framing fields of a message that has no body.
struct Idle {
  Fields fields;
  bool doubtful;  ///< the connection is not used again: a server that confuses framing sends these
};

const std::vector<Idle>& idle_framing() {
  static const std::vector<Idle> kAll = {
      {{}, false},
      {{{"Content-Length", "5"}}, false},
      {{{"content-length", "0"}}, false},
      {{{"Content-Length", "18446744073709551615"}}, false},
      {{{"Transfer-Encoding", "chunked"}}, false},
      {{{"Transfer-Encoding", "gzip, chunked"}}, true},
      {{{"Transfer-Encoding", "identity"}}, true},
      {{{"Transfer-Encoding", ""}}, true},
      {{{"Content-Length", "5"}, {"Content-Length", "5"}}, true},
      {{{"Content-Length", "5"}, {"Content-Length", "6"}}, true},
      {{{"Content-Length", "5, 5"}}, true},
      {{{"Content-Length", "none"}}, true},
      {{{"Content-Length", ""}}, true},
      {{{"Content-Length", "99999999999999999999999"}}, true},
      {{{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}, true},
      {{{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}, true},
      {{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, true},
  };
  return kAll;
}

class Writer {
 public:
  explicit Writer(const Pick& pick) : pick_(pick) {}

  LegalResponse write(std::string_view method);

 private:
  bool one_in(std::size_t n) { return pick_(n) == n - 1; }
  std::size_t up_to(std::size_t most) { return pick_(most + 1); }
  template <std::size_t kCount>
  std::string_view one_of(const std::array<std::string_view, kCount>& texts) {
    return texts[pick_(kCount)];
  }

  std::string text(std::string_view alphabet, std::size_t most) {
    std::string out;
    for (std::size_t n = up_to(most); n > 0; --n) out += alphabet[pick_(alphabet.size())];
    return out;
  }
  std::string blanks() { return std::string(one_of<6>({"", " ", "  ", "\t", " \t ", "    "})); }
  std::string token() { return "a" + text("bcXYZ019!#$%&'*+-.^_`|~", 8); }
  /// RFC 9110 §5.6.4.
  std::string quoted_string() {
    std::string out = "\"";
    for (std::size_t n = up_to(6); n > 0; --n) {
      out += one_of<10>({"a", " ", "\t", ";", "=", ",", "\\\"", "\\\\", "\\a", "\xfc"});
    }
    return out + "\"";
  }
  std::string any_case(std::string_view name) {
    std::string out(name);
    const std::size_t style = pick_(3);
    for (char& c : out) {
      if (style == 1 && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      if (style == 2 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return out;
  }

  std::string name();
  void line(Fields& seen, std::string_view field_name, std::string_view value);
  void any_line(Fields& seen);
  void any_lines(Fields& seen);
  void status_line(const Transcript::Head& head);
  void interim();
  void connection_lines(Fields& seen);
  void idle_lines(Fields& seen);
  void body_lines(Fields& seen);
  void chunks();
  void extensions();

  enum class Framing { none, length, chunked, close };

  const Pick& pick_;
  LegalResponse out_;
  Framing framing_ = Framing::none;
  std::string body_;
  bool doubtful_ = false, says_close_ = false, says_keep_alive_ = false, codes_ = false;
};

/// Some that look like names with a meaning.
std::string Writer::name() {
  if (!one_in(3)) return "x" + text("abcXYZ019!#$%&'*+-.^_`|~", 10);
  return std::string(one_of<8>({"Date", "Set-Cookie", "Content-Lengthy", "X-Content-Length",
                                "Transfer-Encodings", "Content-Type", "Trailer", "Upgrade"}));
}

void Writer::line(Fields& seen, std::string_view field_name, std::string_view value) {
  out_.bytes.append(field_name).append(":").append(blanks()).append(value).append(blanks());
  out_.bytes += "\r\n";
  seen.emplace_back(field_name, value);
}

/// RFC 9112 §5, with the folds of §5.2: each is read as one space.
void Writer::any_line(Fields& seen) {
  constexpr std::string_view kCharacters = "abc,;=\"/:()\\\xe4\xff";
  std::string written, read;
  const std::size_t words = up_to(3);
  for (std::size_t i = 0; i < words; ++i) {
    const bool folded = one_in(8);
    std::string between = folded ? blanks() + "\r\n " + blanks() : blanks();
    if (i != 0) read += folded ? " " : between;
    written += between;
    const std::string word = "v" + text(kCharacters, 8);
    written += word;
    read += word;
  }
  if (one_in(16)) written += "\r\n\t" + blanks();
  const std::string field_name = name();
  out_.bytes += field_name + ":" + blanks() + written + blanks() + "\r\n";
  seen.emplace_back(field_name, read);
}

void Writer::any_lines(Fields& seen) {
  for (std::size_t n = up_to(3); n > 0; --n) any_line(seen);
}

void Writer::status_line(const Transcript::Head& head) {
  out_.bytes += "HTTP/1." + std::to_string(head.minor) + " " + std::to_string(head.status) + " " +
                head.reason + "\r\n";
}

void Writer::idle_lines(Fields& seen) {
  const std::vector<Idle>& all = idle_framing();
  const Idle& idle = all[pick_(all.size())];
  doubtful_ = doubtful_ || idle.doubtful;
  for (const auto& [field_name, value] : idle.fields) {
    any_lines(seen);
    codes_ = codes_ || field_name == "Transfer-Encoding";
    line(seen, any_case(field_name), value);
  }
}

void Writer::interim() {
  Transcript::Head head{static_cast<int>(std::array{100, 102, 103, 104, 199}[pick_(5)]),
                        1,
                        1,
                        text("Continue \xfc\t", 6),
                        {}};
  status_line(head);
  any_lines(head.fields);
  idle_lines(head.fields);
  out_.bytes += "\r\n";
  out_.expected.interims.push_back(std::move(head));
}

/// RFC 9110 §7.6.1.
void Writer::connection_lines(Fields& seen) {
  for (std::size_t n = up_to(2); n > 0; --n) {
    std::string list;
    for (std::size_t elements = up_to(4); elements > 0; --elements) {
      const std::string_view option = one_of<5>({"", "x-hop", "keep-alive", "close", "upgrade"});
      says_close_ = says_close_ || option == "close";
      says_keep_alive_ = says_keep_alive_ || option == "keep-alive";
      if (!list.empty()) list += blanks() + "," + blanks();
      list += option.empty() ? "," : any_case(option);
    }
    line(seen, any_case("Connection"), list);
  }
}

void Writer::body_lines(Fields& seen) {
  if (framing_ == Framing::length) {
    const std::string zeros(up_to(3) * up_to(10), '0');
    line(seen, any_case("Content-Length"), zeros + std::to_string(body_.size()));
  } else if (framing_ == Framing::chunked) {
    codes_ = true;
    const std::string_view list = one_of<7>({"chunked", "Chunked", ", chunked", "chunked,",
                                             ",,chunked , ,", "CHUNKED \t,", ",\tchunked"});
    line(seen, any_case("Transfer-Encoding"), list);
  }
}

/// RFC 9112 §7.1.1, BWS and all.
void Writer::extensions() {
  for (std::size_t n = up_to(3); n > 0; --n) {
    out_.bytes += blanks() + ";" + blanks() + token();
    const std::size_t value = pick_(3);
    if (value == 0) continue;
    out_.bytes += blanks() + "=" + blanks() + (value == 1 ? token() : quoted_string());
  }
  if (one_in(4)) out_.bytes += blanks();
}

void Writer::chunks() {
  for (std::string_view rest = body_; !rest.empty();) {
    const std::size_t size = 1 + pick_(rest.size());
    char digits[24];
    std::snprintf(digits, sizeof digits, pick_(2) == 0 ? "%zx" : "%zX", size);
    if (one_in(8)) out_.bytes += blanks();
    out_.bytes += std::string(up_to(2) * up_to(12), '0') + digits;
    extensions();
    out_.bytes.append("\r\n").append(rest.substr(0, size)).append("\r\n");
    rest.remove_prefix(size);
  }
  out_.bytes += "0" + std::string(up_to(3), '0');
  extensions();
  out_.bytes += "\r\n";
  any_lines(out_.expected.trailers);
  if (one_in(4)) line(out_.expected.trailers, "Content-Length", "12, none");
  out_.bytes += "\r\n";
}

LegalResponse Writer::write(std::string_view method) {
  if (method.empty()) method = one_of<6>({"GET", "HEAD", "POST", "CONNECT", "DELETE", "OPTIONS"});
  out_.method = method;
  for (std::size_t n = one_in(3) ? up_to(3) : 0; n > 0; --n) interim();
  codes_ = false;

  Transcript::Head head{200, 1, 1, text("OK no \xfc\t,\"", 8), {}};
  const bool connect = method == "CONNECT";
  head.status =
      (connect ? std::array{200, 204, 299, 407} : std::array{200, 204, 304, 404})[pick_(4)];
  if (one_in(3)) head.status = static_cast<int>(200 + pick_(800));
  head.minor = one_in(6) ? 0 : 1;
  const bool tunnel = connect && head.status < 300;
  const bool bodiless = method == "HEAD" || tunnel || head.status == 204 || head.status == 304;

  status_line(head);
  any_lines(head.fields);
  if (bodiless) {
    idle_lines(head.fields);
  } else {
    framing_ = std::array{Framing::length, Framing::chunked, Framing::close}[pick_(3)];
    body_ = text("ab\r\n\r\n0 ;\xff", 40) + std::string(up_to(1), '\0');
    body_lines(head.fields);
  }
  connection_lines(head.fields);
  any_lines(head.fields);
  out_.bytes += "\r\n";
  if (framing_ == Framing::chunked) {
    chunks();
  } else {
    out_.bytes += body_;
  }

  out_.ends_by_close = framing_ == Framing::close;
  Transcript& t = out_.expected;
  t.reusable = !out_.ends_by_close && !tunnel && !doubtful_ && !says_close_ &&
               (head.minor == 1 || (says_keep_alive_ && !codes_));
  t.heads.push_back(std::move(head));
  t.body = std::move(body_);
  t.ends = 1;
  return std::move(out_);
}

}  // namespace

LegalResponse legal_response(const Pick& pick, std::string_view method) {
  return Writer(pick).write(method);
}

}  // namespace holdfast::wire
