#include "cli/request_body.h"

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
    if (::access(path.c_str(), R_OK) != 0) {
      return "-d @" + path + ": " + std::strerror(errno) + ": name a file that can be read";
    }
    into = Body::file(path);
  } else {
    into = Body(data);
  }
  return "";
}

}  // namespace holdfast::cli
