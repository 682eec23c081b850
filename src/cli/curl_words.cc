#include "cli/curl_words.h"

#include <algorithm>
#include <iterator>

namespace holdfast::cli {

namespace {

struct CurlOption {
  std::string_view letter, name;
  const char* here;
};

constexpr CurlOption kCurlOptions[] = {
    {"-A", "--user-agent", "is -H 'User-Agent: ...' here"},
    {"-b", "--cookie", "is -H 'Cookie: ...' here"},
    {"", "--compressed", "is the default here, --raw its opposite"},
    {"", "--data-ascii", "is -d here"},
    {"", "--data-binary", "is -d here"},
    {"", "--data-raw", "is -d here"},
    {"-e", "--referer", "is -H 'Referer: ...' here"},
    {"-f", "", "is --fail here"},
    {"-i", "--include", "is -D - here"},
    {"-I", "", "is holdfast head -D - here"},
    {"-m", "--max-time", "is --total-timeout here"},
    {"-O", "--remote-name", "is -o FILE here"},
    {"", "--retry", "is --max-attempts here"},
    {"-s", "--silent", "is not needed here: only bodies and errors are printed"},
    {"-S", "--show-error", "is not needed here: errors are printed"},
    {"-T", "--upload-file", "is holdfast put -d @FILE here"},
    {"-w", "--write-out", "is --json here"},
    {"-X", "--request", "is the command itself here, as in holdfast post"},
};

}  // namespace

std::string instead_of_curls(std::string_view word) {
  const bool is_long = word.starts_with("--");
  const std::string_view name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
  if (name.size() < 2) return "";
  const auto* const found = std::find_if(
      std::begin(kCurlOptions), std::end(kCurlOptions),
      [&](const CurlOption& each) { return name == (is_long ? each.name : each.letter); });
  if (found == std::end(kCurlOptions)) return "";
  return std::string(name) + " " + found->here;
}

}  // namespace holdfast::cli
