#include "fault_server/answer/emit_fields.h"

#include <array>

namespace fault {
namespace {

using namespace std::string_view_literals;

struct LineFlaw {
  std::string_view word;
  std::string_view line;
};
// What each bad= puts into the section (RFC 9112 §5: all of it must be refused or replaced).
constexpr std::array<LineFlaw, 7> kLineFlaws = {{
    {"fold", "X-Fold: one\r\n two\r\n"sv},
    {"nul", "X-Nul: a\0b\r\n"sv},
    {"bare-lf", "X-Bare-Lf: a\n"sv},
    {"bare-cr", "X-Bare-Cr: a\rb\r\n"sv},
    {"no-colon", "no colon in this line\r\n"sv},
    {"space-before-colon", "X-Space : a\r\n"sv},
    {"empty-name", ": a\r\n"sv},
}};

struct Odds {
  std::string_view word;
  std::string_view lines;  // N is the length, M one more
  bool chunked, needs_close, http10;
};
constexpr std::array<Odds, 11> kOdds = {{
    {"same-lengths", "Content-Length: N\r\nContent-Length: N\r\n", false, false, false},
    {"conflicting-lengths", "Content-Length: N\r\nContent-Length: M\r\n", false, false, false},
    {"list-length", "Content-Length: N, N\r\n", false, false, false},
    {"length-and-chunked", "Content-Length: N\r\nTransfer-Encoding: chunked\r\n", true, false,
     false},
    {"te-identity", "Transfer-Encoding: identity\r\n", false, true, false},
    {"te-gzip", "Transfer-Encoding: gzip, chunked\r\n", true, false, false},
    {"te-unknown", "Transfer-Encoding: quux\r\n", false, true, false},
    {"te-twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", true, false,
     false},
    {"te-not-last", "Transfer-Encoding: chunked, gzip\r\n", true, true, false},
    {"te-space-before-colon", "Transfer-Encoding : chunked\r\n", true, false, false},
    {"te-http10", "Transfer-Encoding: chunked\r\n", true, true, true},
}};

// Long runs in blocks, so that producing them costs no more than sending them.
void add_huge(std::vector<HeadPiece>& pieces, std::uint64_t bytes) {
  constexpr std::size_t kBlock = 4096;
  pieces.push_back({"X-Huge: ", 1});
  if (bytes >= kBlock) pieces.push_back({std::string(kBlock, 'h'), bytes / kBlock});
  pieces.push_back({std::string(static_cast<std::size_t>(bytes % kBlock), 'h') + "\r\n", 1});
}

}  // namespace

SpoiltFields spoilt_fields(const std::vector<BadHeader>& flaws) {
  SpoiltFields out;
  for (const BadHeader& flaw : flaws) {
    for (const LineFlaw& known : kLineFlaws) {
      if (known.word == flaw.kind) out.pieces.push_back({std::string(known.line), 1});
    }
    if (flaw.kind == "huge") add_huge(out.pieces, flaw.size == 0 ? kHugeFieldBytes : flaw.size);
    if (flaw.kind == "many") {
      out.pieces.push_back({"X-Many: 1\r\n", flaw.size == 0 ? kManyFields : flaw.size});
    }
    if (flaw.kind == "endless") out.endless = true;
  }
  if (out.endless) out.pieces.push_back({"X-Endless: 1\r\n", 0});
  return out;
}

std::optional<SpoiltFraming> spoilt_framing(std::string_view word, std::uint64_t length) {
  for (const Odds& odds : kOdds) {
    if (odds.word != word) continue;
    SpoiltFraming out{"", odds.chunked, odds.needs_close, odds.http10};
    for (std::size_t i = 0; i < odds.lines.size(); ++i) {
      // The only capital N and M in the lines stand alone as values.
      const char c = odds.lines[i];
      if (c == 'N') {
        out.lines += std::to_string(length);
      } else if (c == 'M') {
        out.lines += std::to_string(length + 1);
      } else {
        out.lines += c;
      }
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace fault
