// Implements holdfast.h: cookie jars.
#include "c/types.h"

using holdfast::c::complain;
using holdfast::c::copy_out;
using holdfast::c::guarded;
using holdfast::c::view;

holdfast_cookie_jar* holdfast_cookie_jar_new(void) {
  return guarded<>(static_cast<holdfast_cookie_jar*>(nullptr),
                   [] { return new holdfast_cookie_jar(); });
}
void holdfast_cookie_jar_free(holdfast_cookie_jar* jar) { delete jar; }

const char* holdfast_options_set_cookie_jar(holdfast_options* options,
                                            const holdfast_cookie_jar* jar) {
  return complain(options->said, [&] {
    options->options.cookies = jar != nullptr ? jar->jar : nullptr;
    return std::string();
  });
}

int holdfast_cookie_jar_set(holdfast_cookie_jar* jar, const char* url, const char* set_cookie,
                            int64_t now_s) {
  return guarded(0, [&] { return jar->jar->set(view(url), view(set_cookie), now_s) ? 1 : 0; });
}

size_t holdfast_cookie_jar_header(const holdfast_cookie_jar* jar, const char* url, int64_t now_s,
                                  char* into, size_t capacity) {
  return guarded(copy_out("", into, capacity),
                 [&] { return copy_out(jar->jar->header_for(view(url), now_s), into, capacity); });
}

void holdfast_cookie_jar_clear(holdfast_cookie_jar* jar) { jar->jar->clear(); }

void holdfast_cookie_jar_each(const holdfast_cookie_jar* jar, holdfast_on_cookie call,
                              void* context) {
  guarded(false, [&] {
    for (const holdfast::Cookie& each : jar->jar->all()) {
      const holdfast_cookie told = {
          each.name.c_str(), each.value.c_str(),     each.domain.c_str(), each.path.c_str(),
          each.expires_s,    each.host_only ? 1 : 0, each.secure ? 1 : 0, each.http_only ? 1 : 0};
      holdfast::c::call_user(call, context, &told);
    }
    return true;
  });
}
