#include "body/body_feed.h"

#include <utility>

namespace holdfast::http {

OpenedBody open_source(Body& body, std::unique_ptr<BodySource>& source) {
  OpenedBody opened;
  const bool one_shot = body.kind() == Body::Kind::one_shot;
  source = body.open();
  if (source == nullptr) {
    opened.why = one_shot ? "a one-shot body can be sent once, and this one has been sent before"
                          : "the body's factory returned no source";
    return opened;
  }
  opened.ok = source->open();
  if (!opened.ok) {
    opened.why = source->failure();
    if (opened.why.empty()) opened.why = "the body's source could not be opened";
    source.reset();
    return opened;
  }
  opened.repeatable = !one_shot && source->repeatable();
  const std::optional<std::uint64_t> measured = source->length();
  opened.length = body.length() ? body.length() : measured;
  if (measured && measured != opened.length) {
    opened.ok = false;
    opened.why = "the body's source has " + std::to_string(*measured) +
                 " bytes, and its Body says " + std::to_string(*opened.length);
    source.reset();
  }
  return opened;
}

OpenedBody BodyFeed::open(Body& body) {
  const bool keep = source_ != nullptr && !begun_ && !opened_.repeatable;
  if (keep) return opened_;
  source_.reset();  // destroyed before the next one opens, which may need what it holds
  begun_ = false;
  opened_ = open_source(body, source_);
  return opened_;
}

BodyFeed::Piece BodyFeed::next() {
  if (source_ == nullptr) return {BodySource::State::failed, {}};
  if (buffer_ == nullptr) buffer_ = std::make_unique<char[]>(kPiece);
  begun_ = true;
  const BodySource::Read read = source_->read(buffer_.get(), kPiece);
  if (read.state == BodySource::State::failed) {
    failure_ = source_->failure();
    return {read.state, failure_};
  }
  if (read.bytes > kPiece) {
    failure_ = "the body's source claims to have given more bytes than it was asked for";
    return {BodySource::State::failed, failure_};
  }
  return {read.state, {buffer_.get(), read.bytes}};
}

}  // namespace holdfast::http
