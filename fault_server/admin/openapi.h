// What the admin interface offers, as data: the table its requests are routed by (admin_routes.cc)
// says everything that the OpenAPI document says, so neither can be right without the other. Pure.
// Thread: any.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fault {

struct RouteParameter {
  std::string_view name;
  std::string_view type;  // "integer", "boolean" or "string"
  std::string_view help;
};

/// What a request's body may be; several rows where there is a choice.
struct RouteBody {
  std::string_view type;     // media type
  std::string_view example;  // JSON where the type says so, else text
};

struct RouteInfo {
  std::string_view method;
  std::string_view path;  // below /__fault/; a last segment {name} takes the rest of the path
  std::string_view help;
  std::string_view gives;  // media type of the good answer
  std::vector<RouteParameter> query = {};
  std::vector<RouteBody> takes = {};
  std::vector<int> refusals = {};  // statuses of the bad ones
};

/// OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), as JSON.
std::string openapi_document(std::span<const RouteInfo> routes, std::string_view version);

}  // namespace fault
