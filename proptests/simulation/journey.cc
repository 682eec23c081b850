#include "proptests/simulation/journey.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "fault_server/journal/sha256.h"

namespace proof {

using holdfast::AttemptRecord;
using holdfast::ErrorCode;
using holdfast::same_name;
using holdfast::StopReason;

namespace {

void add_place(std::vector<Hop>& places, const Hop& place) {
  if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
}

/// RFC 9110 §15.4.2 to §15.4.4.
bool drops_the_body(int status, std::string_view method) {
  return status == 303 || ((status == 301 || status == 302) && method == "POST");
}

/// The one Location; empty if there is none, or if there are several that differ.
std::string one_location(const WireAttempt& message) {
  std::string location;
  for (const auto& [name, value] : message.answer_head->headers) {
    if (!same_name(name, "Location") || value == location) continue;
    if (!location.empty()) return {};
    location = value;
  }
  return location;
}

/// A reference as a request line has it (SPEC H7): generated ones hold no escapes.
std::string as_sent(const std::string& reference) {
  std::string text;
  for (const char c : reference) text += c == ' ' ? "%20" : c == '%' ? "%25" : std::string(1, c);
  return text;
}

bool is_credential(std::string_view name) {
  return name == "authorization" || name == "cookie" || name == "proxy-authorization";
}
bool is_of_content(std::string_view name) {
  return name.starts_with("content-") || name == "digest" || name == "repr-digest" ||
         name == "last-modified" || name == "idempotency-key" || name == "expect";
}
/// Judged by themselves, or the connection's.
bool is_apart(const Trial& trial, std::string_view name) {
  return name.starts_with(":") || name == "host" || name == "x-attempt" ||
         name == "transfer-encoding" || name == "connection" ||
         (name == "cookie" && trial.c.options.cookies);
}

}  // namespace

bool sends_elsewhere(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// --- The model -----------------------------------------------------------------------------------

Journey::Journey(const Trial& trial, std::size_t seen, Order order, AlsoFits also)
    : trial_(trial),
      seen_(trial.report.seen[seen]),
      plan_(trial.plan(seen_)),
      policy_(trial.c.redirects_of(plan_)),
      messages_(trial.wire.attempts_of(seen)),
      order_(order),
      also_(std::move(also)) {
  walk();
}

Hop Journey::first() const {
  const std::string url = url_of(trial_.c, plan_);
  const std::size_t host = url.find("://") + 3;
  Hop hop;
  hop.scheme = url.substr(0, host - 3);
  hop.host = url.substr(host, url.find('/', host) - host);
  hop.method = plan_.method;
  hop.path = plan_.path;
  return hop;
}

bool Journey::may_repeat(const std::string& method) const {
  const holdfast::RetryPolicy& retry = trial_.retry(seen_);
  return is_replayable_method(method) || (retry.non_idempotent == holdfast::NonIdempotent::keyed &&
                                          (plan_.key || retry.generate_idempotency_key));
}

/// All fields that the message has, or that it should have at that place, in an order of their own.
Journey::Fields Journey::fields_at(const Hop& hop, const WireAttempt& message) const {
  Fields fields;
  for (auto [name, value] : message.head->headers) {
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (is_apart(trial_, name)) continue;
    if (hop.crossed && is_credential(name)) continue;
    if (!hop.carries && is_of_content(name)) continue;
    fields.emplace_back(std::move(name), std::move(value));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

const char* Journey::content_mismatch(const Hop& hop, const WireAttempt& message) const {
  if (message.end == nullptr) return nullptr;
  const bool carries = hop.carries && plan_.body.kind != BodyPlan::Kind::none;
  if (carries && plan_.body.fails) return "a broken body passed off as whole";
  const std::string content = carries ? content_of(seen_.plan, plan_.body.size) : std::string();
  if (message.end->body_len != content.size()) return "length";
  if (!content.empty() && message.end->body_sha256 != fault::sha256_hex(content)) return "body";
  return nullptr;
}

/// What the message has that the request would not have sent there; null if it fits. Only the first
/// message says what the fields are: no other place can have been reached before.
const char* Journey::mismatch(const Hop& hop, const WireAttempt& message) const {
  if (message.head->target != hop.path) return "target";
  if (message.head->method != hop.method) return "method";
  std::string_view host = message.asked("Host");
  if (host.empty()) host = message.asked(":authority");
  if (host != hop.host) return "host";
  static const Hop kAll;
  if (fields_at(kAll, message) != fields_at(hop, *messages_.front())) return "fields";
  if (const char* what = content_mismatch(hop, message); what != nullptr) return what;
  return also_ ? also_(hop, message) : nullptr;
}

/// A one-shot body that is begun is gone. Whether it was when the answer came is certain only if it
/// was when the answer left.
bool Journey::body_is_gone(const WireAttempt& message) const {
  return plan_.body.kind == BodyPlan::Kind::one_shot && seen_.first_read &&
         *seen_.first_read <= message.answered_at();
}

/// SPEC H8: 307 and 308 alone, and each place once.
bool Journey::may_resend(int status, const Hop& hop, const Hop& next) const {
  return policy_.resend_unsafe && (status == 307 || status == 308) && next.url() != hop.url() &&
         hop.resent.count(next.url()) == 0;
}

/// RFC 9110 §15.4, SPEC R2, R8 and the policy. Locations end in a path of one segment.
Journey::Way Journey::way_from(const Hop& hop, const WireAttempt& message, Hop& next) const {
  const int status = message.answer_head == nullptr ? 0 : message.answer_head->status;
  if (!sends_elsewhere(status) || !policy_.follow) return Way::not_a_redirect;
  const std::string to = one_location(message);
  if (to.empty() || to.find("[::1/") != to.npos) return Way::invalid;
  if (to.starts_with("ftp:") || to.starts_with("data:")) return Way::unsupported;
  next = hop;
  ++next.hops;
  next.tries = 0;
  next.visited.insert(hop.host);
  const std::size_t slashes = to.find("//");
  if (slashes != to.npos) {
    const std::size_t path = to.find('/', slashes + 2);
    if (slashes != 0) next.scheme = to.substr(0, slashes - 1);
    next.host = to.substr(slashes + 2, path - slashes - 2);
  }
  const std::string path = to.substr(0, to.find('#'));
  next.path = "/" + as_sent(path.substr(path.rfind('/') + 1));
  if (hop.scheme == "https" && next.scheme == "http" && !policy_.allow_downgrade) {
    return Way::downgrade;
  }
  if (next.scheme != hop.scheme || next.host != hop.host) next.crossed = true;
  if (drops_the_body(status, hop.method)) {
    next.carries = false;
    if (hop.method != "HEAD") next.method = "GET";
  } else {
    if (!may_repeat(hop.method)) {
      if (!may_resend(status, hop, next)) return Way::refused;
      next.resent.insert(hop.url());
    }
    if (hop.carries && body_is_gone(message)) return Way::refused;
  }
  return hop.hops >= policy_.max_redirects ? Way::too_far : Way::on;
}

void Journey::walk() {
  std::vector<Hop> places = {first()};
  const std::uint32_t most = trial_.retry(seen_).max_attempts;
  for (const WireAttempt* message : messages_) {
    std::vector<Hop> fitting;
    const char* wrong = "sent too often";
    for (Hop place : places) {
      if (const char* what = mismatch(place, *message); what != nullptr) {
        wrong = what;
        continue;
      }
      if (order_ == Order::as_sent) {
        if (place.tries == most) continue;
        if (place.tries != 0 && !may_repeat(place.method)) continue;
        ++place.tries;
      }
      add_place(fitting, place);
    }
    if (fitting.empty()) {
      if (!told_) return;
      complaint_ = "its message " + message->head->method + " " + message->head->target +
                   " is none that it may send now: " + wrong;
      return;
    }
    if (order_ == Order::as_sent) places = fitting;
    for (const Hop& place : fitting) {
      Hop next;
      if (way_from(place, *message, next) == Way::on) add_place(places, next);
    }
    places_.push_back(std::move(fitting));
    const bool untold = is_h2(trial_.c.transport) && message->answer_head == nullptr;
    if (untold && order_ == Order::any) told_ = false;
  }
}

bool Journey::explains_outcome(const Hop& hop, const WireAttempt& message) const {
  if (hop.hops != seen_.timeline().last().hop) return false;
  Hop next;
  const Way way = way_from(hop, message, next);
  if (!seen_.response) return way == Way::too_far;
  if (seen_.response->final_url != (hop.hops == 0 ? std::string() : hop.url())) return false;
  // The one-shot body may have been begun while the answer was on its way.
  const bool begun_meanwhile = plan_.body.kind == BodyPlan::Kind::one_shot && hop.carries;
  switch (seen_.timeline().stop_reason()) {
    case StopReason::redirect_refused:
      return way == Way::refused || (begun_meanwhile && way != Way::not_a_redirect);
    case StopReason::redirect_invalid:
      return way == Way::invalid;
    case StopReason::redirect_unsupported:
      return way == Way::unsupported;
    case StopReason::redirect_downgrade:
      return way == Way::downgrade;
    default:
      return way == Way::not_a_redirect;
  }
}

bool Journey::explains_outcome() const {
  const std::size_t from = order_ == Order::as_sent && !places_.empty() ? places_.size() - 1 : 0;
  for (std::size_t m = from; m < places_.size(); ++m) {
    for (const Hop& hop : places_[m]) {
      if (explains_outcome(hop, *messages_[m])) return true;
    }
  }
  return false;
}

// --- Of timelines --------------------------------------------------------------------------------

std::vector<Leg> legs_of(const RequestPlan& plan, const holdfast::Timeline& timeline) {
  std::vector<Leg> legs;
  if (timeline.size() == 0 || (timeline.dropped() != 0 && timeline[0].hop != 0)) return legs;
  Leg leg{plan.method, true};
  for (std::size_t k = 0; k < timeline.size(); ++k) {
    if (k != 0 && timeline[k].hop != timeline[k - 1].hop &&
        drops_the_body(timeline[k - 1].status, leg.method)) {
      leg.carries = false;
      if (leg.method != "HEAD") leg.method = "GET";
    }
    legs.push_back(leg);
  }
  return legs;
}

std::vector<const WireAttempt*> messages_of(const Trial& trial, std::size_t seen) {
  const Seen& it = trial.report.seen[seen];
  if (!it.settled() || it.timeline().dropped() != 0) return {};
  const holdfast::Timeline& timeline = it.timeline();
  const auto& wire = trial.wire.attempts_of(seen);
  if (wire.size() == timeline.size()) return wire;
  std::vector<const WireAttempt*> found(timeline.size(), nullptr);
  if (!it.redirected() || !trial.wire.poisons().empty()) return found;
  const Journey journey(trial, seen, Journey::Order::any);
  if (!journey.complaint().empty() || !journey.is_told()) return found;
  for (std::size_t begin = 0; begin < timeline.size();) {
    const std::uint32_t hop = timeline[begin].hop;
    std::size_t end = begin;
    while (end < timeline.size() && timeline[end].hop == hop) ++end;
    std::vector<const WireAttempt*> certain;
    for (std::size_t m = 0; m < wire.size(); ++m) {
      const std::vector<Hop>& places = journey.places()[m];
      const auto here = [hop](const Hop& place) { return place.hops == hop; };
      if (std::all_of(places.begin(), places.end(), here)) certain.push_back(wire[m]);
    }
    if (certain.size() == end - begin) {
      std::copy(certain.begin(), certain.end(), found.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    begin = end;
  }
  return found;
}

// --- The judge -----------------------------------------------------------------------------------

namespace {

/// Hops follow answers at once, and each place has its own attempts.
void judge_hops(const Trial& trial, std::size_t index, Findings& findings) {
  const Seen& seen = trial.report.seen[index];
  const holdfast::Timeline& timeline = seen.timeline();
  const std::uint32_t most = trial.retry(seen).max_attempts;
  const auto say = [&](const char* what) { findings.add(index, what); };
  std::uint32_t tries = 0;
  for (std::size_t k = 0; k < timeline.size(); ++k) {
    const AttemptRecord& record = timeline[k];
    tries = k != 0 && timeline[k - 1].hop == record.hop ? tries + 1 : 1;
    if (tries > most) say("inv_13: tried a place too often");
    if (record.hop > trial.c.redirects_of(trial.plan(seen)).max_redirects) {
      say("followed more redirects than allowed");
    }
    if (record.number != k + 1 + timeline.dropped()) say("its attempts are not counted through");
    if (k == 0) {
      if (record.hop != 0 && timeline.dropped() == 0) say("began elsewhere");
      continue;
    }
    const AttemptRecord& before = timeline[k - 1];
    const bool redirect = before.error == ErrorCode::none && sends_elsewhere(before.status);
    if (record.hop != before.hop + (redirect ? 1 : 0)) say("its hops do not follow its answers");
    if (redirect && record.started - before.ended > trial.lateness()) say("waited for a hop");
    if (redirect && record.delay_source != holdfast::DelaySource::none) say("delayed a hop");
  }
  if (timeline.stop_reason() == StopReason::attempts_exhausted && tries != most &&
      timeline.dropped() == 0) {
    say("gave up before its attempts at the last place were used");
  }
}

}  // namespace

void judge_journey(const Trial& trial, std::size_t seen, Journey::Order order,
                   const Journey::AlsoFits& also, Findings& findings) {
  const Seen& it = trial.report.seen[seen];
  if (it.settled()) judge_hops(trial, seen, findings);
  // An answer that nobody asked for may pass for that of a request, whose own then is another's.
  if (!trial.wire.poisons().empty()) return;
  const Journey journey(trial, seen, order, also);
  if (!journey.complaint().empty()) return findings.add(seen, journey.complaint());
  if (!it.settled() || journey.places().empty() || !journey.is_told()) return;
  const bool too_far = it.error && it.error->code == ErrorCode::too_many_redirects;
  if ((it.response || too_far) && !journey.explains_outcome()) {
    findings.add(seen, "its outcome is not what its last answer calls for");
  }
}

}  // namespace proof
