#include "wire/content/decoder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"
#include "holdfast/headers.h"
#include "wire/content/decoder_stage.h"

namespace holdfast::wire {

// Not in the nameless namespace, since State has pointers to it as members.
struct CodingRow {
  Coding coding;
  std::string_view name;
  std::string_view other_name;  ///< RFC 9110 §8.4.1.3: "x-gzip" is gzip
  std::unique_ptr<DecoderStage> (*make)();
};

namespace {

constexpr CodingRow kCodings[] = {
    {Coding::gzip, "gzip", "x-gzip", &make_gzip_stage},
    {Coding::deflate, "deflate", "", &make_deflate_stage},
#ifdef HOLDFAST_WITH_BROTLI
    {Coding::br, "br", "", &make_brotli_stage},
#endif
#ifdef HOLDFAST_WITH_ZSTD
    {Coding::zstd, "zstd", "", &make_zstd_stage},
#endif
};

const CodingRow* find_coding(std::string_view name) {
  for (const CodingRow& row : kCodings) {
    if (same_name(name, row.name)) return &row;
    if (!row.other_name.empty() && same_name(name, row.other_name)) return &row;
  }
  return nullptr;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

constexpr std::size_t kBetweenBytes = 16 * 1024;
constexpr std::uint64_t kNoBound = ~std::uint64_t{0};

// How much a decoding library reads ahead of what it hands out depends on how its input is cut. So
// the encoded content is decoded in slices that begin and end at fixed places, and the ratio is
// judged at their ends.
constexpr std::uint64_t kMostSliceBytes = 4096;
constexpr std::uint64_t kSlicesPerGrace = 16;
/// What lies between two codings is compressed itself and does not grow like the content of zeros
/// that a single coding may hold.
constexpr std::uint64_t kStackGraceBytes = 1ULL << 20;

}  // namespace

std::string_view accept_encoding() {
#if defined(HOLDFAST_WITH_BROTLI) && defined(HOLDFAST_WITH_ZSTD)
  return "gzip, deflate, br, zstd";
#elif defined(HOLDFAST_WITH_BROTLI)
  return "gzip, deflate, br";
#elif defined(HOLDFAST_WITH_ZSTD)
  return "gzip, deflate, zstd";
#else
  return "gzip, deflate";
#endif
}

struct Decoder::State {
  /// One coding of the stack; the outermost, applied last and undone first, is the first.
  struct Layer {
    const CodingRow* row = nullptr;
    DecoderStage* stage = nullptr;
    std::uint64_t produced = 0;
    std::vector<char> between;       ///< what this layer made for the next one
    std::string_view pending;        ///< what of the layer before is still to be decoded
    DecoderStage::Progress failure;  ///< found behind what was handed out last
  };
  struct Kept {
    const CodingRow* row;
    std::unique_ptr<DecoderStage> stage;
    bool in_use;
  };

  DecodePolicy policy;
  std::uint64_t max_bytes = 0;
  std::array<Layer, kMostCodings> layers;
  std::size_t depth = 0;
  std::vector<Kept> kept;
  std::uint64_t encoded = 0, decoded = 0;
  std::uint64_t grace = 0;        ///< what a layer may make before its ratio is judged
  std::uint64_t slice_bytes = 1;  ///< see slice_end
  std::uint64_t slice_end = 1;    ///< the ratio is judged as if all up to here had been decoded
  std::size_t produced = 0;
  ErrorCode error = ErrorCode::none;
  std::string detail;

  Event fail(ErrorCode code, std::string why) {
    error = code;
    detail = std::move(why);
    produced = 0;
    return Event::error;
  }

  DecoderStage* stage_for(const CodingRow* row) {
    for (Kept& one : kept) {
      if (one.row == row && !std::exchange(one.in_use, true)) return one.stage.get();
    }
    kept.push_back({row, row->make(), true});
    return kept.back().stage.get();
  }

  /// Fills the layers, the outermost first.
  Kind read_codings(std::string_view list) {
    depth = 0;
    while (!list.empty()) {
      const std::size_t comma = list.rfind(',');
      const std::string_view name = trim(list.substr(comma == list.npos ? 0 : comma + 1));
      list = comma == list.npos ? std::string_view() : list.substr(0, comma);
      if (name.empty() || same_name(name, "identity")) continue;
      const CodingRow* row = find_coding(name);
      if (row == nullptr) return Kind::unknown;
      if (depth == kMostCodings) {
        fail(ErrorCode::content_undecodable, "the content has more than three codings");
        return Kind::refused;
      }
      layers[depth++].row = row;
    }
    return depth == 0 ? Kind::plain : Kind::coded;
  }

  /// How much layer `index` may still make, and what to fail with beyond it.
  struct Bound {
    std::uint64_t left;
    bool by_ratio;
  };
  Bound bound_of(std::size_t index) const {
    const Layer& layer = layers[index];
    Bound bound{kNoBound, true};
    if (policy.max_ratio != 0) {
      const std::uint64_t earned =
          slice_end > kNoBound / policy.max_ratio ? kNoBound : slice_end * policy.max_ratio;
      bound.left = std::max(grace, earned) - layer.produced;
    }
    if (index + 1 == depth && max_bytes - decoded <= bound.left) {
      return {max_bytes - decoded, false};
    }
    return bound;
  }

  Event refuse(const Bound& bound) {
    if (bound.by_ratio) {
      return fail(ErrorCode::expansion_too_large, "decoding makes it more than " +
                                                      std::to_string(policy.max_ratio) +
                                                      " times as large; raise decode.max_ratio");
    }
    return fail(ErrorCode::body_too_large, "more than " + std::to_string(max_bytes) +
                                               " bytes when decoded; raise "
                                               "limits.max_body_bytes or stream the response");
  }

