// Any well-formed response comes out of H1Reader as it was put in, however it is cut; any bytes at
// all come out the same however they are cut.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/h1/reader.h"
#include "wire/h1/transcript_rig.h"

namespace holdfast::wire {
namespace {

enum class Framing { length, chunked, close };

/// What is encoded, and so what must be decoded.
struct Message {
  std::string method;
  Framing framing = Framing::length;
  std::vector<std::size_t> chunk_sizes;
  std::string bytes;
  Transcript expected;
};

using Word = rc::Gen<std::string>;

Word some_of(std::string_view alphabet, std::size_t most) {
  const auto character = rc::gen::map(rc::gen::inRange<std::size_t>(0, alphabet.size()),
                                      [alphabet](std::size_t i) { return alphabet[i]; });
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, most + 1), [character](std::size_t n) {
    return rc::gen::container<std::string>(n, character);
  });
}

/// The first letter keeps generated names from meaning anything to the framing.
Word field_name() {
  return rc::gen::map(some_of("abcXYZ019!#$%&'*+-.^_`|~", 12),
                      [](std::string rest) { return "x" + std::move(rest); });
}

/// Any text a value may be, without whitespace around it.
Word field_value() {
  return rc::gen::map(some_of("abc ,;=\"\t:/\\()\xe4\xff", 20), [](std::string text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return std::string();
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
  });
}

rc::Gen<Fields> fields() {
  return rc::gen::resize(6, rc::gen::container<Fields>(rc::gen::pair(field_name(), field_value())));
}

std::string lines_of(const Fields& list) {
  std::string out;
  for (const auto& [name, value] : list) {
    // llhttp knows no tab beside the values that it reads itself; nobody sends one.
    const bool spaces = name == "Content-Length" || name == "Transfer-Encoding";
    const std::string before = *rc::gen::element<std::string>("", " ", spaces ? "" : "\t", "  ");
    const std::string after = *rc::gen::element<std::string>("", "", " ", spaces ? "" : "\t ");
    out += name + ":" + before + value + after + "\r\n";
  }
  return out;
}

std::string status_line(const Transcript::Head& head) {
  return "HTTP/1." + std::to_string(head.minor) + " " + std::to_string(head.status) + " " +
         head.reason + "\r\n";
}

void encode_chunks(Message& message, std::string_view body, const Fields& trailers) {
  while (!body.empty()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, body.size() + 1);
    char digits[24];
    std::snprintf(digits, sizeof digits, *rc::gen::element("%zx", "%zX", "0%zx"), size);
    message.bytes += digits + *rc::gen::element<std::string>("", "", ";a", ";a=b", ";a=\"b c\"");
    message.bytes.append("\r\n").append(body.substr(0, size)).append("\r\n");
    body.remove_prefix(size);
  }
  message.bytes += "0\r\n" + lines_of(trailers) + "\r\n";
}

Message any_message() {
  Message message;
  Transcript& t = message.expected;
  message.method = *rc::gen::element<std::string>("GET", "GET", "GET", "POST", "HEAD");
  const auto interims = *rc::gen::inRange(0, 3);
  for (int i = 0; i < interims; ++i) {
    Transcript::Head head{*rc::gen::element(100, 102, 103, 199), 1, 1, *field_value(), *fields()};
    message.bytes += status_line(head) + lines_of(head.fields) + "\r\n";
    t.interims.push_back(std::move(head));
  }
  Transcript::Head head{*rc::gen::inRange(200, 600), 1, *rc::gen::element(1, 1, 0), *field_value(),
                        *fields()};
  message.framing = *rc::gen::element(Framing::length, Framing::chunked, Framing::close);
  std::string body = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  if (message.framing == Framing::length) {
    head.fields.emplace_back("Content-Length", std::to_string(body.size()));
  } else if (message.framing == Framing::chunked) {
    head.fields.emplace_back("Transfer-Encoding", "chunked");
  }
  const std::string connection = *rc::gen::element<std::string>("", "close", "keep-alive");
  if (!connection.empty()) head.fields.emplace_back("Connection", connection);
  message.bytes += status_line(head) + lines_of(head.fields) + "\r\n";

  const bool bodiless = message.method == "HEAD" || head.status == 204 || head.status == 304;
  const bool delimited = bodiless || message.framing != Framing::close;
  t.ends = 1;
  t.reusable =
      delimited && connection != "close" &&
      (head.minor == 1 || (connection == "keep-alive" && (message.framing != Framing::chunked)));
  t.heads.push_back(std::move(head));
  if (bodiless) {
    message.framing = Framing::length;
    return message;
  }
  if (message.framing == Framing::chunked) {
    t.trailers = *fields();
    encode_chunks(message, body, t.trailers);
  } else {
    message.bytes += body;
  }
  t.body = std::move(body);
  return message;
}

