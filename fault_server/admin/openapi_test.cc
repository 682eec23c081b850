#include "fault_server/admin/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fault_server/admin/admin.h"
#include "fault_server/admin/admin_rig.h"

namespace fault {
namespace {

using Description = nlohmann::json;

Description document() {
  AdminRig rig("200");
  return rig.ask("GET", "openapi.json").json();
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

// A path of the document as a request asks for it.
std::string concrete(std::string path) {
  path.erase(0, 1);
  const std::size_t open = path.find('{');
  return open == std::string::npos ? path : path.substr(0, open) + "1";
}

TEST(OpenApi, the_document_is_about_exactly_the_routes_that_there_are) {
  std::set<std::string> told, there;
  const Description paths = document()["paths"];
  for (const auto& [path, methods] : paths.items()) {
    for (const auto& [method, operation] : methods.items()) told.insert(upper(method) + " " + path);
  }
  for (const RouteInfo& route : Admin::route_infos()) {
    there.insert(std::string(route.method) + " /" + std::string(route.path));
  }
  EXPECT_EQ(told, there);
  EXPECT_GT(told.size(), 25U);
}

TEST(OpenApi, what_it_documents_is_answered_with_a_status_it_documents) {
  const Description paths = document()["paths"];
  for (const auto& [path, methods] : paths.items()) {
    for (const auto& [method, operation] : methods.items()) {
      AdminRig rig("200");
      const auto id = rig.begin(upper(method), concrete(path), "");
      const Told told = rig.read(id);
      EXPECT_TRUE(operation["responses"].contains(std::to_string(told.status)))
          << method << " " << path << ": " << told.status << " " << told.body;
    }
  }
}

TEST(OpenApi, every_example_of_a_body_is_accepted) {
  const Description paths = document()["paths"];
  for (const auto& [path, methods] : paths.items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (!operation.contains("requestBody")) continue;
      for (const auto& [type, content] : operation["requestBody"]["content"].items()) {
        AdminRig rig("200");
        ASSERT_EQ(rig.ask("PUT", "rules/pay", "503 ra=1 x2; 200").status, 200);
        const Description& example = content["example"];
        ASSERT_FALSE(example.is_discarded() || example.is_null()) << method << path;
        const std::string body = example.is_string() ? example.get<std::string>() : example.dump();
        const auto id =
            rig.begin(upper(method), concrete(path), body, "Content-Type: " + type + "\r\n");
        rig.run(60s);
        const int status = rig.read(id).status;
        // 417: a question about requests that nobody has made.
        EXPECT_TRUE(status == 200 || status == 417 ||
                    (path.starts_with("/state/") && status == 422))
            << method << " " << path << ": " << rig.read(id).body;
      }
    }
  }
}

TEST(OpenApi, json_nested_too_deeply_is_refused_wherever_a_body_is_taken) {
  std::string objects;
  for (int i = 0; i < 50'000; ++i) objects += "{\"a\":";
  const std::string arrays(50'000, '[');
  AdminRig rig("200");
  const Description paths = document()["paths"];
  for (const auto& [path, methods] : paths.items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (!operation.contains("requestBody")) continue;
      for (const std::string& body :
           {arrays, " " + arrays + std::string(50'000, ']'), objects,
            objects + "1" + std::string(50'000, '}'), "{\"match\":" + arrays}) {
        const Told told = rig.ask(upper(method), concrete(path), body);
        EXPECT_EQ(told.status, 400) << method << " " << path;
        EXPECT_NE(told.json()["error"].get<std::string>().find("at most 64"), std::string::npos);
        EXPECT_TRUE(operation["responses"].contains("400"));
      }
    }
  }
  EXPECT_EQ(rig.ask("GET", "health").status, 200);
}

TEST(OpenApi, a_method_it_does_not_document_is_refused_with_those_it_does) {
  const Description paths = document()["paths"];
  for (const auto& [path, methods] : paths.items()) {
    AdminRig rig("200");
    const Told told = rig.ask("OPTIONS", concrete(path));
    EXPECT_EQ(told.status, 405) << path;
    for (const auto& [method, operation] : methods.items()) {
      EXPECT_NE(told.head.find(upper(method)), std::string::npos) << path;
    }
  }
}

TEST(OpenApi, it_is_a_document_of_version_3_1_with_unique_operations) {
  const Description all = document();
  EXPECT_EQ(all["openapi"], "3.1.0");
  EXPECT_TRUE(all["info"].contains("title") && all["info"].contains("version"));
  std::set<std::string> names;
  for (const auto& [path, methods] : all["paths"].items()) {
    const bool templated = path.find('{') != std::string::npos;
    for (const auto& [method, operation] : methods.items()) {
      EXPECT_TRUE(names.insert(operation["operationId"].get<std::string>()).second) << path;
      bool in_path = false;
      for (const auto& parameter : operation.value("parameters", Description::array())) {
        in_path = in_path || (parameter["in"] == "path" && parameter["required"] == true);
      }
      EXPECT_EQ(in_path, templated) << path;
    }
  }
}

}  // namespace
}  // namespace fault
