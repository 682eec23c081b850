// Compares URLs with an independent model of RFC 3986 §5.2; also tests arbitrary bytes.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "holdfast/url.h"

namespace holdfast {
namespace {

// --- RFC 3986 §5.2, transcribed from its pseudocode ----------------------------------------------

/// §5.2.4, with the buffers of its steps A to E.
std::string model_without_dots(std::string input) {
  std::string output;
  const auto begins = [&](std::string_view with) { return input.starts_with(with); };
  while (!input.empty()) {
    if (begins("../") || begins("./")) {  // A
      input.erase(0, input.find('/') + 1);
    } else if (begins("/./") || input == "/.") {  // B
      input.replace(0, std::min<std::size_t>(3, input.size()), "/");
    } else if (begins("/../") || input == "/..") {  // C
      input.replace(0, std::min<std::size_t>(4, input.size()), "/");
      const std::size_t slash = output.rfind('/');
      output.erase(slash == output.npos ? 0 : slash);
    } else if (input == "." || input == "..") {  // D
      input.clear();
    } else {  // E
      const std::size_t next = input.find('/', 1);
      output += input.substr(0, next);
      input.erase(0, next == input.npos ? input.size() : next);
    }
  }
  return output;
}

struct ModelReference {
  std::string authority, path, query;
  bool has_authority = false, has_query = false;

  std::string text() const {
    return (has_authority ? "//" + authority : "") + path + (has_query ? "?" + query : "");
  }
};

/// §5.2.2 for a reference without a scheme, recomposed by §5.3.
std::string model_resolve(const ModelReference& base, const ModelReference& r) {
  ModelReference t = base;
  if (r.has_authority) {
    t = r;
    t.path = model_without_dots(r.path);
  } else if (r.path.empty()) {
    if (r.has_query) t.query = r.query;
    t.has_query = base.has_query || r.has_query;
  } else {
    t.path = r.path.front() == '/'
                 ? model_without_dots(r.path)
                 : model_without_dots(base.path.substr(0, base.path.rfind('/') + 1) + r.path);
    t.query = r.query;
    t.has_query = r.has_query;
  }
  if (t.path.empty()) t.path = "/";  // RFC 9110 §4.2.3
  return "http:" + t.text();
}

rc::Gen<std::string> segments() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          ".", "..", "a", "b", "...", "", "..a", "/", "c;d", "%41")),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const std::string& part : parts)
                          text.append(text.empty() ? "" : "/").append(part);
                        return text;
                      });
}

ModelReference some_reference() {
  ModelReference r;
  r.has_authority = *rc::gen::arbitrary<bool>();
  if (r.has_authority) r.authority = *rc::gen::element<std::string>("h", "g:81");
  r.path = *segments();
  // Excludes paths that §4.2 does not allow with, or without, an authority.
  if (r.has_authority && !r.path.empty() && r.path.front() != '/') r.path.insert(0, "/");
  while (!r.has_authority && r.path.starts_with("//")) r.path.erase(0, 1);
  r.has_query = *rc::gen::arbitrary<bool>();
  if (r.has_query) r.query = *segments();
  return r;
}

RC_GTEST_PROP(UrlModel, references_resolve_as_rfc_3986_says, ()) {
  ModelReference base = some_reference();
  base.has_authority = true;
  if (base.authority.empty()) base.authority = "base";
  base.path = model_without_dots("/" + base.path);
  const ModelReference reference = some_reference();
  const Result<Url> url = Url::parse("http:" + base.text());
  RC_ASSERT(url.ok());
  RC_ASSERT(url->to_string() == "http:" + base.text());
  const Result<Url> resolved = url->resolve(reference.text());
  RC_ASSERT(resolved.ok());
  RC_ASSERT(resolved->to_string() == model_resolve(base, reference));
}

RC_GTEST_PROP(UrlModel, an_absolute_url_loses_its_dot_segments_as_a_reference_does, ()) {
  ModelReference r = some_reference();
  r.has_authority = true;
  if (r.authority.empty()) r.authority = "base";
  if (!r.path.starts_with('/')) r.path.insert(0, "/");
  RC_ASSERT(Url::parse("http:" + r.text())->to_string() == model_resolve(r, r));
  RC_ASSERT(Url::parse("http:" + r.text(), DotSegments::keep)->to_string() == "http:" + r.text());
}

// --- Bytes of all kinds --------------------------------------------------------------------------

rc::Gen<std::string> any_bytes() {
  return rc::gen::container<std::string>(rc::gen::weightedOneOf<char>(
      {{6, rc::gen::elementOf(std::string("abz09/.?=&%:@[]-"))},
       {3, rc::gen::elementOf(std::string("\r\n\t \0\x01\x7F\\\"<>{}|^`#%", 19))},
       {1, rc::gen::arbitrary<char>()}}));
}

void assert_one_line(const Url& url) {
  for (const std::string& text : {url.target(), url.authority(), url.userinfo(), url.zone()}) {
    for (const char c : text) RC_ASSERT(c > 0x20 && c < 0x7F);
  }
  RC_ASSERT(!url.host().empty());
  for (const DotSegments dots : {DotSegments::remove, DotSegments::keep}) {
    const Result<Url> again = Url::parse(url.to_string(), dots);
    RC_ASSERT(again.ok());
    RC_ASSERT(again->host() == url.host() && again->zone() == url.zone());
    RC_ASSERT(again->origin() == url.origin() && again->userinfo() == url.userinfo());
    if (dots == DotSegments::keep) RC_ASSERT(again->target() == url.target());
  }
}

RC_GTEST_PROP(UrlBytes, nothing_that_ends_a_request_line_gets_onto_one, ()) {
  const std::string bytes = *any_bytes();
  for (const char* before :
       {"http://a/", "http://a?", "http://", "http://[fe80::1%", "http://u:", "http://a:", ""}) {
    for (const DotSegments dots : {DotSegments::remove, DotSegments::keep}) {
      if (const Result<Url> url = Url::parse(before + bytes, dots)) assert_one_line(*url);
      const Result<Url> resolved = Url::parse("http://b/c/d?e")->resolve(before + bytes, dots);
      if (resolved) assert_one_line(*resolved);
    }
  }
}

RC_GTEST_PROP(UrlBytes, normalising_twice_is_normalising_once, ()) {
  const Result<Url> once = Url::parse("http://a/" + *any_bytes());
  RC_CLASSIFY(once.ok());
  if (!once.ok()) return;
  RC_ASSERT(Url::parse(once->to_string())->to_string() == once->to_string());
}

}  // namespace
}  // namespace holdfast
