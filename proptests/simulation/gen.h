// Generators of cases; the one header that knows rapidcheck. Every choice is a value that
// rapidcheck can shrink, and every default lies at the simple end. Call these inside a property.
// Thread: one owner.
#pragma once

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proptests/simulation/case.h"

namespace proof {

/// A failing case is printed once, with what was found.
inline void showValue(const Case& c, std::ostream& out) {
  out << "seed " << c.seed << ", " << c.requests.size() << " requests: see below";
}

}  // namespace proof

namespace proof::gen {

/// A case built by `build` as one value, with all the choices it makes.
template <class Build>
Case made(Build build) {
  return *rc::gen::exec([build]() -> Case { return build(); });
}

/// [low, high], both included; shrinks towards low.
std::int64_t number(std::int64_t low, std::int64_t high);
Duration ms(std::int64_t low, std::int64_t high);
/// True about once in `n` times; shrinks towards false.
bool one_in(std::int64_t n);
std::uint64_t seed();

holdfast::RetryPolicy retry_policy();
holdfast::TimeoutPolicy timeout_policy();
holdfast::PoolPolicy pool_policy();
holdfast::Http2Policy http2_policy();
holdfast::sim::LinkProfile link();
holdfast::sim::DriverProfile driver();
BodyPlan body(bool any_kind = true);
HostPlan host();
/// A request to one of `hosts` and one of `paths`.
RequestPlan request(std::size_t hosts, std::size_t paths);
std::vector<Reaction> reactions();
/// One to `most` of them; any one can be shrunk away.
template <class Make>
std::vector<RequestPlan> requests(std::size_t most, Make make) {
  const auto one =
      rc::gen::resize(rc::kNominalSize, rc::gen::exec([make]() -> RequestPlan { return make(); }));
  const double share = static_cast<double>(most) / rc::kNominalSize;
  auto some = *rc::gen::scale(share, rc::gen::container<std::vector<RequestPlan>>(one));
  if (some.empty()) some.push_back(make());
  return some;
}

/// One step in its spelling: an answer, or any fault of the transport's protocols.
std::string step(Transport transport = Transport::h1);
/// A whole script of a rule.
std::string script(Transport transport = Transport::h1);
/// For a rule of connections.
std::string connection_script(Transport transport = Transport::h1);
/// Rules for /p0, /p1, …; per request, so that retries move on.
fault::Scenario scenario(std::size_t paths, Transport transport = Transport::h1);

// What may be added to a case (gen_more.cc); none of it to most.
/// Redirects between the script's paths and the case's hosts, followed or not.
void add_redirects(Case& c);
/// Answers under content codings: whole, cut, wrong, and such as expand to more than is allowed.
void add_contents(Case& c);
/// Bodies that wait for 100 (Continue).
void add_expectations(Case& c);

// What the field taught (gen_kinds.cc).
/// A body that takes some time to send.
BodyPlan upload();
/// A complete 2xx in the middle of an upload, after which the server does this (early=).
std::string early_step(std::string_view how);
/// Such responses, and uploads that meet them.
void add_early_responses(Case& c);
/// Dials and handshakes that hang or fail while many requests wait for them.
void add_hung_dials(Case& c);
/// Files on a disk that is slow: sources and stores that keep the loop, sources that have nothing
/// for long, and some that never have any more, of requests that a timeout or a shutdown ends.
void add_slow_disks(Case& c);
/// Consumers of an HTTP/2 case that pause, before other requests to their origin, with responses
/// that are larger than the windows.
void add_paused_consumers(Case& c);

/// How an answer may be slow, and how framed: modifiers of a step that answers.
std::string pace();
std::string framing();

/// Backoffs that no deadline leaves room for are refused: they come down to it.
void reconcile(Case& c);
/// Everything at once.
Case anything(Transport transport = Transport::h1);
/// Nothing special: quick links, one host that serves, no requests yet.
Case plain();

}  // namespace proof::gen
