#include "cli/request_body.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace holdfast::cli {

std::string make_body(const CommandLine& line, Body& into) {
  if (line.form) into = line.form->body();
  if (!line.data) return "";
  const std::string& data = *line.data;
  if (data == "@-") {
    std::string all;
    char piece[65536];
    while (const std::size_t n = std::fread(piece, 1, sizeof piece, stdin)) all.append(piece, n);
    if (std::ferror(stdin) != 0) {
      return std::string("-d @-: ") + std::strerror(errno) + ": standard input cannot be read";
    }
    into = Body(std::move(all));
  } else if (!data.empty() && data.front() == '@') {
    const std::string path = data.substr(1);
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || ::access(path.c_str(), R_OK) != 0) {
      return "-d @" + path + ": " + std::strerror(errno) + ": name a file that can be read";
    }
    if (S_ISDIR(about.st_mode)) return "-d @" + path + " is a folder: name a file";
    into = Body::file(path);
  } else {
    into = Body(data);
  }
  return "";
}

}  // namespace holdfast::cli
