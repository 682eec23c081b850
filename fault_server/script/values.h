// Typed access to what a step asks for, so that nobody but the parser reads text. The parser has
// validated every value, so an absent result means "not asked for"; a Step built by hand with a
// malformed value reads as absent too (check_script says so). Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault_server/script/script.h"

namespace fault {

/// n units per interval: trickle=1/50ms, drip=10/2s, rate=5/s of a limiter.
struct Pace {
  std::uint64_t count = 0;
  Duration per{0};
  Phase from = Phase::kStatus;  // trickle only: kStatus (whole head) or kHeaders
  friend bool operator==(const Pace&, const Pace&) = default;
};

/// slice=1..7: both ends included.
struct Span {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

/// status=200*8,503*2
struct WeightedStatus {
  int status = 200;
  std::uint64_t weight = 1;
  friend bool operator==(const WeightedStatus&, const WeightedStatus&) = default;
};

/// interim=100x3,103: `count` 0 means without end.
struct Interim {
  int status = 100;
  std::uint64_t count = 1;
  friend bool operator==(const Interim&, const Interim&) = default;
};

/// length=+10 | -10 | 42 | none : what Content-Length says, compared with the body that is sent.
struct LengthLie {
  enum class Kind : std::uint8_t { kOff, kMore, kLess, kExact };
  Kind kind = Kind::kOff;
  std::uint64_t value = 0;
  friend bool operator==(const LengthLie&, const LengthLie&) = default;
};

/// bad=fold,many:5000: a way to spoil the header section; `size` 0 means the peer's default.
struct BadHeader {
  std::string kind;
  std::uint64_t size = 0;
  friend bool operator==(const BadHeader&, const BadHeader&) = default;
};

/// body=random:4096 | fill:4096 | text:hello | echo | none
struct BodySpec {
  enum class Kind : std::uint8_t { kNone, kRandom, kFill, kText, kEcho };
  Kind kind = Kind::kNone;
  std::uint64_t size = 0;
  std::string text;
  friend bool operator==(const BodySpec&, const BodySpec&) = default;
};

/// The raw value of a modifier kept in `extra`.
std::optional<std::string_view> raw(const Step& step, std::string_view word);
inline bool has(const Step& step, std::string_view word) { return raw(step, word).has_value(); }

/// What garbage is long where no bytes= says how long.
constexpr std::uint64_t kGarbageBytes = 256;

// By kind of value. Which word has which kind is in script_words.cc (and in --help-script).
std::optional<std::string_view> word(const Step& step, std::string_view name);  // one of a choice
std::optional<std::uint64_t> count(const Step& step, std::string_view name);    // also bytes, B/s
std::optional<Duration> duration(const Step& step, std::string_view name);      // may be negative
std::optional<Distribution> distribution(const Step& step, std::string_view name);
std::optional<Pace> pace(const Step& step, std::string_view name);

/// early=: how many bytes of the request body come before the response; nullopt: all of them.
std::optional<std::uint64_t> early_at(const Step& step);
std::optional<Span> slice(const Step& step);                      // slice=
std::vector<WeightedStatus> weighted_statuses(const Step& step);  // status=; empty: step.status
std::vector<Interim> interims(const Step& step);                  // interim=
std::optional<LengthLie> length_lie(const Step& step);            // length=
std::vector<BadHeader> bad_headers(const Step& step);             // bad=
std::optional<BodySpec> body(const Step& step);                   // body=

// The text forms themselves, used by the parser, the scenario document and the built-in paths.
// nullopt when `text` is not wholly of that form.
std::optional<Duration> parse_duration(std::string_view text);  // 1.5s, -20ms
std::optional<Distribution> parse_distribution(std::string_view text);
std::optional<std::uint64_t> parse_count(std::string_view text);  // digits only
std::optional<std::uint64_t> parse_bytes(std::string_view text);  // 512, 64k, 1M, 4Ki; "/s" allowed
std::optional<Pace> parse_pace(std::string_view text);
std::optional<Span> parse_span(std::string_view text);
std::optional<std::vector<Interim>> parse_interims(std::string_view text);
std::optional<LengthLie> parse_length_lie(std::string_view text);
std::optional<std::vector<BadHeader>> parse_word_list(std::string_view text);
std::optional<BodySpec> parse_body(std::string_view text);
std::optional<std::vector<WeightedStatus>> parse_weighted_statuses(std::string_view text);
std::optional<double> parse_real(std::string_view text);  // .2, 1, 0.25
/// What a hexadecimal digit stands for; -1 when it is none.
int hex_digit(char c);
std::string print_duration(Duration value);
std::string print_distribution(const Distribution& value);
std::string print_real(double value);

}  // namespace fault
