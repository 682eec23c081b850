#include "sim/resolver.h"

#include <algorithm>
#include <utility>

namespace holdfast::sim {

void Resolver::set_name(std::string_view name, std::vector<NameAnswer> answers) {
  names_[std::string(name)] = {std::move(answers), 0};
}

void Resolver::set_name(std::string_view name, std::vector<PeerAddress> addresses) {
  NameAnswer answer;
  answer.addresses = std::move(addresses);
  set_name(name, std::vector<NameAnswer>{std::move(answer)});
}

LookupId Resolver::resolve(Sink& sink, std::string_view name, std::uint16_t port) {
  static const NameAnswer kUnknown = {NameAnswer::Kind::not_found, {}};
  const NameAnswer* answer = &kUnknown;
  const auto found = names_.find(name);
  if (found != names_.end() && !found->second.answers.empty()) {
    Name& script = found->second;
    answer = &script.answers[script.next];
    if (script.next + 1 < script.answers.size()) ++script.next;
  }
  const LookupId id = lookups_.take();
  Lookup& lookup = lookups_[id];
  lookup.sink = &sink;
  lookup.kind = answer->kind;
  lookup.addresses = answer->addresses;
  for (PeerAddress& address : lookup.addresses) address.port = port;
  trace_.add(clock_.mono(), "dns", "look up", 0, port, name);
  if (answer->kind == NameAnswer::Kind::silence) return id;

  Event event;
  event.at =
      clock_.mono() +
      Duration(static_cast<std::int64_t>(rng_.between(
          static_cast<std::uint64_t>(answer->min_latency.count()),
          static_cast<std::uint64_t>(std::max(answer->min_latency, answer->max_latency).count()))));
  event.target = this;
  event.index = id.index;
  event.generation = id.generation;
  queue_.push(event);
  return id;
}

void Resolver::cancel(LookupId id) {
  if (lookups_.find(id) != nullptr) lookups_.erase(id);
}

void Resolver::fire(const Event& event) {
  const LookupId id{event.index, event.generation};
  Lookup* lookup = lookups_.find(id);
  if (lookup == nullptr) return;
  const Lookup answer = std::move(*lookup);
  lookups_.erase(id);
  ErrorCode error = ErrorCode::none;
  if (answer.kind == NameAnswer::Kind::not_found) error = ErrorCode::dns_not_found;
  if (answer.kind == NameAnswer::Kind::temporary) error = ErrorCode::dns_temporary;
  trace_.add(clock_.mono(), "dns", error == ErrorCode::none ? "found" : "failed", 0,
             answer.addresses.size());
  static const std::vector<PeerAddress> kNone;
  answer.sink->resolved(id, error == ErrorCode::none ? answer.addresses : kNone, error, 0);
}

}  // namespace holdfast::sim
