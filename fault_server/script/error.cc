#include "fault_server/script/error.h"

namespace fault {

std::string to_string(const Complaint& complaint) {
  const std::string column = std::to_string(complaint.column);
  if (complaint.file.empty() && complaint.line == 1)
    return "column " + column + ": " + complaint.text;
  const std::string line = std::to_string(complaint.line);
  if (complaint.file.empty()) return "line " + line + ", column " + column + ": " + complaint.text;
  return complaint.file + ":" + line + ":" + column + ": " + complaint.text;
}

}  // namespace fault
