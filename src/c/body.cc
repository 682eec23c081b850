#include "c/body.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace holdfast::c {
namespace {

/// The user's source; released when its last reference is destroyed.
class Source {
 public:
  explicit Source(const BodyFunctions& functions) : functions_(functions) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() {
    if (functions_.release != nullptr) functions_.release(functions_.source);
  }

  /// Whether the source is at its first byte now; rewinds it if necessary.
  bool begin() {
    const bool again = std::exchange(begun_, false);
    return !again || (functions_.rewind != nullptr && functions_.rewind(functions_.source) == 0);
  }

  BodySource::Read read(char* into, std::size_t capacity) {
    using State = BodySource::State;
    begun_ = true;
    const std::int64_t said = functions_.read(functions_.source, into, capacity);
    if (said == HOLDFAST_BODY_END) return {State::end, 0};
    if (said == HOLDFAST_BODY_PENDING) return {State::pending, 0};
    // A function that returned more than `capacity` has written past the buffer.
    if (said < 0 || static_cast<std::uint64_t>(said) > capacity) return {State::failed, 0};
    return {State::more, static_cast<std::size_t>(said)};
  }

 private:
  BodyFunctions functions_;
  bool begun_ = false;
};

/// Reads the source for one attempt.
class Reader final : public BodySource {
 public:
  explicit Reader(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  bool open() override { return source_->begin(); }
  Read read(char* into, std::size_t capacity) override {
    opened_ = true;
    return source_->read(into, capacity);
  }
  std::string failure() const override {
    return opened_ ? "the body's read function failed" : "the body's rewind function failed";
  }

 private:
  std::shared_ptr<Source> source_;
  bool opened_ = false;
};

}  // namespace

Body body_of(const BodyFunctions& functions, std::int64_t length) {
  const auto known = length < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(length));
  auto source = std::make_shared<Source>(functions);
  if (functions.rewind == nullptr) {
    return Body::one_shot(std::make_unique<Reader>(std::move(source)), known);
  }
  return Body::factory([source = std::move(source)] { return std::make_unique<Reader>(source); },
                       known);
}

}  // namespace holdfast::c
