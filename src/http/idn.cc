#include "http/idn.h"

#ifdef HOLDFAST_WITH_IDN2
#include <idn2.h>
#endif

namespace holdfast::http {

#ifdef HOLDFAST_WITH_IDN2

bool converts_names() { return true; }

std::string to_ascii(std::string& host) {
  if (host.find('\0') != host.npos) return "a NUL byte in the host: take it out";
  char* converted = nullptr;
  const auto* text = reinterpret_cast<const std::uint8_t*>(host.c_str());
  const int status =
      idn2_lookup_u8(text, reinterpret_cast<std::uint8_t**>(&converted), IDN2_NONTRANSITIONAL);
  if (status != IDN2_OK) {
    return std::string("the host is no valid internationalised name (") + idn2_strerror(status) +
           "): write it in UTF-8, or in punycode (xn--…)";
  }
  host = converted;
  idn2_free(converted);
  return {};
}

#else

bool converts_names() { return false; }

std::string to_ascii(std::string& host) {
  (void)host;
  return "a byte beyond ASCII in the host, and this build has no libidn2: write the host in "
         "punycode (xn--…)";
}

#endif

}  // namespace holdfast::http
