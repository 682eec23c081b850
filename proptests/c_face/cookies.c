// A cookie jar that is looked into, filled by hand, and shared.
#include "proptests/c_face/check.h"

typedef struct found {
  int count;
  char name[20], value[20], domain[40], path[40];
  int64_t expires_s;
  int host_only, secure, http_only;
} found;

static void note(void* context, const holdfast_cookie* cookie) {
  found* f = context;
  ++f->count;
  snprintf(f->name, sizeof f->name, "%s", cookie->name);
  snprintf(f->value, sizeof f->value, "%s", cookie->value);
  snprintf(f->domain, sizeof f->domain, "%s", cookie->domain);
  snprintf(f->path, sizeof f->path, "%s", cookie->path);
  f->expires_s = cookie->expires_s;
  f->host_only = cookie->host_only;
  f->secure = cookie->secure;
  f->http_only = cookie->http_only;
}

static void a_jar_keeps_what_it_is_given(void) {
  holdfast_cookie_jar* jar = holdfast_cookie_jar_new();
  const char* url = "https://shop.example/cart/x";
  CHECK(holdfast_cookie_jar_set(
            jar, url, "a=1; Domain=shop.example; Path=/cart; Max-Age=60; Secure; HttpOnly", 1000) ==
        1);
  CHECK(holdfast_cookie_jar_set(jar, url, "b=2; Domain=other.example", 1000) == 0);
  found f = {0};
  holdfast_cookie_jar_each(jar, note, &f);
  CHECK(f.count == 1);
  CHECK_TEXT("a", f.name);
  CHECK_TEXT("1", f.value);
  CHECK_TEXT("shop.example", f.domain);
  CHECK_TEXT("/cart", f.path);
  CHECK(f.expires_s == 1060 && f.host_only == 0 && f.secure == 1 && f.http_only == 1);

  char text[40];
  CHECK(holdfast_cookie_jar_header(jar, url, 1059, text, sizeof text) == 3);
  CHECK_TEXT("a=1", text);
  CHECK(holdfast_cookie_jar_header(jar, url, 1059, text, 3) == 3);
  CHECK_TEXT("a=", text);
  CHECK(holdfast_cookie_jar_header(jar, url, 1061, text, sizeof text) == 0);
  CHECK(holdfast_cookie_jar_set(jar, url, "s=9", 1000) == 1);
  f.count = 0;
  holdfast_cookie_jar_each(jar, note, &f);
  CHECK(f.count == 2 && f.expires_s == INT64_MAX && f.host_only == 1 && f.secure == 0);
  holdfast_cookie_jar_clear(jar);
  f.count = 0;
  holdfast_cookie_jar_each(jar, note, &f);
  CHECK(f.count == 0);
  holdfast_cookie_jar_free(jar);
  holdfast_cookie_jar_free(NULL);
}

static holdfast_options* with_jar(const holdfast_cookie_jar* jar) {
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set(options, "redirects.follow", "no") == NULL);
  CHECK(holdfast_options_set_cookie_jar(options, jar) == NULL);
  return options;
}

static void clients_share_a_jar(void) {
  world one, two;
  outcome kept = {0};
  holdfast_cookie_jar* jar = holdfast_cookie_jar_new();
  open_world(&one, with_jar(jar));
  open_world(&two, with_jar(jar));
  holdfast_get(one.client, "/login", keep_outcome, &kept);  // sets a cookie
  run_world(&one);
  CHECK(kept.response != NULL && holdfast_response_status(kept.response) == 302);
  forget_outcome(&kept);
  found f = {0};
  holdfast_cookie_jar_each(jar, note, &f);
  CHECK(f.count == 1);
  CHECK_TEXT("42", f.value);
  holdfast_cookie_jar_free(jar);  // the clients keep it

  holdfast_get(two.client, "/echo", keep_outcome, &kept);
  run_world(&two);
  CHECK_HAS(body_of(&kept), "sid=42");
  forget_outcome(&kept);
  close_world(&one);
  close_world(&two);
}

static void without_a_jar_there_are_no_cookies(void) {
  world w;
  outcome kept = {0};
  holdfast_options* options = quick_options();
  CHECK(holdfast_options_set(options, "cookies", "on") == NULL);
  CHECK(holdfast_options_set_cookie_jar(options, NULL) == NULL);
  open_world(&w, options);
  holdfast_get(w.client, "/login", keep_outcome, &kept);
  run_world(&w);
  forget_outcome(&kept);
  holdfast_get(w.client, "/echo", keep_outcome, &kept);
  run_world(&w);
  CHECK(kept.response != NULL && strstr(body_of(&kept), "sid=42") == NULL);
  forget_outcome(&kept);
  close_world(&w);
}

void test_cookies(void) {
  a_jar_keeps_what_it_is_given();
  clients_share_a_jar();
  without_a_jar_there_are_no_cookies();
}
