// What a case may have beside retries and faults: redirects, coded contents, bodies that wait.
#include <algorithm>
#include <map>
#include <utility>

#include "proptests/simulation/gen.h"
#include "wire/content/decoder_rig.h"

namespace proof::gen {

namespace {

using holdfast::wire::coding_of;
using holdfast::wire::encode;
using holdfast::wire::encodings;

std::size_t one_of_first(std::size_t count) {
  return static_cast<std::size_t>(number(0, static_cast<std::int64_t>(count) - 1));
}

/// Puts a step somewhere among a rule's.
void put_in(fault::Rule& rule, fault::Step step) {
  std::vector<fault::Step>& steps = rule.script.steps;
  const auto at = static_cast<std::ptrdiff_t>(one_of_first(steps.size() + 1));
  steps.insert(steps.begin() + at, std::move(step));
}

fault::Step parsed_step(const std::string& text) {
  return scenario_of({"/x : " + text}).rules[0].script.steps[0];
}

// --- Redirects -----------------------------------------------------------------------------------

/// A way to say where one of the case's paths is, on the host that is asked or on one of all.
std::string some_location(const Case& c) {
  RequestPlan to;
  to.host = static_cast<std::uint32_t>(one_of_first(c.hosts.size()));
  to.path = "/p" + std::to_string(one_of_first(c.script.rules.size()));
  std::string url = url_of(c, to);
  switch (number(0, 4)) {
    case 0:
      return to.path;
    case 1:
      return url;
    case 2:
      return url.substr(url.find("//"));
    case 3:
      return to.path.substr(1);
    default:
      return "./x/.." + to.path + "#there";
  }
}

/// Values of Location that lead nowhere; one of none at all.
std::vector<std::string> some_bad_locations(const Case& c) {
  const std::string there = url_of(c, RequestPlan{});
  const std::string host = there.substr(there.find("//"));
  switch (number(0, 4)) {
    case 0:
      return {};
    case 1:
      return {"ftp:" + host};
    case 2:
      return {"http://[::1/"};
    case 3:
      return {"/p0", "/p1"};  // which of them?
    default:                  // down to cleartext, or up to a port where nobody listens
      return {(is_tls(c.transport) ? "http:" : "https:") + host};
  }
}

fault::Step some_redirect(const Case& c) {
  static constexpr int kStatuses[] = {302, 301, 303, 307, 308};
  fault::Step step = parsed_step("302" + (one_in(2) ? pace() : framing()));
  step.status = kStatuses[number(0, 4)];
  std::vector<std::string> where = {some_location(c)};
  if (one_in(8)) where = some_bad_locations(c);
  for (std::string& value : where) step.headers.emplace_back("Location", std::move(value));
  return step;
}

}  // namespace

void add_redirects(Case& c) {
  const auto most = [] { return static_cast<std::uint32_t>(number(0, 4)); };
  c.options.redirects = {!one_in(6), most(), false};
  c.options.redirects.allow_downgrade = c.options.redirects.follow && one_in(8);
  c.options.redirects.resend_unsafe = c.options.redirects.follow && one_in(4);
  c.options.default_headers = {{"Authorization", "Bearer of-the-client"}};
  for (fault::Rule& rule : c.script.rules) {
    for (std::int64_t left = number(0, 3); left > 0; --left) put_in(rule, some_redirect(c));
  }
  for (RequestPlan& request : c.requests) {
    if (one_in(4)) request.fields.emplace_back("Cookie", "own=1");
    if (!one_in(8)) continue;
    if (!request.policy) request.policy.emplace();
    request.policy->redirects = holdfast::RedirectPolicy{!one_in(3), most(), false};
  }
}

// --- Contents ------------------------------------------------------------------------------------

namespace {

/// Beyond the grace, and by more than the ratio, in every coding.
constexpr std::size_t kBombBytes = 300'000;
constexpr std::uint64_t kGraceBytes = 8 << 10, kMostRatio = 20;

/// By coding; making them takes longer than a case.
const std::string& bomb_of(const char* encoding) {
  static auto* const kBombs = new std::map<std::string, std::string>;
  std::string& bomb = (*kBombs)[encoding];
  if (bomb.empty()) bomb = encode(encoding, std::string(kBombBytes, 'x'));
  return bomb;
}

/// Nothing that the ratio is asked about, unless it is to expand.
fault::Step some_coded_answer(CodedByName& items) {
  const char* const encoding = encodings()[one_of_first(encodings().size())];
  const auto size = static_cast<std::size_t>(number(0, 4000));
  Coded item;
  item.content = holdfast::wire::sample(size, static_cast<std::uint64_t>(number(0, 1000)));
  item.coding = coding_of(encoding);
  std::string body = encode(encoding, item.content);
  item.flaw = static_cast<Coded::Flaw>(one_in(3) ? number(0, 3) : 0);
  switch (item.flaw) {
    case Coded::Flaw::none:
      break;
    case Coded::Flaw::cut:  // nothing at all would be no error
      body.resize(std::max<std::size_t>(1, body.size() * one_of_first(100) / 100));
      break;
    case Coded::Flaw::wrong:  // the one coding that begins with a number to tell it by
      item.coding = "gzip";
      body = "no gzip at all " + item.content;
      break;
    case Coded::Flaw::expands:
      item.content.assign(kBombBytes, 'x');
      body = bomb_of(encoding);
      break;
  }
  static constexpr const char* kAround[] = {
      "200",      "200",           "404", "503", "200 chunked=ok", "200 length=none",
      "truncate", "reset@body:50%"};
  fault::Step step = parsed_step(kAround[number(0, 7)]);
  answer_with(step, std::move(item), std::move(body), items);
  return step;
}

}  // namespace

void add_contents(Case& c) {
  c.options.decode.max_ratio = kMostRatio;
  c.options.decode.ratio_grace_bytes = kGraceBytes;
  for (fault::Rule& rule : c.script.rules) {
    for (std::int64_t left = number(1, 3); left > 0; --left) {
      put_in(rule, some_coded_answer(c.contents));
    }
  }
}

// --- Uploads -------------------------------------------------------------------------------------

void add_expectations(Case& c) {
  if (one_in(2)) c.options.timeouts.expect_continue = ms(1, 500);
  for (RequestPlan& request : c.requests) {
    if (request.body.kind != BodyPlan::Kind::none) request.expect = !one_in(3);
  }
}

}  // namespace proof::gen
