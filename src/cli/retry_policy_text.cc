#include "cli/retry_policy_text.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/option_text.h"
#include "holdfast/options_text.h"
#include "tool/nearest.h"

namespace holdfast::cli {

namespace {

constexpr std::string_view kRetry = "retry.";
constexpr std::string_view kTimeouts = "timeouts.";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

/// Every key, as short as it may be written.
std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const std::string_view name : option_names()) {
    const bool retry = name.starts_with(kRetry);
    if (!retry && !name.starts_with(kTimeouts)) continue;
    keys.emplace_back(retry ? name.substr(kRetry.size()) : name);
  }
  return keys;
}

/// What to write instead of a key that is none.
std::string unknown_key(const std::string& key) {
  const auto names = option_names();
  if (std::find(names.begin(), names.end(), key) != names.end()) {
    return "'" + key + "' belongs to no retry policy: give it to --option";
  }
  const std::string meant = tool::nearest(key, known_keys());
  return "'" + key.substr(0, 40) + "' is no key" +
         (meant.empty() ? std::string(": use one like max_attempts or timeouts.total")
                        : ": did you mean " + meant + "?") +
         kWhereNamesAre;
}

std::string apply_entry(std::string_view entry, ClientOptions& options) {
  const std::size_t equals = entry.find('=');
  const std::string shown(entry.substr(0, 60));
  if (equals == entry.npos || trimmed(entry.substr(0, equals)).empty()) {
    return "'" + shown + "': expected KEY=VALUE, e.g. max_attempts=3";
  }
  std::string key(trimmed(entry.substr(0, equals)));
  std::string value(trimmed(entry.substr(equals + 1)));
  if (!key.starts_with(kTimeouts) && !key.starts_with(kRetry)) key.insert(0, kRetry);
  const auto names = option_names();
  if (std::find(names.begin(), names.end(), key) == names.end()) {
    return unknown_key(std::string(trimmed(entry.substr(0, equals))));
  }
  // A comma parts entries, so that a list may have a plus in its place.
  if (key.ends_with("statuses")) std::replace(value.begin(), value.end(), '+', ',');
  return set_named_option(key, value, options);
}

/// Parts at commas; a part without '=' goes on with the list before it.
std::vector<std::string> entries_of(std::string_view text) {
  std::vector<std::string> entries;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string part(text.substr(at, end - at));
    if (part.find('=') == part.npos && !entries.empty()) {
      entries.back() += "," + part;
    } else {
      entries.push_back(part);
    }
    at = end + 1;
  }
  return entries;
}

std::string apply_file(const std::string& path, ClientOptions& options) {
  struct stat about {};
  std::ifstream file;
  if (::stat(path.c_str(), &about) == 0) {
    if (S_ISDIR(about.st_mode)) return "'" + path + "' is a folder: name a file, or give KEY=VALUE";
    errno = 0;
    file.open(path, std::ios::binary);
  }
  if (!file.is_open()) {
    return "'" + path + "': " + std::strerror(errno) + ": name a file, or give KEY=VALUE";
  }
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const std::string_view entry = trimmed(std::string_view(line).substr(0, line.find('#')));
    if (entry.empty()) continue;
    if (const std::string complaint = apply_entry(entry, options); !complaint.empty()) {
      return path + ":" + std::to_string(number) + ": " + complaint;
    }
  }
  return "";
}

}  // namespace

std::string apply_retry_policy(const std::string& text, ClientOptions& options) {
  if (text.find('=') == text.npos) return apply_file(text, options);
  ClientOptions changed = options;  // all of it or nothing
  for (const std::string& entry : entries_of(text)) {
    if (std::string complaint = apply_entry(entry, changed); !complaint.empty()) {
      return complaint;
    }
  }
  options = std::move(changed);
  return "";
}

}  // namespace holdfast::cli
