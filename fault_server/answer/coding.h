// Content codings of answers (RFC 9110 §8.4): coding=gzip and the like, whole or spoilt. zlib's own
// encoder; the decoders under test are another program's business. Thread: any.
#pragma once

#include "fault_server/answer/emit.h"
#include "fault_server/script/script.h"

namespace fault {

/// Encodes the answer's body as the step's coding= and coding_flaw= say, and says so in its
/// headers. A body that is large and compresses well is a bomb: it is never held in memory whole.
void encode_answer(const Step& step, Answer& answer);

}  // namespace fault
