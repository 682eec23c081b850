// The SHA-256 of bytes as they come, for --json. One owner.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace holdfast::cli {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::string_view bytes);
  /// Lower-case hex; ends the computation.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace holdfast::cli
