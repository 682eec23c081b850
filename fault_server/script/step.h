// Setting the parts of a step one by one, each checked against the vocabulary: what both parsers
// and the builder share. Complaints are "expected ..." texts without a place, which the caller
// knows. Thread: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "fault_server/script/script.h"

namespace fault {

/// "503", "reset", "h2.settings". Does not take status= lists or raw's bytes.
std::optional<std::string> set_action(Step& step, std::string_view word);

/// "body", "body:512", "body:50%".
std::optional<std::string> set_place(Step& step, std::string_view text);

/// `value` nullopt: the word stood alone. `quoted` makes ra= and body= take any text as it is.
std::optional<std::string> set_modifier(Step& step, std::string_view word,
                                        std::optional<std::string_view> value, bool quoted);

std::optional<std::string> set_probability(Step& step, std::string_view text);
std::optional<std::string> set_times(Step& step, std::string_view text);

/// What only shows once the step is whole (a limiter without a rate, a place without a use).
std::optional<std::string> step_complaint(const Step& step);

/// A complaint about the alternatives of a script, and the step it is about.
struct AlternativesComplaint {
  std::size_t step = 0;
  std::string text;
};
std::optional<AlternativesComplaint> alternatives_complaint(const Script& script);

/// RFC 9110 §5.6.2: what a field name may be made of.
bool is_token(std::string_view text);

}  // namespace fault
