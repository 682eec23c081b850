#include "cli/route_options.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/checked_option.h"
#include "cli/protocol_options.h"

namespace holdfast::cli {

namespace {

/// As curl does, a proxy without a scheme is an http one. The rules are validate()'s.
std::string take_proxy(const std::string& text, CommandLine& line) {
  const std::string url = text.find("://") == text.npos ? "http://" + text : text;
  ClientOptions probe;
  probe.proxy.http_proxy = url;
  const auto complaints = probe.validate();
  if (text.empty() || !complaints.empty()) {
    // What was given may hold a password.
    return text.empty() ? "name a proxy, e.g. http://localhost:3128" : complaints.front().remedy;
  }
  line.proxy = url;
  line.secrets.push_back(text);
  return "";
}

std::string take_no_proxy(const std::string& text, CommandLine& line) {
  std::vector<std::string> hosts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (end > at) hosts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  line.no_proxy = std::move(hosts);
  return "";
}

std::string take_unix_socket(const std::string& path, CommandLine& line) {
  struct stat about {};
  if (path.empty()) return "name a Unix domain socket";
  if (::stat(path.c_str(), &about) != 0) return std::strerror(errno);
  if (!S_ISSOCK(about.st_mode)) return "that is no Unix domain socket";
  line.client.unix_socket = path;
  return "";
}

}  // namespace

void add_route_options(CLI::App& app, CommandLine& line) {
  add_checked(
      app, "--noproxy", [&line](const std::string& text) { return take_no_proxy(text, line); },
      "Hosts that are gone to without the proxy: names, addresses, networks, or *")
      ->expected(1)
      ->type_name("HOST[,HOST...]")
      ->group(kConnectionGroup);
  add_checked(
      app, "-x,--proxy", [&line](const std::string& text) { return take_proxy(text, line); },
      "Go through this HTTP proxy; https by a tunnel", Shown::no)
      ->expected(1)
      ->type_name("[http://][USER:PASSWORD@]HOST[:PORT]")
      ->group(kConnectionGroup);
  app.add_flag("--proxy-from-env", line.proxy_from_environment,
               "Take http_proxy, https_proxy, all_proxy and no_proxy from the environment")
      ->group(kConnectionGroup);
  add_resolve_option(app, line.client);
  add_checked(
      app, "--unix-socket",
      [&line](const std::string& text) { return take_unix_socket(text, line); },
      "Connect to this Unix domain socket instead of the URL's host")
      ->expected(1)
      ->type_name("FILE")
      ->group(kConnectionGroup);
}

std::string settle_route(CommandLine& line) {
  ProxyPolicy& proxy = line.client.proxy;
  if (line.proxy_from_environment) proxy = ProxyPolicy::from_environment();
  if (!line.proxy.empty()) proxy.http_proxy = proxy.https_proxy = line.proxy;
  if (line.no_proxy) proxy.no_proxy = *line.no_proxy;
  if (!line.proxy.empty() && !line.client.unix_socket.empty()) {
    return "--proxy and --unix-socket: a connection goes one way; choose one of them";
  }
  return "";
}

}  // namespace holdfast::cli
