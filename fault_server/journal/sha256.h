// SHA-256 in pieces, for the journal: two bodies are the same when their digests are. By OpenSSL's
// libcrypto. Thread: one owner.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace fault {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The digest in lower-case hex. Nothing may be added afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace fault
