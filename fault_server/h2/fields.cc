// What an answer's headers become on HTTP/2: lower case, without the fields of a connection, spoilt
// as far as a field block can be spoilt.
#include <algorithm>
#include <array>
#include <utility>

#include "fault_server/answer/emit_fields.h"
#include "fault_server/h2/plan.h"
#include "fault_server/script/text.h"
#include "fault_server/script/values.h"

namespace fault {
namespace {

using namespace std::string_view_literals;

struct FieldFlaw {
  std::string_view word, name, value;
};
// What each bad= puts into the block: none of it may be believed (RFC 9113 §8.2.1).
constexpr std::array<FieldFlaw, 7> kFieldFlaws = {{
    {"fold", "x-fold", "one\r\n two"},
    {"nul", "x-nul", "a\0b"sv},
    {"bare-lf", "x-bare-lf", "a\nb"},
    {"bare-cr", "x-bare-cr", "a\rb"},
    {"no-colon", "no colon in this line", ""},
    {"space-before-colon", "x-space ", "a"},
    {"empty-name", "", "a"},
}};

constexpr std::array kOnlyIfAskedFor = {"connection"sv, "transfer-encoding"sv, "keep-alive"sv,
                                        "upgrade"sv};

// RFC 9113 §8.2.2 forbids them; only who asks for them by name gets them.
bool wanted(const std::string& name, const Step& step) {
  const auto found = std::find(kOnlyIfAskedFor.begin(), kOnlyIfAskedFor.end(), name);
  if (found == kOnlyIfAskedFor.end()) return true;
  if (name == "transfer-encoding" && has(step, "framing")) return true;
  return std::any_of(step.headers.begin(), step.headers.end(),
                     [&](const auto& field) { return lower_case(field.first) == name; });
}

void add_flaws(Fields& out, const Step& step) {
  for (const BadHeader& flaw : bad_headers(step)) {
    for (const FieldFlaw& known : kFieldFlaws) {
      if (known.word == flaw.kind) out.emplace_back(known.name, known.value);
    }
    if (flaw.kind == "huge") {
      const std::uint64_t bytes = flaw.size == 0 ? kHugeFieldBytes : flaw.size;
      out.emplace_back("x-huge", std::string(static_cast<std::size_t>(bytes), 'h'));
    }
    if (flaw.kind == "many") {
      const std::uint64_t times = flaw.size == 0 ? kManyFields : flaw.size;
      for (std::uint64_t i = 0; i < times; ++i) out.emplace_back("x-many", "1");
    }
  }
}

}  // namespace

Fields h2_fields(int status, const Fields& headers, const Step& step) {
  Fields out;
  const bool nameless = step.action == ActionKind::kH2 && step.name == "nostatus";
  if (status != 0 && !nameless) out.emplace_back(":status", std::to_string(status));
  for (const auto& [name, value] : headers) {
    std::string small = lower_case(name);
    if (wanted(small, step)) out.emplace_back(std::move(small), value);
  }
  add_flaws(out, step);
  return out;
}

std::vector<std::string> h2_left_out(const Step& step) {
  std::vector<std::string> out;
  for (const auto& [name, value] : step.extra) {
    const bool chunks = name == "chunked" && value != "ok";
    if (chunks || name == "reason" || name == "version") out.push_back(name + "=" + value);
  }
  return out;
}

}  // namespace fault