std::vector<std::string_view> any_cut(std::string_view bytes) {
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    const auto size =
        *rc::gen::inRange<std::size_t>(1, std::min<std::size_t>(bytes.size(), 40) + 1);
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

RC_GTEST_PROP(H1ReaderProperty, any_response_is_read_as_it_was_written_however_it_is_cut, ()) {
  const Message message = any_message();
  RC_TAG(message.framing == Framing::length ? "length" : "other framing");
  H1Reader reader;
  const LimitPolicy limits;
  const bool fin = message.framing == Framing::close;
  const Reading reading = read_pieces(reader, message.method, limits, any_cut(message.bytes), fin);
  RC_LOG() << reading.aftermath.detail;
  RC_ASSERT(reading.transcript == message.expected);
  RC_ASSERT(reading.aftermath.views_in_input);
  RC_ASSERT(reading.aftermath.left.empty());
}

RC_GTEST_PROP(H1ReaderProperty, responses_in_a_row_do_not_touch_each_other, ()) {
  H1Reader reader;
  const LimitPolicy limits;
  for (int i = 0; i < 4; ++i) {
    const Message message = any_message();
    const Reading reading = read_pieces(reader, message.method, limits, any_cut(message.bytes),
                                        message.framing == Framing::close);
    RC_ASSERT(reading.transcript == message.expected);
  }
}

RC_GTEST_PROP(H1ReaderProperty, any_proper_prefix_of_a_delimited_response_never_ends, ()) {
  const Message message = any_message();
  RC_PRE(message.framing != Framing::close);
  const auto size = *rc::gen::inRange<std::size_t>(0, message.bytes.size());
  H1Reader reader;
  const LimitPolicy limits;
  const Reading reading =
      read_pieces(reader, message.method, limits, any_cut(message.bytes.substr(0, size)), true);
  RC_ASSERT(reading.transcript.ends == 0);
  RC_ASSERT(reading.transcript.error ==
            (size == 0 ? ErrorCode::connection_closed : ErrorCode::response_truncated));
}

/// Bytes near the grammar find more than bytes far from it.
void mutate(std::string& bytes) {
  const auto changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    const std::string other = *rc::gen::element<std::string>(
        "\r", "\n", "\r\n", " ", "\t", ":", ";", "0", "f", "-", "HTTP/1.1", "\x7f",
        std::string(1, '\0'), "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n");
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        bytes.erase(at, 1);
        break;
      case 1:
        bytes.insert(at, other);
        break;
      default:
        bytes.replace(at, 1, other);
        break;
    }
  }
}

RC_GTEST_PROP(H1ReaderProperty, any_bytes_give_the_same_transcript_however_they_are_cut, ()) {
  Message message = any_message();
  mutate(message.bytes);
  LimitPolicy limits;
  limits.max_head_bytes = *rc::gen::element<std::size_t>(20, 100, 65536);
  limits.max_header_count = *rc::gen::element<std::uint32_t>(2, 256);
  H1Reader whole, dribbled, cut;
  const Reading one = read_pieces(whole, message.method, limits, {message.bytes}, true);
  const Reading two =
      read_pieces(dribbled, message.method, limits, byte_by_byte(message.bytes), true);
  const Reading three = read_pieces(cut, message.method, limits, any_cut(message.bytes), true);
  RC_LOG() << one.aftermath.detail << " / " << two.aftermath.detail;
  RC_ASSERT(one.transcript == two.transcript);
  RC_ASSERT(one.transcript == three.transcript);
  if (one.transcript.ends == 1) RC_ASSERT(one.aftermath.left == two.aftermath.left);
  RC_ASSERT(one.transcript.ends + (one.transcript.error != ErrorCode::none ? 1 : 0) == 1);
}

}  // namespace
}  // namespace holdfast::wire
