#include "fault_server/admin/admin.h"

#include <algorithm>
#include <utility>

#include "fault_server/admin/answer.h"
#include "fault_server/admin/guard.h"
#include "fault_server/admin/page.h"
#include "fault_server/h1/connection.h"
#include "fault_server/script/json_nesting.h"
#include "fault_server/script/match.h"
#include "fault_server/script/values.h"
#include "fault_server/session/peer_shared.h"

namespace fault {

using admin::Json;
using admin::json_answer;
using admin::problem;

namespace {

constexpr std::string_view kVersion =
#ifdef HOLDFAST_VERSION
    HOLDFAST_VERSION;
#else
    "unknown";
#endif

// Whether the path is of this form; what stands for {name} goes into `id`.
bool fits(std::string_view form, std::string_view path, std::string& id) {
  const std::size_t open = form.find('{');
  if (open == std::string_view::npos) return form == path;
  if (!path.starts_with(form.substr(0, open)) || path.size() == open) return false;
  id = admin::decoded_path(path.substr(open));
  return true;
}

// Only what a browser's address line asks for gets the page (RFC 9110 §12.5.1 without weights).
bool wants_page(const Fields& headers) {
  const auto accept = header_value(headers, "Accept");
  return accept && accept->find("text/html") != std::string_view::npos;
}

// Here rather than at each route, so that a route added later is covered. A body that begins
// otherwise is a rule as a line, where brackets mean nothing.
std::optional<std::string> refuse_nesting(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (body[first] != '{' && body[first] != '[')) {
    return std::nullopt;
  }
  if (!nested_too_deeply(body)) return std::nullopt;
  return nesting_complaint();
}

std::optional<KillHow> parse_how(std::string_view word) {
  if (word == "rst") return KillHow::kRst;
  if (word == "fin") return KillHow::kFin;
  if (word == "goaway") return KillHow::kGoaway;
  if (word == "tls-alert") return KillHow::kTlsAlert;
  return std::nullopt;
}

}  // namespace

Admin::Admin(Peer& peer) : shared_(peer.shared()), peer_(peer) { shared_.admin = this; }

Admin::~Admin() { shared_.admin = nullptr; }

Plan Admin::answer(const Session& session, const Exchange& exchange, Now now) {
  Request request;
  request.method = exchange.head.method;
  request.path = exchange.path;
  request.path.remove_prefix(std::min(request.path.size(), std::string_view("/__fault/").size()));
  if (request.path.ends_with('/')) request.path.remove_suffix(1);
  request.query = exchange.query;
  request.body = exchange.kept_body;
  request.now = now;
  request.connection = session.serial();
  request.peer = session.peer();
  request.headers = &exchange.head.headers;
  request.asked = exchange.read_since;

  note_asker(request.connection, exchange.serial);

  Choice choice;
  Step pass;
  pass.action = ActionKind::kPass;
  PlanInput input;
  input.choice = &choice;
  input.step = &pass;
  input.answer = dispatch(std::move(request));
  input.context.request = &exchange.head;
  input.context.exchange = exchange.serial;
  input.context.wall = now.wall;
  input.context.closes = !exchange.head.keep_alive || shutdown_;
  if (const auto again = std::exchange(ask_again_, std::nullopt)) {
    Op op;
    op.kind = OpKind::kAskAgain;
    op.wait = *again;
    Plan plan;
    plan.ops.push_back(op);
    return plan;
  }
  const auto from = std::exchange(feed_from_, std::nullopt);
  if (from) {  // until the client leaves: its end is what ends the body
    pass.extra.emplace_back("length", "none");
    input.context.closes = true;
  }
  Plan plan = make_plan(std::move(input));
  if (from) {
    std::erase_if(plan.ops, [](const Op& op) {
      return op.kind != OpKind::kBytes && op.kind != OpKind::kHeadDone;
    });
    Op op;
    op.kind = OpKind::kFeed;
    op.count = *from;
    plan.ops.push_back(op);
  }
  return plan;
}

// A request that waits is asked again and again; it is still one.
void Admin::note_asker(std::uint64_t connection, std::uint64_t exchange) {
  constexpr std::size_t kMost = 1000;
  Asker& asker = askers_[connection];
  if (asker.last_exchange != exchange) ++asker.requests;
  asker.last_exchange = exchange;
  if (askers_.size() <= kMost) return;
  std::map<std::uint64_t, Asker> open;
  for (const ConnectionInfo& one : peer_.connections()) {
    if (const auto found = askers_.find(one.serial); found != askers_.end()) open.insert(*found);
  }
  askers_ = std::move(open);
}

