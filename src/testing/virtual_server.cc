#include "testing/virtual_server.h"

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "fault_server/script/match.h"

namespace holdfast::testing {

namespace {

constexpr const char* kListener = "main";

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

fault::Scenario checked(fault::Scenario scenario) {
  const std::vector<std::string> complaints = fault::validate(scenario);
  if (complaints.empty()) return scenario;
  std::string text = "the rules cannot be played:";
  for (const std::string& one : complaints) text += "\n  " + one;
  refuse(text);
}

std::shared_ptr<const fault::CertificateKit> kit_for(const Url& origin, base::WallTime now) {
  if (origin.scheme() != "https") return nullptr;
  fault::CertificateWish wish;
  wish.names = {origin.host()};
  wish.key = fault::CertificateKey::kEd25519;
  wish.now = now;
  return std::make_shared<fault::CertificateKit>(wish);
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

}  // namespace

fault::Scenario scenario_of(const std::vector<std::string>& rules) {
  // Without any rule the fault server would serve its built-in paths, and 404 for all others.
  if (rules.empty()) return scenario_of(std::vector<std::string>{"200"});
  fault::Scenario scenario;
  for (const std::string& rule : rules) {
    if (const auto wrong = fault::add_rule_line(scenario, rule)) {
      refuse("the rule \"" + rule + "\": " + fault::to_string(*wrong));
    }
  }
  return scenario;
}

fault::Scenario scenario_of(std::string_view json) {
  fault::Parsed<fault::Scenario> scenario = fault::parse_scenario(json);
  if (!scenario) refuse("the scenario: " + fault::to_string(scenario.error()));
  return std::move(*scenario);
}

// --- Serving -------------------------------------------------------------------------------------

VirtualServer::VirtualServer(sim::World& world, const Url& origin, fault::Scenario scenario,
                             const ServerOptions& options, const PeerAddress& at)
    : origin_(origin.origin()),
      at_(at),
      options_(options),
      kit_(kit_for(origin, world.now().wall)),
      began_(world.clock().mono() - sim::Clock::kStart) {
  peer_ = std::make_unique<fault::PeerSim>(world, with_listener(std::move(scenario)),
                                           base::hash64(origin_, world.seed()) | 1, kit_);
  peer_->listen(kListener, at_);
}

fault::Scenario VirtualServer::with_listener(fault::Scenario scenario) const {
  fault::Listener listener;
  listener.id = kListener;
  if (is_secure()) {
    listener.tls_cert = options_.certificate;
    listener.tls_client_cert = options_.client_certificate;
    listener.alpn = options_.alpn;
  }
  scenario.listeners = {std::move(listener)};
  return checked(std::move(scenario));
}

void VirtualServer::replace(fault::Scenario scenario) {
  peer_->replace(with_listener(std::move(scenario)));
}

Certificates VirtualServer::certificates() const {
  return {kit_->ca_pem(), kit_->client_pem(), kit_->client_key_pem()};
}

// --- The journal ---------------------------------------------------------------------------------

void VirtualServer::append_seen(std::string_view method, std::string_view path,
                                std::vector<Seen>& to) const {
  using fault::EntryType;
  std::unordered_map<std::uint64_t, std::size_t> places;  // by exchange; only looked up
  for (const fault::Entry& entry : peer_->journal().entries()) {
    const Duration at = began_ + Duration(entry.t_ns);
    if (entry.type == EntryType::kReqHead) {
      if (!method.empty() && entry.method != method) continue;
      if (!path.empty() && !fault::glob_matches(path, path_of(entry.target))) continue;
      places.emplace(entry.exch, to.size());
      Seen& seen = to.emplace_back();
      seen.origin = origin_;
      seen.connection = entry.conn;
      seen.method = entry.method;
      seen.target = entry.target;
      for (const auto& [name, value] : entry.headers) seen.headers.add(name, value);
      seen.at = at;
      continue;
    }
    const auto place = places.find(entry.exch);
    if (place == places.end()) continue;
    Seen& seen = to[place->second];
    switch (entry.type) {
      case EntryType::kReqEnd:
        seen.whole = true;
        seen.body_bytes = entry.body_len;
        seen.body_sha256 = entry.body_sha256;
        break;
      case EntryType::kRule:
        seen.step = entry.step_text;
        break;
      case EntryType::kRespHead:
        seen.status = entry.status;
        break;
      case EntryType::kRespEnd:
        seen.answered = entry.complete;
        seen.answered_at = at;
        break;
      default:
        break;
    }
  }
}

std::uint64_t VirtualServer::count(fault::EntryType type) const {
  std::uint64_t count = 0;
  for (const fault::Entry& entry : peer_->journal().entries()) count += entry.type == type ? 1 : 0;
  return count;
}

}  // namespace holdfast::testing
