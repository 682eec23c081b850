#include "wire/decoder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"
#include "holdfast/headers.h"
#include "wire/decoder_stage.h"

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
    std::vector<char> between;  ///< what this layer made for the next one
    std::string_view pending;   ///< what of the layer before is still to be decoded
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

  bool grows_too_much(const Layer& layer) const {
    return policy.max_ratio != 0 && layer.produced > policy.ratio_grace_bytes &&
           (layer.produced - 1) / policy.max_ratio >= encoded;
  }

  /// Makes some bytes of the content of layer `index`, fetching what that takes from the layers
  /// before it. At most kMostCodings deep.
  Event pull(std::size_t index, std::string_view& input, std::span<char> room) {
    Layer& layer = layers[index];
    for (;;) {
      std::string_view& from = index == 0 ? input : layer.pending;
      const std::size_t given = from.size();
      const DecoderStage::Progress progress = layer.stage->decode(from, room);
      if (index == 0) encoded += given - from.size();
      if (progress.error != ErrorCode::none) {
        return fail(progress.error, std::string(layer.row->name) + ": " + progress.detail);
      }
      if (progress.bytes != 0) {
        layer.produced += progress.bytes;
        produced = progress.bytes;
        if (!grows_too_much(layer)) return Event::data;
        return fail(
            ErrorCode::body_too_large,
            "decoding makes it more than " + std::to_string(policy.max_ratio) + " times as large");
      }
      if (index == 0) return Event::need_more;
      Layer& before = layers[index - 1];
      const Event event = pull(index - 1, input, before.between);
      if (event != Event::data) return event;
      layer.pending = {before.between.data(), std::exchange(produced, 0)};
    }
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
  for (std::size_t i = 0; i < s.depth; ++i) {
    State::Layer& layer = s.layers[i];
    layer.stage = s.stage_for(layer.row);
    layer.stage->reset(policy.max_window_bytes);
    layer.produced = 0;
    layer.pending = {};
    if (i + 1 < s.depth) layer.between.resize(kBetweenBytes);
  }
  return kind;
}

Decoder::Event Decoder::next(std::string_view& input, std::span<char> room) {
  State& s = *state_;
  HF_CHECK(!room.empty() && s.depth != 0);
  s.produced = 0;
  if (s.error != ErrorCode::none) return Event::error;
  char one_more = 0;  // whether there is more than allowed shows only in trying
  const std::uint64_t allowed = s.max_bytes - s.decoded;
  const std::span<char> into =
      allowed == 0
          ? std::span<char>(&one_more, 1)
          : room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), allowed)));
  const Event event = s.pull(s.depth - 1, input, into);
  if (event != Event::data) {
    s.produced = 0;
    return event;
  }
  if (allowed == 0) {
    return s.fail(ErrorCode::body_too_large,
                  "more than " + std::to_string(s.max_bytes) + " bytes when decoded");
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
