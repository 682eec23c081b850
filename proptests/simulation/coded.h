// Contents under a Content-Encoding (RFC 9110 §8.4), made by the libraries' own encoders: what a
// server's answer says and what that stands for. An answer carries its content's name in X-Item.
// Thread: any (values).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "fault_server/script/script.h"
#include "holdfast/response.h"

namespace proof {

struct Coded {
  enum class Flaw : std::uint8_t {
    none,
    cut,      ///< the coding ends early, whatever the framing says
    wrong,    ///< not in the coding that it says
    expands,  ///< to more than DecodePolicy allows
  };
  std::string content;
  std::string coding;  ///< Content-Encoding; empty: none
  Flaw flaw = Flaw::none;
  std::size_t sent = 0;  ///< bytes of the body as it is sent
};
using CodedByName = std::map<std::string, Coded>;

inline constexpr const char* kItemField = "X-Item";

/// Makes `step` answer with `body`, and enters what it stands for.
void answer_with(fault::Step& step, Coded item, std::string body, CodedByName& items);
/// The content that an answer stands for; null if it names none.
const Coded* item_of(const CodedByName& items, const holdfast::ResponseHead* head);

}  // namespace proof
