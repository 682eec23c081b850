#include "holdfast/body.h"

#include <utility>

#include "body/file_source.h"

namespace holdfast {

Body Body::factory(Factory make, std::optional<std::uint64_t> length) {
  Body body;
  body.kind_ = Kind::factory;
  body.factory_ = std::make_shared<Factory>(std::move(make));
  body.length_ = length;
  return body;
}

Body Body::file(std::string path) {
  return factory([path = std::move(path)] { return std::make_unique<http::FileSource>(path); });
}

Body Body::one_shot(std::unique_ptr<BodySource> source, std::optional<std::uint64_t> length) {
  Body body;
  body.kind_ = Kind::one_shot;
  body.source_ = std::make_shared<std::unique_ptr<BodySource>>(std::move(source));
  body.length_ = length;
  return body;
}

std::optional<std::uint64_t> Body::length() const noexcept {
  if (kind_ == Kind::bytes) return bytes_.size();
  if (kind_ == Kind::none) return 0;
  return length_;
}

std::unique_ptr<BodySource> Body::open() {
  if (kind_ == Kind::factory && factory_ != nullptr && *factory_) return (*factory_)();
  if (kind_ == Kind::one_shot && source_ != nullptr) return std::move(*source_);
  return nullptr;
}

}  // namespace holdfast
