#include "fault_server/script/scenario_position.h"

#include <nlohmann/json.hpp>

namespace fault {

LineColumn line_column(std::string_view text, std::size_t offset) {
  LineColumn out;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++out.line;
      out.column = 1;
    } else {
      ++out.column;
    }
  }
  return out;
}

PositionIndex::PositionIndex(std::string_view json) : json_(json) { walk(""); }

std::size_t PositionIndex::value(const std::string& pointer) const {
  const auto found = places_.find(pointer);
  return found == places_.end() ? 0 : found->second.value;
}

std::size_t PositionIndex::name(const std::string& pointer) const {
  const auto found = places_.find(pointer);
  return found == places_.end() ? 0 : found->second.name;
}

std::size_t PositionIndex::inside(const std::string& pointer, std::size_t n) const {
  std::size_t at = value(pointer) + 1;  // behind the quote
  for (std::size_t decoded = 0; decoded < n && at < json_.size() && json_[at] != '"'; ++decoded) {
    if (json_[at] != '\\') {
      ++at;
    } else {
      // \uHHHH may stand for up to three bytes; scripts are ASCII, so one is close enough.
      at += at + 1 < json_.size() && json_[at + 1] == 'u' ? 6U : 2U;
    }
  }
  return at;
}

std::string PositionIndex::child(const std::string& pointer, std::string_view name) {
  std::string out = pointer + "/";
  for (char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string PositionIndex::child(const std::string& pointer, std::size_t index) {
  return pointer + "/" + std::to_string(index);
}

void PositionIndex::skip_space() {
  while (at_ < json_.size() &&
         std::string_view(" \t\r\n").find(json_[at_]) != std::string_view::npos) {
    ++at_;
  }
}

std::string PositionIndex::read_string() {
  const std::size_t begin = at_++;
  while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2U : 1U;
  ++at_;
  const auto decoded = nlohmann::json::parse(json_.substr(begin, at_ - begin), nullptr, false);
  return decoded.is_string() ? decoded.get<std::string>() : std::string();
}

void PositionIndex::walk(const std::string& pointer) {
  skip_space();
  if (at_ >= json_.size()) return;
  places_[pointer].value = at_;
  if (json_[at_] == '{') {
    walk_object(pointer);
  } else if (json_[at_] == '[') {
    walk_array(pointer);
  } else if (json_[at_] == '"') {
    read_string();
  } else {
    while (at_ < json_.size() &&
           std::string_view(",]} \t\r\n").find(json_[at_]) == std::string_view::npos) {
      ++at_;
    }
  }
}

void PositionIndex::walk_object(const std::string& pointer) {
  ++at_;
  for (;;) {
    skip_space();
    if (at_ >= json_.size()) return;
    if (json_[at_] == ',') {
      ++at_;
      continue;
    }
    if (json_[at_] == '}') break;
    const std::size_t begin = at_;
    const std::string member = read_string();
    const std::string inner = child(pointer, member);
    if (places_.contains(inner) && !repeated_) {
      repeated_ = member;
      repeated_at_ = begin;
    }
    places_[inner].name = begin;
    skip_space();
    ++at_;  // the colon
    walk(inner);
  }
  ++at_;
}

void PositionIndex::walk_array(const std::string& pointer) {
  ++at_;
  for (std::size_t i = 0;;) {
    skip_space();
    if (at_ >= json_.size()) return;
    if (json_[at_] == ',') {
      ++at_;
      continue;
    }
    if (json_[at_] == ']') break;
    const std::string inner = child(pointer, i++);
    places_[inner].name = at_;
    walk(inner);
  }
  ++at_;
}

}  // namespace fault