  /// One step of one layer. Of an error, what came before it is handed out first.
  DecoderStage::Progress step(std::size_t index, std::string_view& from, std::span<char> room,
                              std::uint64_t left) {
    Layer& layer = layers[index];
    if (layer.failure.error != ErrorCode::none) return std::exchange(layer.failure, {});
    // Of a stack's inner content every byte counts: the layer behind it may object to it.
    const std::uint64_t headroom = index + 1 == depth ? left : 0;
    DecoderStage::Progress progress = layer.stage->decode(from, room, headroom);
    if (progress.error == ErrorCode::none || progress.bytes == 0) return progress;
    layer.failure = {0, progress.error, progress.detail};
    progress.error = ErrorCode::none;
    return progress;
  }

  /// Makes some bytes of the content of layer `index`, fetching what that takes from the layers
  /// before it. At most kMostCodings deep.
  Event pull(std::size_t index, std::string_view& input, std::span<char> room) {
    Layer& layer = layers[index];
    for (;;) {
      std::string_view from = index == 0 ? slice_of(input) : layer.pending;
      const std::size_t given = from.size();
      const Bound bound = bound_of(index);
      char one_more = 0;  // whether there is more than allowed shows only in trying
      const std::span<char> into = bound.left == 0
                                       ? std::span<char>(&one_more, 1)
                                       : room.first(static_cast<std::size_t>(
                                             std::min<std::uint64_t>(room.size(), bound.left)));
      const DecoderStage::Progress progress = step(index, from, into, bound.left);
      if (index == 0) {
        input.remove_prefix(given - from.size());
        encoded += given - from.size();
      } else {
        layer.pending = from;
      }
      if (progress.error != ErrorCode::none) {
        return fail(progress.error, std::string(layer.row->name) + ": " + progress.detail);
      }
      if (progress.bytes != 0) {
        if (bound.left == 0) return refuse(bound);
        layer.produced += progress.bytes;
        produced = progress.bytes;
        return Event::data;
      }
      if (index == 0) {
        if (encoded == slice_end) slice_end += slice_bytes;
        if (input.empty()) return Event::need_more;
        continue;
      }
      Layer& before = layers[index - 1];
      const Event event = pull(index - 1, input, before.between);
      if (event != Event::data) return event;
      layer.pending = {before.between.data(), std::exchange(produced, 0)};
    }
  }

  std::string_view slice_of(std::string_view input) const {
    return input.substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), slice_end - encoded)));
  }

  void begin_slices() {
    grace = depth == 1 ? policy.ratio_grace_bytes
                       : std::min(policy.ratio_grace_bytes, kStackGraceBytes);
    slice_bytes = kMostSliceBytes;
    if (policy.max_ratio != 0) {
      slice_bytes =
          std::clamp<std::uint64_t>(grace / policy.max_ratio / kSlicesPerGrace, 1, kMostSliceBytes);
    }
    slice_end = slice_bytes;
  }
};

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;

Decoder::Kind Decoder::start(std::string_view content_encoding, const DecodePolicy& policy,
                             std::uint64_t max_bytes) {
  State& s = *state_;
  s.policy = policy;
  s.max_bytes = max_bytes;
  s.encoded = s.decoded = 0;
  s.produced = 0;
  s.error = ErrorCode::none;
  s.detail.clear();
  for (State::Kept& one : s.kept) one.in_use = false;
  const Kind kind = s.read_codings(content_encoding);
  if (kind != Kind::coded) {
    s.depth = 0;
    return kind;
  }
  s.begin_slices();
  for (std::size_t i = 0; i < s.depth; ++i) {
    State::Layer& layer = s.layers[i];
    layer.stage = s.stage_for(layer.row);
    layer.stage->reset(policy.max_window_bytes);
    layer.produced = 0;
    layer.pending = {};
    layer.failure = {};
    if (i + 1 < s.depth) layer.between.resize(kBetweenBytes);
  }
  return kind;
}

Decoder::Event Decoder::next(std::string_view& input, std::span<char> room) {
  State& s = *state_;
  HF_CHECK(!room.empty() && s.depth != 0);
  s.produced = 0;
  if (s.error != ErrorCode::none) return Event::error;
  const Event event = s.pull(s.depth - 1, input, room);
  if (event != Event::data) {
    s.produced = 0;
    return event;
  }
  s.decoded += s.produced;
  return Event::data;
}

Decoder::Event Decoder::finish() {
  State& s = *state_;
  s.produced = 0;
  if (s.error != ErrorCode::none) return Event::error;
  if (s.encoded == 0) return Event::end;
  for (std::size_t i = 0; i < s.depth; ++i) {
    if (s.layers[i].stage->complete()) continue;
    return s.fail(ErrorCode::content_undecodable,
                  std::string(s.layers[i].row->name) + ": the content ends in the middle");
  }
  return Event::end;
}

std::size_t Decoder::produced() const { return state_->produced; }
std::uint64_t Decoder::decoded_bytes() const { return state_->decoded; }
std::uint64_t Decoder::encoded_bytes() const { return state_->encoded; }
ErrorCode Decoder::error() const { return state_->error; }
const std::string& Decoder::detail() const { return state_->detail; }

void Decoder::rest() {
  for (State::Kept& one : state_->kept) one.stage->shed();
}

}  // namespace holdfast::wire
