#include "fault_server/admin/page.h"

#include <openssl/evp.h>

#include <array>
#include <string_view>

#include "base/check.h"
#include "fault_server/admin/page_text.h"

namespace fault {
namespace {

void fill_in(std::string& html, std::string_view mark, std::string_view text) {
  const std::size_t at = html.find(mark);
  HF_CHECK(at != std::string::npos);
  html.replace(at, mark.size(), text);
}

// 'sha256-...' of what stands between the tags, to the byte (CSP 3 §6.7.2).
std::string digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  HF_CHECK(EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr) == 1);
  std::array<unsigned char, 4 * EVP_MAX_MD_SIZE / 3 + 4> base64{};
  const int length = EVP_EncodeBlock(base64.data(), hash.data(), static_cast<int>(size));
  std::string out = "'sha256-";
  for (int i = 0; i < length; ++i) out += static_cast<char>(base64.at(static_cast<std::size_t>(i)));
  return out + "'";
}

LivePage make_page() {
  const std::string script =
      std::string(page_model_js()) + std::string(page_timeline_js()) + std::string(page_page_js());
  LivePage page;
  page.html = page_html();
  fill_in(page.html, "{{css}}", page_css());
  fill_in(page.html, "{{js}}", script);
  page.policy = "default-src 'none'; script-src " + digest(script) + "; style-src " +
                digest(page_css()) +
                "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'; require-trusted-types-for 'script'";
  return page;
}

}  // namespace

const LivePage& live_page() {
  static const LivePage kPage = make_page();
  return kPage;
}

}  // namespace fault
