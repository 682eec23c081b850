#include "holdfast/authorization.h"

#include "http/basic_credentials.h"

namespace holdfast {

std::string basic_authorization(std::string_view user, std::string_view password) {
  std::string pair(user);
  pair.append(":").append(password);
  return "Basic " + http::base64(pair);
}

std::string bearer_authorization(std::string_view token) {
  return std::string("Bearer ").append(token);
}

}  // namespace holdfast
