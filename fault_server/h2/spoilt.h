// The frames of h2.NAME steps that no well-behaved server sends, as bytes. Field blocks in them are
// spelled out by hand (literals without indexing), so that the connection's compression state stays
// what it was. Pure. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fault_server/h2/plan.h"
#include "fault_server/script/script.h"

namespace fault {

/// What h2.NAME does at its place, beside the answer or, where h2_replaces_head(), instead of its
/// head.
std::vector<H2Op> h2_named_ops(const Step& step, std::uint32_t stream);

/// continuation, hpack and nostatus are a head of their own.
bool h2_replaces_head(const Step& step);
/// Nothing follows: http11 and silent.
bool h2_ends_stream(const Step& step);
/// Frames that come after END_STREAM whatever the place says (late).
bool h2_is_late(const Step& step);

/// An endless or over-long field section: HEADERS that never end (bad=endless).
std::vector<H2Op> h2_endless_head(std::uint32_t stream);

/// A literal field without indexing (RFC 7541 §6.2.2), neither Huffman-coded nor validated.
std::string h2_literal(std::string_view name, std::string_view value);

}  // namespace fault
