// What the field taught (docs/kinds.md): responses that come in the middle of an upload, dials that
// hang or fail while others wait, and consumers that pause.
#include <algorithm>
#include <string>

#include "fault_server/script/line.h"
#include "proptests/simulation/gen.h"

namespace proof::gen {

BodyPlan upload() {
  BodyPlan body;
  body.kind = static_cast<BodyPlan::Kind>(number(1, 3));
  body.size = static_cast<std::uint32_t>(number(500, one_in(4) ? 60'000 : 6000));
  body.known_length = !one_in(2);
  // Pieces with pauses between them, so that a response can come while the upload goes on.
  body.piece = body.size / static_cast<std::uint32_t>(number(2, 30)) + 1;
  body.pending_every = static_cast<std::uint32_t>(number(1, 3)) + 1;
  return body;
}

std::string early_step(std::string_view how) {
  static constexpr const char* kAfter[] = {"0", "1", "100", "700", "3k", "20k"};
  static constexpr const char* kContents[] = {" body=text:taken", " body=random:3000", " body=none",
                                              " body=fill:200 chunked=ok"};
  std::string step = one_in(4) ? "201" : "200";
  step += " early=" + std::string(how);
  step += std::string(" early_after=") + kAfter[number(0, 5)];
  step += kContents[number(0, 3)];
  if (one_in(4)) step += " chunk=50/5ms";
  if (one_in(6)) step += " delay=20ms";
  if (one_in(8)) step += " says=close";
  return step;
}

void add_early_responses(Case& c) {
  static constexpr const char* kHow[] = {"drain", "drain", "drain", "close", "reset"};
  for (fault::Rule& rule : c.script.rules) {
    std::vector<fault::Step>& steps = rule.script.steps;
    for (std::int64_t left = number(1, 2); left > 0; --left) {
      const auto at = number(0, static_cast<std::int64_t>(steps.size()));
      steps.insert(
          steps.begin() + at,
          scenario_of({"/x : " + early_step(kHow[number(0, 4)])}).rules[0].script.steps[0]);
    }
  }
  for (RequestPlan& request : c.requests) {
    const bool takes_body = request.method != "HEAD" && request.method != "OPTIONS";
    if (takes_body && (request.body.kind != BodyPlan::Kind::none || one_in(3))) {
      request.body = upload();
    }
    if (!request.streaming) request.storing = one_in(4);
  }
  if (one_in(2)) c.link.send_buffer = static_cast<std::uint32_t>(number(500, 4000));
  // Byte by byte, a long body is many events that show nothing new.
  const std::uint32_t least = std::min(c.link.max_segment, c.link.max_read);
  const std::uint32_t most = std::max(500U, std::min(60'000U, least * 40));
  for (RequestPlan& request : c.requests) request.body.size = std::min(request.body.size, most);
}

void add_hung_dials(Case& c) {
  static constexpr const char* kTls[] = {"stall@tls; pass",      "stall@tls x2; pass",
                                         "p=.3 stall@tls; pass", "reset@tls; pass",
                                         "close@tls x2; pass",   "tls.garbage; pass"};
  if (is_tls(c.transport)) c.tls_script = kTls[number(0, 5)];
  if (!is_tls(c.transport) || one_in(3)) {
    HostPlan& host =
        c.hosts[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(c.hosts.size()) - 1))];
    host.addresses.front() = static_cast<HostPlan::Door>(number(1, 3));
  }
  // Many of them at once, so that others wait for what fails.
  const Duration at = ms(0, 500);
  for (RequestPlan& request : c.requests) {
    if (!one_in(3)) request.at = at + std::chrono::microseconds(number(0, 3000));
  }
}

void add_slow_disks(Case& c) {
  for (RequestPlan& request : c.requests) {
    BodyPlan& body = request.body;
    const bool kept = body.kind == BodyPlan::Kind::none || body.kind == BodyPlan::Kind::bytes;
    const holdfast::TimeoutPolicy& timeouts = c.timeouts_of(request);
    const bool ends = timeouts.total != holdfast::kOff || timeouts.attempt != holdfast::kOff ||
                      (c.shut_down_at && !c.gracefully);
    if (!kept && ends && one_in(2)) {
      body.hangs_after = static_cast<std::uint32_t>(number(0, body.size));
    }
    if (!kept && body.pending_every != 0) body.pending_for = ms(1, 5000);
    if (!kept && one_in(3)) body.disk = ms(1, 1000);
    if (!request.streaming && one_in(2)) {
      request.storing = true;
      request.disk = ms(1, 1000);
    }
  }
}

void add_paused_consumers(Case& c) {
  c.options.http2.stream_window_bytes = c.options.http2.connection_window_bytes = 65'535;
  // In tiny pieces, so large a response is many events that show nothing new.
  c.link.max_segment = std::max(c.link.max_segment, 4000U);
  c.link.min_segment = std::max(c.link.min_segment, 1000U);
  c.link.max_read = std::max(c.link.max_read, 4000U);
  c.link.send_buffer = std::max(c.link.send_buffer, 8000U);
  fault::add_rule_line(c.script, "/large : 200 body=fill:80000");
  const RequestPlan other = c.requests[static_cast<std::size_t>(
      number(0, static_cast<std::int64_t>(c.requests.size()) - 1))];
  for (std::int64_t left = number(1, 3); left > 0; --left) {
    RequestPlan request;
    request.at = std::max(Duration{0}, other.at - std::chrono::microseconds(number(0, 400'000)));
    request.host = other.host;
    request.path = "/large";
    request.streaming = true;
    request.reactions = {{one_in(2) ? Reaction::When::on_body : Reaction::When::on_head,
                          Reaction::Act::pause, ms(500, 20'000)}};
    c.requests.push_back(request);
  }
  if (one_in(2)) return;
  // Nothing else goes wrong, so that the others have responses due.
  fault::add_rule_line(c.script,
                       "/small : 200 body=random:2000; 503; 200 delay=20ms body=text:late; loop");
  c.script.connections.clear();
  for (std::int64_t left = number(2, 6); left > 0; --left) {
    RequestPlan request;
    request.at = other.at + std::chrono::microseconds(number(0, 800'000));
    request.host = other.host;
    request.streaming = one_in(3);
    c.requests.push_back(request);
  }
  for (RequestPlan& request : c.requests) {
    if (request.path != "/large") request.path = "/small";
  }
}

}  // namespace proof::gen
