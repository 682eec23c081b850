// Well-formed exchanges, several at a time in any interleaving, with uploads that come in pieces
// and windows that open little by little, against a model: each response comes out as it was put
// in, each upload arrives as it was given, and all windows are whole again in the end.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/rng.h"
#include "wire/h2/session_rig.h"
#include "wire/h2/stream_table.h"

namespace holdfast::wire {
namespace {

struct Plan {
  bool upload = false;
  std::vector<std::string> pieces;  // of the upload
  int interims = 0;
  int status = 200;
  bool counted = false;
  std::string content;
  bool trailers = false;
  bool head_in_pieces = false;
};

std::string some_bytes(base::Rng& rng, std::size_t most) {
  std::string out(rng.between(0, most), '\0');
  for (char& c : out) c = static_cast<char>('a' + rng.between(0, 25));
  return out;
}

Plan any_plan(base::Rng& rng) {
  Plan plan;
  plan.upload = rng.chance(0.4);
  const auto pieces = rng.between(1, 4);
  for (std::uint64_t i = 0; plan.upload && i < pieces; ++i) {
    plan.pieces.push_back(some_bytes(rng, 6000) + "u");
  }
  plan.interims = static_cast<int>(rng.between(0, 2));
  plan.status = rng.chance(0.2) ? 204 : 200;
  plan.counted = rng.chance(0.5);
  if (plan.status == 200) plan.content = some_bytes(rng, 20'000);
  plan.trailers = rng.chance(0.3);
  plan.head_in_pieces = rng.chance(0.3);
  return plan;
}

/// One exchange: how far both of its directions are.
struct Exchange {
  Plan plan;
  std::uint32_t id = 0;
  std::size_t given = 0;    // pieces
  bool wants_piece = true;  // the last one was drained
  int interims = 0;
  bool head_sent = false;
  std::size_t sent = 0;
  bool ended = false;
  std::vector<std::string> expected;
};

class World {
 public:
  World(std::uint64_t seed, int count) : rng_(seed), talk_(policy()) {
    talk_.consuming = false;
    talk_.peer.compressing = true;
    talk_.receive(talk_.peer.settings({{kInitialWindow, 500}}));
    for (int i = 0; i < count; ++i) {
      Exchange x;
      x.plan = any_plan(rng_);
      exchanges_.push_back(std::move(x));
    }
  }

  void run() {
    for (int idle = 0; idle < 400; ++idle) {
      const std::size_t which = rng_.between(0, exchanges_.size() - 1);
      if (step(exchanges_[which])) idle = 0;
    }
    check();
  }

 private:
  static constexpr std::int64_t kWindow = 66'000;
  static Http2Policy policy() {
    Http2Policy policy;
    policy.stream_window_bytes = 8000;
    policy.connection_window_bytes = static_cast<std::uint32_t>(kWindow);
    return policy;
  }

  H2Cut cut() {
    const std::uint64_t most = rng_.chance(0.5) ? 100'000 : rng_.between(1, 50);
    return [this, most] { return static_cast<std::size_t>(rng_.between(1, most)); };
  }

  void pump() {
    const std::size_t before = talk_.raw_progress.size();
    talk_.pump(rng_.between(1, 40'000));
    for (std::size_t i = before; i < talk_.raw_progress.size(); ++i) {
      const H2Session::Progress& p = talk_.raw_progress[i];
      if (p.kind != H2Session::Progress::Kind::drained) continue;
      for (Exchange& x : exchanges_) {
        if (x.id == p.stream) x.wants_piece = true;
      }
    }
  }

  /// False if there was nothing to do.
  bool step(Exchange& x) {
    if (x.id == 0) {
      x.id = x.plan.upload ? talk_.post() : talk_.get();
      pump();
      return true;
    }
    switch (rng_.between(0, 4)) {
      case 0:
        return upload(x);
      case 1: {
        const std::uint64_t kept = talk_.unconsumed[x.id];
        if (kept == 0) return false;
        talk_.consume(x.id, rng_.between(1, kept));
        pump();
        return true;
      }
      case 2: {
        if (x.ended || !x.plan.upload) return false;
        const auto room = talk_.peer.client_initial_credit + talk_.peer.client_stream_credit[x.id];
        if (room > 500) return false;
        const auto bytes = static_cast<std::uint32_t>(rng_.between(1, 3000));
        talk_.receive(talk_.peer.window_update(x.id, bytes), cut());
        talk_.receive(talk_.peer.window_update(0, bytes), cut());
        pump();
        return true;
      }
      default:
        return respond(x);
    }
  }

  bool upload(Exchange& x) {
    if (x.given == x.plan.pieces.size() || !x.wants_piece) return false;
    x.wants_piece = false;
    const std::string& piece = x.plan.pieces[x.given++];
    talk_.session.give(x.id, piece, x.given == x.plan.pieces.size());
    pump();
    return true;
  }

  bool respond(Exchange& x) {
    if (x.ended) return false;
    const std::string id = " " + std::to_string(x.id);
    const Plan& plan = x.plan;
    if (x.interims < plan.interims) {
      ++x.interims;
      x.expected.push_back("interim" + id + " 103 link=a");
      talk_.receive(talk_.peer.headers(x.id, status(103, {{"link", "a"}})), cut());
    } else if (!x.head_sent) {
      send_head(x);
    } else if (x.sent < plan.content.size()) {
      return send_content(x);
    } else if (whole_upload(x)) {
      // Only now: what a peer may do with an upload it has not read is another test's matter.
      x.ended = true;
      x.expected.push_back("end" + id + (plan.trailers ? " t=1" : ""));
      talk_.receive(plan.trailers ? talk_.peer.headers(x.id, {{"t", "1"}}, true)
                                  : talk_.peer.data(x.id, {}, true),
                    cut());
    } else {
      return false;
    }
    pump();
    return true;
  }

  bool whole_upload(const Exchange& x) const {
    std::size_t size = 0;
    for (const std::string& piece : x.plan.pieces) size += piece.size();
    return talk_.peer.upload_of(x.id).size() == size;
  }

  void send_head(Exchange& x) {
    x.head_sent = true;
    Fields fields = status(x.plan.status, {{"x", std::to_string(x.id)}});
    std::string shown = "head " + std::to_string(x.id) + " " + std::to_string(x.plan.status) +
                        " x=" + std::to_string(x.id);
    if (x.plan.counted) {
      fields.emplace_back("content-length", std::to_string(x.plan.content.size()));
      shown += " content-length=" + std::to_string(x.plan.content.size());
    }
    x.expected.push_back(shown);
    talk_.receive(x.plan.head_in_pieces ? talk_.peer.headers_in_pieces(x.id, fields, false, 5)
                                        : talk_.peer.headers(x.id, fields),
                  cut());
  }

  bool send_content(Exchange& x) {
    const std::int64_t room =
        std::min(talk_.peer.credit, talk_.peer.initial_credit + talk_.peer.stream_credit[x.id]);
    const int padding = rng_.chance(0.2) ? static_cast<int>(rng_.between(0, 255)) : -1;
    if (room <= padding + 1) return false;
    const auto most = static_cast<std::uint64_t>(room - padding - 1);
    const std::size_t size =
        rng_.between(1, std::min<std::uint64_t>({most, x.plan.content.size() - x.sent, 16'000}));
    talk_.receive(talk_.peer.data(x.id, std::string_view(x.plan.content).substr(x.sent, size),
                                  false, padding),
                  cut());
    x.sent += size;
    pump();
    return true;
  }

  void check() {
    for (const auto& [id, bytes] : std::map(talk_.unconsumed)) talk_.consume(id, bytes);
    talk_.pump();
    RC_ASSERT(talk_.broken == "");
    RC_ASSERT(talk_.peer.client_kept_windows);
    RC_ASSERT(talk_.details.empty());
    RC_ASSERT(talk_.session.open_streams() == 0U);
    RC_ASSERT(talk_.peer.credit <= kWindow);
    RC_ASSERT(talk_.peer.credit > kWindow / 2);
    for (const Exchange& x : exchanges_) {
      RC_ASSERT(x.ended);
      std::string given;
      for (const std::string& piece : x.plan.pieces) given += piece;
      RC_ASSERT(talk_.peer.upload_of(x.id) == given);
      std::vector<std::string> got;
      std::string body;
      const std::string mark = " " + std::to_string(x.id);
      for (const std::string& event : talk_.events) {
        const std::size_t space = event.find(' ');
        if (space == event.npos) continue;
        if (event.compare(space, mark.size(), mark) != 0) continue;
        const std::size_t after = space + mark.size();
        if (after < event.size() && event[after] != ' ') continue;
        if (event.starts_with("body")) {
          body += event.substr(after + 1);
        } else {
          got.push_back(event);
        }
      }
      RC_ASSERT(got == x.expected);
      RC_ASSERT(body == x.plan.content);
    }
  }

  base::Rng rng_;
  H2Talk talk_;
  std::deque<Exchange> exchanges_;
};

RC_GTEST_PROP(H2Exchange, what_is_put_in_comes_out, ()) {
  const auto count = *rc::gen::inRange(1, 8);
  World world(*rc::gen::arbitrary<std::uint64_t>(), count);
  world.run();
}

RC_GTEST_PROP(H2StreamTableProperty, it_finds_what_it_holds_and_nothing_else, ()) {
  H2StreamTable table;
  std::map<std::uint32_t, H2Stream*> model;
  std::uint32_t next = 1;
  for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000))) {
    if (step % 5 < 3) {
      next += 2U * static_cast<std::uint32_t>(step % 4 == 0 ? step + 1 : 1);
      model[next] = &table.take(next);
    } else if (!model.empty()) {
      auto gone = model.begin();
      std::advance(gone, static_cast<std::size_t>(step) % model.size());
      table.release(*gone->second);
      model.erase(gone);
    }
    RC_ASSERT(table.size() == model.size());
    for (const auto& [id, stream] : model) RC_ASSERT(table.find(id) == stream);
    RC_ASSERT(table.find(next + 2) == nullptr);
    std::size_t seen = 0;
    table.each([&](H2Stream&) { ++seen; });
    RC_ASSERT(seen == model.size());
  }
}

}  // namespace
}  // namespace holdfast::wire
