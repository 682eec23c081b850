#include "sim/trace.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "base/rng.h"
#include "sim/clock.h"

namespace holdfast::sim {

std::string printable(std::string_view bytes, std::size_t most) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else if (byte < 0x20 || byte >= 0x7F) {
      text += "\\x";
      text += kHex[byte >> 4];
      text += kHex[byte & 0xF];
    } else {
      text += c;
    }
  }
  if (bytes.size() > most) text += "…";
  return text;
}

void Trace::record(base::Instant at, std::string_view who, std::string_view what, std::uint64_t id,
                   std::uint64_t number, std::string_view detail) {
  ++events_;
  std::uint64_t h = hash_ ^ static_cast<std::uint64_t>(at.ns);
  h = base::hash64(who, h);
  h = base::hash64(what, h);
  h = base::mix64(h ^ id);
  h = base::mix64(h ^ number);
  // Ciphertext differs between runs; only its length is the same.
  const bool opaque = ciphertext_ && who != "user";
  hash_ = opaque ? base::mix64(h ^ detail.size()) : base::hash64(detail, h);
  if (mode_ != Mode::text) return;

  char start[96];
  const std::int64_t ns = (at - Clock::kStart).count();
  std::snprintf(start, sizeof start, "%4" PRId64 ".%09" PRId64 " %-6.*s %-14.*s",
                ns / 1'000'000'000, ns % 1'000'000'000, static_cast<int>(who.size()), who.data(),
                static_cast<int>(what.size()), what.data());
  std::string line = start;
  if (id != 0) line += " #" + std::to_string(id);
  if (number != 0) line += " " + std::to_string(number);
  if (!detail.empty()) line += " \"" + printable(detail) + "\"";
  lines_.push_back(std::move(line));
  if (kept_ != 0 && lines_.size() > kept_) lines_.pop_front();
}

std::string Trace::tail(std::size_t lines) const {
  std::string text;
  const std::size_t skip = lines_.size() - std::min(lines, lines_.size());
  for (std::size_t i = skip; i < lines_.size(); ++i) text += lines_[i] + "\n";
  return text;
}

}  // namespace holdfast::sim