Answer Admin::dispatch(Request request) {
  if (const auto why = refuse_stranger(request.method, *request.headers, request.peer)) {
    return problem(403, *why);
  }
  std::string methods;
  for (const Route& route : routes()) {
    if (!fits(route.info.path, request.path, request.id)) continue;
    // HEAD is GET without the body (RFC 9110 §9.3.2), which a stream that is all body has none of.
    const bool head = request.method == "HEAD" && route.info.method == "GET" &&
                      route.info.gives != "text/event-stream";
    if (route.info.method == request.method || head) {
      if (const auto why = refuse_nesting(request.body)) return problem(400, *why);
      Answer answer = (this->*route.answer)(request);
      answer.headers.emplace_back("Cache-Control", "no-store");
      answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
      return answer;
    }
    methods += (methods.empty() ? "" : ", ") + std::string(route.info.method);
  }
  return no_such_route(request, methods);
}

Answer Admin::no_such_route(const Request& request, const std::string& methods) {
  if (!methods.empty()) {
    Answer answer = problem(405, "/__fault/" + std::string(request.path) + " takes " + methods);
    answer.headers.emplace_back("Allow", methods);
    return answer;
  }
  Json list = Json::object();
  for (const Route& route : routes()) {
    list[std::string(route.info.method) + " /__fault/" + std::string(route.info.path)] =
        route.info.help;
  }
  if (request.path.empty()) return json_answer(200, Json{{"there is", list}});
  return json_answer(
      404, Json{{"error", "no '" + std::string(request.path) + "' here"}, {"there is", list}});
}

std::vector<RouteInfo> Admin::route_infos() {
  std::vector<RouteInfo> out;
  for (const Route& route : routes()) out.push_back(route.info);
  return out;
}

// The live page for browsers, the list of what there is for everybody else.
Answer Admin::index(const Request& request) {
  Answer answer;
  if (wants_page(*request.headers)) {
    const LivePage& page = live_page();
    answer = admin::typed(200, "text/html; charset=utf-8", page.html);
    answer.headers.emplace_back("Content-Security-Policy", page.policy);
    answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  } else {
    answer = no_such_route(request, "");
  }
  answer.headers.emplace_back("Vary", "Accept");
  return answer;
}

Answer Admin::health(const Request& request) {
  return json_answer(200, Json{{"ok", true},
                               {"generation", generation_},
                               {"seed", shared_.rules.scenario().seed},
                               {"connections", peer_.open_connections()},
                               {"journal", shared_.journal.last_seq()},
                               {"dropped", shared_.journal.dropped()},
                               {"resets", resets_},
                               {"started", shared_.start.wall.ns},
                               {"t_ns", shared_.since_start(request.now).ns}});
}

Answer Admin::version(const Request&) { return json_answer(200, Json{{"version", kVersion}}); }

Answer Admin::openapi(const Request&) {
  return admin::typed(200, "application/json", openapi_document(route_infos(), kVersion));
}

// RFC 8555 §9.1: one or more certificates in PEM.
Answer Admin::authority(const Request&) {
  return admin::typed(200, "application/pem-certificate-chain", peer_.certificates().ca_pem());
}

// "asking": it has asked nothing but this interface, so it is no client under test.
Answer Admin::get_connections(const Request&) {
  Json list = Json::array();
  for (const ConnectionInfo& one : peer_.connections()) {
    list.push_back(Json{{"conn", one.serial},
                        {"listener", one.listener},
                        {"peer", one.peer},
                        {"requests", one.requests},
                        {"bytes_in", one.bytes_in},
                        {"bytes_out", one.bytes_out}});
    const auto asker = askers_.find(one.serial);
    if (asker != askers_.end() && asker->second.requests >= one.requests) {
      list.back()["asking"] = true;
    }
  }
  return json_answer(200, list);
}

Answer Admin::delete_connection(const Request& request) {
  const auto serial = parse_count(request.id);
  if (!serial) return problem(400, "expected /__fault/connections/N with N from GET connections");
  const std::string word = query_value(request.query, "how").value_or("rst");
  const auto how = parse_how(word);
  if (!how) return problem(400, "found how=" + word + ", expected rst, fin, goaway or tls-alert");
  if (*serial == request.connection) return problem(409, "this is the connection that asks");
  for (const ConnectionInfo& one : peer_.connections()) {
    if (one.serial != *serial) continue;
    peer_.kill(one.id, *how, request.now);
    return json_answer(200, Json{{"closed", *serial}, {"how", word}});
  }
  return problem(404, "no open connection " + std::to_string(*serial));
}

Answer Admin::clock(const Request&) {
  return problem(
      409,
      "this server's time is that of its machine and cannot be moved; in the simulation, "
      "where it can, the test itself moves it");
}

Answer Admin::shut_down(const Request&) {
  shutdown_ = true;
  return json_answer(200, Json{{"ok", true}});
}

}  // namespace fault
