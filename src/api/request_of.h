// Builds the request of get(), post() and similar calls. Pure. Thread: any.
#pragma once

#include <string_view>
#include <utility>

#include "holdfast/request.h"

namespace holdfast::api {

inline Request request_of(std::string_view method, std::string_view url, Body body = {}) {
  Request request;
  request.method = method;
  request.url = url;
  request.body = std::move(body);
  return request;
}

}  // namespace holdfast::api
