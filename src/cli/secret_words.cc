#include "cli/secret_words.h"

#include <cstring>
#include <string_view>

namespace holdfast::cli {

void hide_secret_words(int argc, char** argv, const std::vector<std::string>& secrets) {
  for (int i = 1; i < argc; ++i) {
    for (const std::string& secret : secrets) {
      const std::size_t length = std::strlen(argv[i]);
      if (secret.empty() || !std::string_view(argv[i]).ends_with(secret)) continue;
      std::memset(argv[i] + (length - secret.size()), 'x', secret.size());
    }
  }
}

}  // namespace holdfast::cli
