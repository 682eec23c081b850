// The --json object of one request. One table says what its members are called, what they mean and
// where they come from: the manual page prints it. Values to text only. Thread: any.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "holdfast/proxy.h"
#include "holdfast/response.h"
#include "holdfast/result.h"

namespace holdfast::cli {

/// As people write it: "1.1", but "2" (RFC 9113 has no minor version); "" for 0.0, no response.
std::string version_text(unsigned major, unsigned minor);

/// What was asked before and after each redirect, which no timeline knows.
struct Hop {
  std::string method;
  std::string url;  ///< without secrets (H4)
};

/// What is told of one request.
struct Told {
  std::string url;  ///< as it was given
  const Result<Response>* result = nullptr;
  std::uint64_t body_bytes = 0;  ///< received, content codings undone
  std::string sha256;            ///< of those
  std::vector<Hop> hops;         ///< by AttemptRecord::hop
  ProxyPolicy proxy;             ///< what the client was told to go through
};

/// One line of JSON, without the newline. Every member is there in every report; what does not
/// apply is null.
std::string json_report(const Told& told);
/// Of a request whose deadline passes while input or output is blocked: what has been tried is
/// known to the blocked thread alone.
std::string blocked_report(const std::string& url);

/// A member by its path ("attempts[].phase") and what it means, for the manual page.
struct JsonMember {
  std::string path;
  const char* meaning;
};
std::vector<JsonMember> json_members();

}  // namespace holdfast::cli
