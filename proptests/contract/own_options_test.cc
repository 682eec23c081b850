// The options of one request act as the client's do: each that a RequestPolicy can carry is set by
// name, once for the client and once for its requests, in a run that it changes. Both must change
// the run, and in the same way. A name that set_option() takes for a request and that has no row
// here is refused, so that no option of a request can be without effect.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/options_text.h"
#include "proptests/simulation/case.h"
#include "proptests/simulation/run_case.h"
#include "proptests/simulation/wire_view.h"
#include "wire/content/decoder_rig.h"

namespace proof {
namespace {

using holdfast::ClientOptions;
using holdfast::RequestPolicy;
using std::chrono::milliseconds;
using std::chrono::seconds;

// --- Runs ----------------------------------------------------------------------------------------

Case get(const std::string& script, Transport transport = Transport::h1) {
  Case c;
  c.transport = transport;
  c.script = scenario_of({"/p0 : " + script});
  RequestPlan request;
  request.path = "/p0";
  c.requests = {request};
  return c;
}

Case upload(const std::string& script, const std::string& method, std::uint32_t size) {
  Case c = get(script);
  c.requests.front().method = method;
  c.requests.front().body = {.kind = BodyPlan::Kind::bytes, .size = size};
  return c;
}

Case with(Case c, const char* name, const char* value) {
  EXPECT_FALSE(set_option(c.options, name, value).has_value()) << name << '=' << value;
  return c;
}

/// The second request comes when the first is over, or waits for its connection.
Case twice(Case c, Duration later) {
  c.requests.push_back(c.requests.front());
  c.requests.back().at = later;
  return c;
}

Case behind(HostPlan::Door door) {
  Case c = with(get("200"), "retry.max_attempts", "1");
  c.hosts.front().addresses = {door};
  return c;
}

Case redirected(const std::string& script) {
  Case c = get(script);
  c.script = scenario_of({"/p0 : " + script, "/p1 : 302 h.Location=/p2", "/p2 : 200"});
  return c;
}

/// By way of a proxy, which tells its users apart.
Case proxied(Transport transport) {
  Case c = get("200", transport);
  const std::string url = "http://a:pw@" + std::string(kProxy);
  c.options.proxy = {url, url, {}};
  c.proxy = ProxyPlan{{ProxyAct::relays}};
  return c;
}

/// Of a coding that announces the window it needs.
Case windowed() {
  Case c = get("200");
  const std::string content = holdfast::wire::sample(200'000, 1);
  for (const char* encoding : holdfast::wire::encodings()) {
    const std::string coding(holdfast::wire::coding_of(encoding));
    if (coding != "br" && coding != "zstd") continue;
    Coded item;
    item.content = content;
    item.coding = coding;
    answer_with(c.script.rules[0].script.steps[0], item, holdfast::wire::encode(encoding, content),
                c.contents);
    return c;
  }
  return c;
}

// --- What a run shows ----------------------------------------------------------------------------

/// All that one can see of it: attempts with their times, what was sent, what came of it.
std::string shown(const Case& c) {
  const Report report = run_case(c);
  std::string text;
  for (const Seen& seen : report.seen) {
    EXPECT_TRUE(seen.settled());
    if (!seen.settled()) continue;
    text += seen.timeline().to_string();
    text += seen.error ? seen.error->message() : std::to_string(seen.response->status);
    text += "\n";
    if (seen.response) text += std::to_string(seen.body().size()) + " bytes\n";
  }
  for (const fault::Entry& entry : report.journal) {
    if (entry.type == fault::EntryType::kConnOpen) text += "connection\n";
    if (entry.type != fault::EntryType::kReqHead) continue;
    text += entry.method + " " + entry.target + "\n";
    for (const auto& [name, value] : entry.headers) text += name + ": " + value + "\n";
  }
  for (const ProxyRig::Request& request : report.proxied) {
    text += "proxy: " + request.method + " " + request.authority + " as " + request.authorization +
            "\n";
  }
  return text;
}

struct OwnRow {
  const char* option;
  const char* value;
  Case run;
  bool of_client = true;  ///< false: run_case() sets the client's
};

std::vector<OwnRow> retries() {
  const Case fails = get("503; 503; 503; 200");
  const Case post = upload("503; 200", "POST", 10);
  Case keyed = post;
  keyed.requests.front().key = true;
  const Case decorrelated = with(fails, "retry.backoff.jitter", "decorrelated");
  Case raced = get("200");
  raced.script = scenario_of({"/first : 200 race=fin", "/p0 : 200"});
  raced.requests.insert(raced.requests.begin(), raced.requests.front());
  raced.requests.front().path = "/first";
  raced.requests.back().at = milliseconds(50);
  return {
      {"retry", "python_original", get("421; 200")},
      {"retry.max_attempts", "2", fails},
      {"retry.non_idempotent", "keyed", keyed},
      {"retry.generate_idempotency_key", "true", with(post, "retry.non_idempotent", "keyed")},
      {"retry.statuses", "418", get("418; 200")},
      {"retry.errors", "default,-connection_reset", get("reset; 200")},
      {"retry.pushback_fields", "x-retry", get("503 h.X-Should-Retry=false; 200")},
      {"retry.rate_limit_hints", "off", get("503 h.Retry-After-Ms=7000; 200")},
      {"retry.retry_misdirected", "off", get("421; 200")},
      {"retry.replay_stale", "off", raced},
      {"retry.backoff.base", "3s", fails},
      {"retry.backoff.max", "1s", fails},
      {"retry.backoff.jitter", "full", fails},
      {"retry.backoff.jitter_low", "0.1", fails},
      {"retry.backoff.jitter_high", "0.9", fails},
      {"retry.retry_after_statuses", "500", get("500 ra=7; 200")},
      {"retry.max_retry_after", "3s", get("503 ra=7; 200")},
      {"retry.retry_after_jitter", "0.5", get("503 ra=7; 200")},
  };
}

std::vector<OwnRow> times() {
  Case expects = upload("200", "PUT", 10);
  expects.requests.front().expect = true;
  expects.script.rules[0].script.steps[0].extra.emplace_back("read_rate", "0");
  Case two = twice(with(get("200 delay=1500ms"), "pool.max_connections", "1"), Duration{0});
  const Case trickle = with(get("200 body=random:60000 rate=4000"), "retry.max_attempts", "1");
  return {
      {"timeouts.connect", "100ms", behind(HostPlan::Door::black_hole)},
      {"timeouts.read", "700ms", with(get("stall"), "retry.max_attempts", "1")},
      {"timeouts.write", "700ms", upload("stall@reqbody:100; 200", "PUT", 4'000'000)},
      {"timeouts.pool", "300ms", two},
      {"timeouts.total", "2s", get("503")},
      {"timeouts.first_byte", "300ms", get("200 delay=500ms; 200")},
      {"timeouts.attempt", "1s", get("stall; 200")},
      {"timeouts.expect_continue", "300ms", expects},
      {"timeouts.min_bytes_per_second", "8000", trickle},
      {"timeouts.throughput_window", "3s", with(trickle, "timeouts.min_bytes_per_second", "8000")},
  };
}

std::vector<OwnRow> limits_and_codings() {
  const Case bomb = get("200 body=fill:500000 coding=gzip");
  const Case unwanted = get("503 body=random:30000 rate=60000; 200");
  return {
      {"limits.max_head_bytes", "100", get("200")},
      {"limits.max_header_count", "50", get("200 bad=many:100")},
      {"limits.max_body_bytes", "50", get("200 body=random:100")},
      {"limits.max_interim_bytes", "50", get("200 interim=103x5")},
      {"limits.drain_bytes", "100", unwanted},
      {"limits.drain_time", "100ms", unwanted},
      {"decode.enabled", "off", bomb},
      {"decode.max_ratio", "10", with(bomb, "decode.ratio_grace_bytes", "10000")},
      {"decode.ratio_grace_bytes", "10000", with(bomb, "decode.max_ratio", "10")},
      {"decode.max_window_bytes", "1024", windowed()},
  };
}

std::vector<OwnRow> ways() {
  const Case follows = with(redirected("302 h.Location=/p1"), "redirects.follow", "on");
  Case downgraded =
      with(get("302 h.Location=http://10.0.1.1/p1", Transport::h1_tls), "redirects.follow", "on");
  Case resent = with(redirected("307 h.Location=/p2"), "redirects.follow", "on");
  resent.requests.front().method = "POST";
  resent.requests.front().body = {.kind = BodyPlan::Kind::bytes, .size = 10};
  Case dotted = get("200");
  dotted.requests.front().path = "/elsewhere/../p0";
  return {
      {"redirects.follow", "on", redirected("302 h.Location=/p1")},
      {"redirects.max_redirects", "1", follows},
      {"redirects.allow_downgrade", "on", downgraded},
      {"redirects.resend_unsafe", "on", resent},
      {"path_as_is", "on", dotted},
      {"proxy", "none", proxied(Transport::h1)},
      {"proxy.http_proxy", "http://b:pw@10.1.0.1:8080", proxied(Transport::h1)},
      {"proxy.https_proxy", "http://10.9.9.9:8080", proxied(Transport::h1_tls)},
      {"proxy.no_proxy", "*", proxied(Transport::h1)},
      {"http2.use", "off", get("200", Transport::h2_tls), false},
      {"unix_socket", "/none", get("200")},
  };
}

std::vector<OwnRow> own_rows() {
  std::vector<OwnRow> rows = retries();
  for (const auto& more : {times(), limits_and_codings(), ways()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

TEST(OwnOptions, each_acts_for_one_request_as_it_does_for_a_client) {
  for (const OwnRow& row : own_rows()) {
    SCOPED_TRACE(std::string(row.option) + "=" + row.value);
    const std::string usual = shown(row.run);
    Case clients = row.run;
    ASSERT_FALSE(set_option(clients.options, row.option, row.value).has_value());
    Case own = row.run;
    for (RequestPlan& request : own.requests) {
      request.policy.emplace();
      ASSERT_FALSE(set_option(*request.policy, own.options, row.option, row.value).has_value());
    }
    EXPECT_NE(shown(own), usual) << "has no effect for a request";
    if (!row.of_client) continue;
    EXPECT_EQ(shown(own), shown(clients));
  }
}

/// Of one request alone: the next is as the client has it.
TEST(OwnOptions, each_acts_for_the_request_that_has_it_and_no_other) {
  for (const OwnRow& row : own_rows()) {
    if (row.run.requests.size() != 1) continue;
    SCOPED_TRACE(std::string(row.option) + "=" + row.value);
    Case both = twice(row.run, seconds(300));
    const std::string usual = shown(both);
    both.requests.front().policy.emplace();
    ASSERT_FALSE(
        set_option(*both.requests.front().policy, both.options, row.option, row.value).has_value());
    EXPECT_NE(shown(both), usual);
  }
}

TEST(OwnOptions, a_predicate_is_asked_about_its_own_request) {
  Case c = twice(get("503; 503"), seconds(300));
  c.requests.front().policy.emplace().retry.emplace();
  holdfast::RetryPolicy& retry = *c.requests.front().policy->retry;
  std::uint32_t asked = 0;
  retry.predicate_context = &asked;
  retry.predicate = [](const holdfast::RetryQuestion&, const void* context) noexcept {
    ++*static_cast<std::uint32_t*>(const_cast<void*>(context));
    return holdfast::RetryAdvice::stop;
  };
  const Report report = run_case(c);
  EXPECT_EQ(asked, 1U);
  EXPECT_EQ(report.seen[0].timeline().stop_reason(), holdfast::StopReason::predicate);
  EXPECT_EQ(report.seen[1].timeline().attempts(), 5U);
}

TEST(OwnOptions, a_proxy_is_checked_on_use_where_the_request_says_so) {
  Case c = get("200");
  holdfast::ProxyPolicy& proxy = c.requests.front().policy.emplace().proxy.emplace();
  proxy.https_proxy = "socks5://10.1.0.1";
  EXPECT_EQ(run_case(c).seen.front().error->code, holdfast::ErrorCode::invalid_option);
  proxy.check_on_use = true;
  EXPECT_TRUE(run_case(c).seen.front().response) << "the URL is of http";
}

TEST(OwnOptions, every_option_of_a_request_has_a_row) {
  std::set<std::string_view> rows = {"proxy.check_on_use"};  // tested above
  for (const OwnRow& row : own_rows()) rows.insert(row.option);
  for (const std::string_view name : holdfast::option_names()) {
    RequestPolicy policy;
    // A bad value of a request's own option has another remedy.
    const auto complaint = set_option(policy, ClientOptions(), name, "\x01");
    const bool clients = complaint && complaint->remedy == "set it when the client is made";
    EXPECT_EQ(rows.contains(name), !clients) << name;
  }
}

}  // namespace
}  // namespace proof
