// The live page's files as they are in fault_server/admin/page/, word for word. The bodies are made
// at build time (cmake/embed_page.cmake). Thread: any.
#pragma once

#include <string_view>

namespace fault {

std::string_view page_html();  // with {{css}} and {{js}} where those belong
std::string_view page_css();
std::string_view page_model_js();
std::string_view page_timeline_js();
std::string_view page_page_js();

}  // namespace fault
