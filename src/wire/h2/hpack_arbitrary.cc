#include "wire/h2/hpack_arbitrary.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <bitset>

#include "base/check.h"

namespace holdfast::wire {
namespace {

using Entry = Fields::value_type;

constexpr std::size_t kStaticEntries = 61;  // RFC 7541 Appendix A
constexpr std::size_t kEntryOverhead = 32;  // RFC 7541 §4.1

/// nghttp2 has the table, and no choices. The tests hold what is read from it to the RFC's
/// examples.
const std::vector<Entry>& static_table() {
  static const std::vector<Entry> kTable = [] {
    nghttp2_hd_inflater* inflater = nullptr;
    HF_CHECK(nghttp2_hd_inflate_new(&inflater) == 0);
    std::vector<Entry> table;
    for (std::size_t i = 1; i <= kStaticEntries; ++i) {
      const nghttp2_nv* const entry = nghttp2_hd_inflate_get_table_entry(inflater, i);
      HF_CHECK(entry != nullptr);
      table.emplace_back(std::string(reinterpret_cast<char*>(entry->name), entry->namelen),
                         std::string(reinterpret_cast<char*>(entry->value), entry->valuelen));
    }
    nghttp2_hd_inflate_del(inflater);
    return table;
  }();
  return kTable;
}

/// The code of one byte, as '0's and '1's. nghttp2 writes Huffman's code only where it is shorter
/// than the text, hence the digits around the byte: each of them is five zeros. What follows the
/// last zero is padding.
std::string code_of(char byte) {
  constexpr std::size_t kBefore = 80, kBehind = 8, kBitsOfDigit = 5;
  nghttp2_hd_deflater* deflater = nullptr;
  HF_CHECK(nghttp2_hd_deflate_new(&deflater, 0) == 0);
  std::string name = "a";
  std::string value = std::string(kBefore, '0') + byte + std::string(kBehind, '0');
  const nghttp2_nv field{reinterpret_cast<std::uint8_t*>(name.data()),
                         reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                         NGHTTP2_NV_FLAG_NO_INDEX};
  std::string bytes(256, '\0');
  const ssize_t size = nghttp2_hd_deflate_hd(
      deflater, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size(), &field, 1);
  nghttp2_hd_deflate_del(deflater);
  HF_CHECK(size > 0);
  bytes.resize(static_cast<std::size_t>(size));
  bytes.erase(0, bytes.find(name) + name.size() + 1);  // and the value's length
  std::string bits;
  for (const char c : bytes) bits += std::bitset<8>(static_cast<unsigned char>(c)).to_string();
  bits.resize(bits.rfind('0') + 1 - kBehind * kBitsOfDigit);
  return bits.substr(kBefore * kBitsOfDigit);
}

}  // namespace

std::string hpack_huffman(std::string_view text) {
  static const std::vector<std::string> kCodes = [] {
    std::vector<std::string> codes;
    for (int byte = 0; byte < 256; ++byte) codes.push_back(code_of(static_cast<char>(byte)));
    return codes;
  }();
  std::string bits;
  for (const char byte : text) bits += kCodes[static_cast<unsigned char>(byte)];
  bits.resize((bits.size() + 7) / 8 * 8, '1');
  std::string out;
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    out += static_cast<char>(std::stoul(bits.substr(at, 8), nullptr, 2));
  }
  return out;
}

std::string LegalHpack::block(const Fields& fields) {
  std::string out = size_update();
  for (const Entry& entry : fields) out += field(entry);
  return out;
}

/// RFC 7541 §4.2: of several changes the smallest and the last one are said.
std::string LegalHpack::size_update() {
  constexpr std::size_t kMost = 4096;
  std::string out;
  if (!one_in(8)) return out;
  resize(pick_(kMost + 1));
  out += integer(0x20, 5, most_);
  if (!one_in(3)) return out;
  resize(most_ + pick_(kMost + 1 - most_));
  return out + integer(0x20, 5, most_);
}

std::string LegalHpack::field(const Entry& entry) {
  std::vector<std::size_t> same, named;
  for (std::size_t i = 1; i <= kStaticEntries + table_.size(); ++i) {
    const Entry& known =
        i <= kStaticEntries ? static_table()[i - 1] : table_[i - kStaticEntries - 1];
    if (known.first != entry.first) continue;
    named.push_back(i);
    if (known.second == entry.second) same.push_back(i);
  }
  if (!same.empty() && pick_(2) == 1) return integer(0x80, 7, same[pick_(same.size())]);
  constexpr struct {
    std::uint8_t pattern;
    unsigned bits;
    bool added;
  } kForms[] = {{0x00, 4, false}, {0x40, 6, true}, {0x10, 4, false}};
  const auto& form = kForms[pick_(3)];
  const bool by_index = !named.empty() && pick_(2) == 1;
  std::string out = integer(form.pattern, form.bits, by_index ? named[pick_(named.size())] : 0);
  if (!by_index) out += string(entry.first);
  out += string(entry.second);
  if (form.added) add(entry);
  return out;
}

std::string LegalHpack::string(std::string_view text) {
  const bool huffman = pick_(2) == 1;
  const std::string bytes = huffman ? hpack_huffman(text) : std::string(text);
  return integer(huffman ? 0x80 : 0, 7, bytes.size()) + bytes;
}

/// RFC 7541 §5.1. Nothing there asks for the shortest form of what does not fit the prefix.
std::string LegalHpack::integer(std::uint8_t pattern, unsigned bits, std::size_t value) {
  const std::size_t most = (std::size_t{1} << bits) - 1;
  if (value < most) return {static_cast<char>(pattern | value)};
  std::string out{static_cast<char>(pattern | most)};
  for (value -= most; value >= 128; value /= 128) out += static_cast<char>(value % 128 | 128);
  if (!one_in(16)) return out + static_cast<char>(value);
  return out + static_cast<char>(value | 128) + '\0';
}

void LegalHpack::resize(std::size_t most) {
  most_ = most;
  evict(most);
}

void LegalHpack::evict(std::size_t most) {
  for (; size_ > most; table_.pop_back()) {
    size_ -= table_.back().first.size() + table_.back().second.size() + kEntryOverhead;
  }
}

/// RFC 7541 §4.4: an entry that is larger than the table empties it.
void LegalHpack::add(const Entry& entry) {
  const std::size_t size = entry.first.size() + entry.second.size() + kEntryOverhead;
  evict(most_ - std::min(most_, size));
  if (size > most_) return;
  table_.push_front(entry);
  size_ += size;
}

}  // namespace holdfast::wire
