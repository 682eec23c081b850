#include "fault_server/h2/hpack.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace fault {
namespace {

constexpr std::size_t kTableBytes = 4096;  // RFC 9113 §6.5.2: until somebody says otherwise
// However much a client allows, so much is remembered for it.
constexpr std::uint32_t kMostTableBytes = 65536;
constexpr std::size_t kFieldOverhead = 32;  // RFC 9113 §6.5.2

// nghttp2 takes mutable bytes but does not write to them.
std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

H2Deflater::H2Deflater() : deflater_(nullptr, nghttp2_hd_deflate_del) {
  nghttp2_hd_deflater* made = nullptr;
  HF_CHECK(nghttp2_hd_deflate_new(&made, kTableBytes) == 0);
  deflater_.reset(made);
}
H2Deflater::~H2Deflater() = default;

std::string H2Deflater::block(const Fields& fields) {
  std::vector<nghttp2_nv> list;
  list.reserve(fields.size());
  for (const auto& [name, value] : fields) {
    list.push_back(
        {bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  std::string out(nghttp2_hd_deflate_bound(deflater_.get(), list.data(), list.size()), '\0');
  const auto used =
      nghttp2_hd_deflate_hd(deflater_.get(), bytes_of(out), out.size(), list.data(), list.size());
  HF_CHECK(used >= 0);
  out.resize(static_cast<std::size_t>(used));
  return out;
}

void H2Deflater::set_table_size(std::uint32_t bytes) {
  HF_CHECK(
      nghttp2_hd_deflate_change_table_size(deflater_.get(), std::min(bytes, kMostTableBytes)) == 0);
}

H2Inflater::H2Inflater(std::size_t most_bytes)
    : inflater_(nullptr, nghttp2_hd_inflate_del), most_bytes_(most_bytes) {
  nghttp2_hd_inflater* made = nullptr;
  HF_CHECK(nghttp2_hd_inflate_new(&made) == 0);
  inflater_.reset(made);
}
H2Inflater::~H2Inflater() = default;

std::optional<Fields> H2Inflater::fields(std::string_view block) {
  Fields out;
  std::size_t total = 0;
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const auto used =
        nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, bytes_of(block), block.size(), 1);
    if (used < 0) {
      problem_ = "a field block that cannot be decoded";
      return std::nullopt;
    }
    block.remove_prefix(static_cast<std::size_t>(used));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      total += field.namelen + field.valuelen + kFieldOverhead;
      if (total > most_bytes_) {
        problem_ = "a field section of more than " + std::to_string(most_bytes_) + " bytes";
        return std::nullopt;
      }
      out.emplace_back(std::string(reinterpret_cast<const char*>(field.name), field.namelen),
                       std::string(reinterpret_cast<const char*>(field.value), field.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    // With the whole block given, no progress and no end means that it was cut inside a field.
    if (used == 0 && (flags & NGHTTP2_HD_INFLATE_EMIT) == 0) {
      problem_ = "a field block that ends inside a field";
      return std::nullopt;
    }
  }
  nghttp2_hd_inflate_end_headers(inflater_.get());
  return out;
}

void H2Inflater::set_table_size(std::uint32_t bytes) {
  HF_CHECK(nghttp2_hd_inflate_change_table_size(inflater_.get(), bytes) == 0);
}

}  // namespace fault
