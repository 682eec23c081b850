#include "http/public_suffix.h"

#ifdef HOLDFAST_WITH_PSL
#include <libpsl.h>

#include <string>
#endif

namespace holdfast::http {

#ifdef HOLDFAST_WITH_PSL

// The list compiled into libpsl, so no file is read. Null if libpsl was built without one.
bool knows_public_suffixes() { return psl_builtin() != nullptr; }

bool is_public_suffix(std::string_view domain) {
  if (domain.find('.') == domain.npos) return true;
  const psl_ctx_t* list = psl_builtin();
  return list != nullptr && psl_is_public_suffix(list, std::string(domain).c_str()) != 0;
}

#else

bool knows_public_suffixes() { return false; }

bool is_public_suffix(std::string_view domain) { return domain.find('.') == domain.npos; }

#endif

}  // namespace holdfast::http
