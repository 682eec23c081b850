#include "wire/tls/certificate.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>
#include <memory>

#include "wire/tls/handles.h"

namespace holdfast::wire {
namespace {

using NamesHandle = std::unique_ptr<GENERAL_NAMES, TlsFree<&GENERAL_NAMES_free>>;
using TimeHandle = std::unique_ptr<ASN1_TIME, TlsFree<&ASN1_TIME_free>>;

constexpr std::size_t kMostCharacters = 100;
constexpr int kMostNames = 8;

std::string printable(std::string_view text) {
  std::string out(text.substr(0, kMostCharacters));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  if (text.size() > kMostCharacters) out.append("...");
  return out;
}

std::string_view text_of(const ASN1_STRING& string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&string)),
          static_cast<std::size_t>(ASN1_STRING_length(&string))};
}

std::string shown_name(const X509_NAME* name) {
  if (name == nullptr) return in_quotes({});
  for (const int part : {NID_commonName, NID_organizationName}) {
    const int at = X509_NAME_get_index_by_NID(name, part, -1);
    if (at < 0) continue;
    return in_quotes(text_of(*X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
  }
  char line[256];
  X509_NAME_oneline(name, line, sizeof line);
  return in_quotes(line);
}

std::string address_text(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  char text[48];
  if (bytes.size() == 4) {
    std::snprintf(text, sizeof text, "%u.%u.%u.%u", byte(0), byte(1), byte(2), byte(3));
    return text;
  }
  if (bytes.size() != 16) return "?";
  std::string out;
  for (std::size_t i = 0; i < 16; i += 2) {
    std::snprintf(text, sizeof text, i == 0 ? "%x" : ":%x", byte(i) << 8 | byte(i + 1));
    out += text;
  }
  return out;
}

}  // namespace

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

std::string subject_of(const X509& certificate) {
  return shown_name(X509_get_subject_name(&certificate));
}
std::string issuer_of(const X509& certificate) {
  return shown_name(X509_get_issuer_name(&certificate));
}

std::string alternative_names(const X509& certificate) {
  const NamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string out;
  int count = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME& name = *sk_GENERAL_NAME_value(names.get(), i);
    if (name.type != GEN_DNS && name.type != GEN_IPADD) continue;
    if (++count > kMostNames) continue;
    if (count > 1) out.append(", ");
    out += name.type == GEN_DNS ? printable(text_of(*name.d.dNSName))
                                : address_text(text_of(*name.d.iPAddress));
  }
  if (count > kMostNames) out += " and " + std::to_string(count - kMostNames) + " more";
  return out;
}

std::string date_text(const ASN1_TIME& time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(&time, &parts) != 1) return "a date that cannot be read";
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d UTC", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

std::int64_t seconds_of(base::WallTime time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return time.ns / kSecond - (time.ns % kSecond < 0 ? 1 : 0);
}

std::int64_t expiry_s(const X509& certificate) {
  constexpr std::int64_t kDay = 24 * 3600;
  const TimeHandle epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0, seconds = 0;
  const ASN1_TIME* end = X509_get0_notAfter(&certificate);
  if (epoch == nullptr || end == nullptr || ASN1_TIME_diff(&days, &seconds, epoch.get(), end) != 1)
    return std::numeric_limits<std::int64_t>::min();
  return days * kDay + seconds;
}

}  // namespace holdfast::wire
