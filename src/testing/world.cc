// The public API of a world, implemented by world_state.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "fault_server/admin/verify.h"
#include "holdfast/testing.h"
#include "testing/world_state.h"

namespace holdfast::testing {

namespace {

/// With a bandwidth limit, bytes travel in packets; without one, as they were written.
constexpr std::uint32_t kWhole = 64 * 1024, kPacket = 1460;

sim::LinkProfile profile_of(const Link& link) {
  sim::LinkProfile profile;
  const std::uint32_t usual = link.bytes_per_second == 0 ? kWhole : kPacket;
  profile.min_latency = link.latency;
  profile.max_latency = link.latency + link.jitter;
  profile.bytes_per_second = link.bytes_per_second;
  profile.max_segment = link.max_segment_bytes != 0 ? link.max_segment_bytes : usual;
  profile.min_segment = link.min_segment_bytes != 0 ? link.min_segment_bytes : profile.max_segment;
  profile.syn_lost = link.lost_connects;
  profile.reset_overtakes = link.resets_overtake;
  return profile;
}

}  // namespace

World::World(std::uint64_t seed) : state_(std::make_unique<detail::WorldState>(seed)) {}

World::~World() { state_->end(); }

// --- Servers, clients, network -------------------------------------------------------------------

void World::serve(std::string_view origin, const std::vector<std::string>& rules,
                  const ServerOptions& options) {
  state_->serve(origin, scenario_of(rules), options);
}

void World::serve_scenario(std::string_view origin, std::string_view json,
                           const ServerOptions& options) {
  state_->serve(origin, scenario_of(json), options);
}

Certificates World::certificates(std::string_view origin) const {
  const VirtualServer& server = state_->server(origin);
  if (!server.is_secure()) {
    throw std::invalid_argument(server.origin() + " is not https: it shows no certificate");
  }
  return server.certificates();
}

Client World::client(ClientOptions options) { return state_->client(std::move(options)); }

void World::set_link(const Link& link) { state_->world().network().set_profile(profile_of(link)); }

void World::set_host(std::string_view host, Host state) { state_->set_host(host, state); }

void World::fail_lookups(std::string_view host, const std::vector<Lookup>& answers) {
  state_->fail_lookups(host, answers);
}

// --- Time ----------------------------------------------------------------------------------------

Duration World::now() const { return state_->now(); }

void World::jump_calendar(Duration by) { state_->world().clock().jump_wall(by); }

std::uint64_t World::after(Duration wait, Function<void()> work) {
  return state_->after(wait, std::move(work));
}

bool World::cancel(std::uint64_t timer) { return state_->cancel(timer); }

bool World::run(Duration at_most) {
  return state_->run_until([this] { return !state_->busy(); }, at_most);
}

void World::run_for(Duration span) {
  const base::Instant end = state_->world().clock().mono() + span;
  state_->run_until([] { return false; }, span);
  if (!end.is_never()) state_->world().clock().advance_to(end);
}

bool World::run_until(Function<bool()> done, Duration at_most) {
  return state_->run_until(std::move(done), at_most);
}

// --- Queries -------------------------------------------------------------------------------------

Journal World::journal(std::string_view method, std::string_view path,
                       std::string_view origin) const {
  Journal journal;
  if (!origin.empty()) {
    state_->server(origin).append_seen(method, path, journal.requests);
    return journal;
  }
  for (const auto& server : state_->servers()) server->append_seen(method, path, journal.requests);
  std::stable_sort(journal.requests.begin(), journal.requests.end(),
                   [](const Seen& a, const Seen& b) { return a.at < b.at; });
  return journal;
}

std::uint64_t World::connections(std::string_view origin) const {
  return state_->server(origin).count(fault::EntryType::kConnOpen);
}

std::uint64_t World::refusals(std::string_view origin) const {
  return state_->server(origin).count(fault::EntryType::kConnRefused);
}

std::string World::journal_ndjson(std::string_view origin) const {
  std::string text;
  for (const fault::Entry& entry : state_->server(origin).journal().entries()) {
    text += fault::to_json_line(entry) + "\n";
  }
  return text;
}

std::vector<std::string> World::verify(std::string_view origin, std::string_view question) const {
  fault::Verification verdict = fault::verify_journal(state_->server(origin).journal(), question);
  if (!verdict.problem.empty()) throw std::invalid_argument("the question: " + verdict.problem);
  return std::move(verdict.failures);
}

std::uint64_t World::trace_hash() const { return state_->world().trace().hash(); }

std::string World::trace(std::size_t lines) const { return state_->world().trace().tail(lines); }

std::string World::failure_report(std::size_t lines) const {
  char began[96];
  std::snprintf(began, sizeof began, "a world of seed %llu, after %.6f s\n",
                static_cast<unsigned long long>(state_->world().seed()),
                static_cast<double>(now().count()) / 1e9);
  std::string text = began;
  text += "what the servers saw:\n" + journal().to_string();
  text += "what happened last:\n" + trace(lines);
  for (const std::string& breach : state_->violations()) {
    text += "a bug in holdfast itself: " + breach + "\n";
  }
  return text;
}

}  // namespace holdfast::testing
