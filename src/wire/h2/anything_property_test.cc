// Anything a peer may do, sensible or not, in any order: it means the same however its bytes are
// cut, breaks nobody's contract, and wears no window away. And bytes that are spoilt on their way
// do no worse than end the connection.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/rng.h"
#include "wire/h2/session_rig.h"

namespace holdfast::wire {
namespace {

/// What, on which stream, and how much; read as whatever `perform` makes of it.
using Act = std::tuple<std::uint8_t, std::uint8_t, std::uint16_t>;

constexpr std::int64_t kPlayWindow = 70'000;
/// Never used up: how padding is cut decides when windows are opened, so a peer that goes to their
/// limit would do different things.
constexpr std::int64_t kWide = 1 << 24;

struct Play {
  explicit Play(H2Cut how, std::int64_t window = kPlayWindow)
      : talk(policy(window)), cut(std::move(how)) {
    talk.limits.max_interim_bytes = 200;
    talk.limits.max_header_count = 8;
    talk.limits.max_head_bytes = 2000;
  }
  static Http2Policy policy(std::int64_t window) {
    Http2Policy policy;
    policy.stream_window_bytes = static_cast<std::uint32_t>(window);
    policy.connection_window_bytes = static_cast<std::uint32_t>(window);
    return policy;
  }

  std::uint32_t pick(std::uint8_t which) const {
    return opened.empty() ? 1 : opened[which % opened.size()];
  }
  void send(const std::string& bytes) { talk.receive(bytes, cut); }
  void perform(const Act& act);
  void perform_bad(std::uint32_t id, std::uint16_t size);
  void perform_ours(unsigned what, std::uint32_t id, std::uint16_t size);
  bool lost() const { return !talk.events.empty() && talk.events.back().starts_with("error"); }
  /// After a GOAWAY and the last stream nothing is read any more.
  bool done() const {
    return lost() || (talk.session.going_away() && talk.session.open_streams() == 0);
  }

  H2Talk talk;
  H2Cut cut;
  std::vector<std::uint32_t> opened;
  const std::string piece = std::string(5000, 'u');
};

/// Malformed in ways that cost a stream.
void Play::perform_bad(std::uint32_t id, std::uint16_t size) {
  H2Peer& peer = talk.peer;
  switch (size % 7) {
    case 0:
      return send(peer.headers(id, {{"no", "status"}}, (size & 8) != 0));
    case 1:
      return send(peer.headers(id, status(101)));
    case 2:
      return send(peer.headers(id, status(200, {{"Upper", "x"}}), (size & 8) != 0));
    case 3:
      return send(peer.headers(id, status(200, {{"large", std::string(3000, 'l')}})));
    case 4:
      return send(peer.headers(id, {{"trailer", "1"}}, false));
    case 5:
      return send(peer.headers(id, status(102), true));
    default:
      return send(peer.headers(id, status(200, {{"content-length", "5"}}), (size & 8) != 0));
  }
}

/// What the caller does.
void Play::perform_ours(unsigned what, std::uint32_t id, std::uint16_t size) {
  switch (what) {
    case 0:
      opened.push_back(size % 2 == 0 ? talk.get() : talk.post());
      if (opened.back() == 0) opened.pop_back();
      return;
    case 1:
      return talk.session.give(id, std::string_view(piece).substr(0, size % 5000), size % 3 == 0);
    case 2:
      return talk.reset(id, size % 14);
    case 3:
      if (talk.unconsumed.count(id) != 0) talk.consume(id, talk.unconsumed[id] / (1 + size % 2));
      return;
    case 4:
      talk.consuming = size % 2 == 0;
      return;
    default:
      return talk.pump(1 + size);
  }
}

void Play::perform(const Act& act) {
  const auto [kind, which, size] = act;
  const std::uint32_t id = pick(which);
  H2Peer& peer = talk.peer;
  // A stream that has not left is idle to the peer, which cannot name it.
  if (kind % 20 >= 6) talk.pump();
  switch (kind % 20) {
    case 6:
    case 7:
      return send(peer.headers(id, status(200, {{"a", std::to_string(size)}}), size % 4 == 0));
    case 8:
      return send(peer.headers_in_pieces(id, status(100 + size % 500), size % 4 == 0, 3));
    case 9:
      return send(peer.headers(id, {{"t", "1"}}, true));
    case 10:
    case 11:
    case 12: {
      const std::size_t most = static_cast<std::size_t>(std::max<std::int64_t>(peer.credit, 0));
      const std::size_t bytes = std::min<std::size_t>(size % 16'000, most);
      const int padding = size % 5 == 0 && bytes + 256 < most && bytes < 16'000 ? size % 256 : -1;
      return send(peer.data(id, std::string(bytes, static_cast<char>('a' + which % 26)),
                            size % 7 == 0, padding));
    }
    case 13:
      return send(peer.rst(id, size % 15));
    case 14:
      return send(size % 8 == 0 ? peer.goaway(pick(which), size % 14) : peer.ping());
    case 15:
      return send(peer.window_update(size % 3 == 0 ? 0 : id, 1U + size));
    case 16:
      return send(peer.settings({{kInitialWindow, size}, {kMaxStreams, 1U + size % 50}}));
    case 17:
      return send(h2_frame(static_cast<std::uint8_t>(10 + size % 200), which, id, "noise"));
    case 18:
    case 19:
      return perform_bad(id, size);
    default:
      return perform_ours(kind % 20, id, size);
  }
}

std::vector<Act> any_acts() {
  std::vector<Act> acts = *rc::gen::resize(100, rc::gen::arbitrary<std::vector<Act>>());
  for (std::uint16_t i = 0; i < 4; ++i) acts.insert(acts.begin(), Act{0, 0, i});
  return acts;
}

RC_GTEST_PROP(H2Anything, it_means_the_same_however_it_is_cut, ()) {
  const std::vector<Act> acts = any_acts();
  const std::uint64_t seed = *rc::gen::arbitrary<std::uint64_t>();
  Play whole(h2_whole, kWide), by_byte(h2_by_byte, kWide);
  base::Rng rng(seed);
  Play cut([&rng] { return static_cast<std::size_t>(rng.between(1, 30)); }, kWide);
  for (const Act& act : acts) {
    for (Play* const play : {&whole, &by_byte, &cut}) play->perform(act);
    RC_ASSERT(whole.talk.broken == "");
    RC_ASSERT(by_byte.talk.broken == "");
    RC_ASSERT(whole.talk.events == by_byte.talk.events);
    RC_ASSERT(whole.talk.events == cut.talk.events);
    RC_ASSERT(whole.talk.details == by_byte.talk.details);
    RC_ASSERT(whole.talk.details == cut.talk.details);
  }
  RC_TAG(whole.lost() ? "lost" : "alive");
}

/// What the windows lack is what is unconsumed, and less than the half that is not yet said.
RC_GTEST_PROP(H2Anything, the_connections_window_is_never_worn_away, ()) {
  Play play(h2_whole);
  for (int round = 0; round < 3; ++round) {
    for (const Act& act : any_acts()) {
      play.perform(act);
      if (play.done()) return;
    }
    play.talk.pump();
    std::int64_t kept = 0;
    for (const auto& [id, bytes] : play.talk.unconsumed) kept += static_cast<std::int64_t>(bytes);
    RC_ASSERT(play.talk.peer.credit <= kPlayWindow);
    RC_ASSERT(play.talk.peer.credit + kept > kPlayWindow / 2);
    for (const std::uint32_t id : play.opened) play.talk.reset(id);
    play.talk.pump();
    if (play.done()) return;
    RC_ASSERT(play.talk.peer.credit > kPlayWindow / 2);
    RC_ASSERT(play.talk.session.open_streams() == 0U);
  }
}

RC_GTEST_PROP(H2Anything, the_client_keeps_within_the_peers_windows, ()) {
  Play play(h2_whole);
  play.talk.peer.client_initial_credit = 0;
  play.send(play.talk.peer.settings({{kInitialWindow, 100}}));
  for (const auto& [kind, which, size] : any_acts()) {
    // No change of the initial window: the peer's books only know one.
    if (kind % 20 != 16) play.perform({kind, which, size});
  }
  RC_ASSERT(play.talk.peer.client_kept_windows);
}

// --- Spoilt bytes --------------------------------------------------------------------------------

RC_GTEST_PROP(H2Anything, spoilt_bytes_end_the_connection_at_worst, ()) {
  H2Talk talk;
  for (int i = 0; i < 4; ++i) talk.get();
  talk.pump();
  talk.peer.compressing = true;
  std::string bytes;
  for (std::uint32_t id = 1; id <= 7; id += 2) {
    bytes += talk.peer.headers(id, status(200, {{"field", "value " + std::to_string(id)}}));
  }
  for (std::uint32_t id = 1; id <= 7; id += 2) {
    bytes += talk.peer.data(id, std::string(*rc::gen::inRange<std::size_t>(0, 300), 'd'));
    bytes += talk.peer.headers(id, {{"trailer", "t"}}, true);
  }
  const auto faults = *rc::gen::inRange(1, 5);
  for (int i = 0; i < faults; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        bytes[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
        break;
      case 2:
        bytes.erase(at, *rc::gen::inRange<std::size_t>(1, 30));
        break;
      default:
        bytes.insert(at, *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    }
    if (bytes.empty()) break;
  }
  base::Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  talk.receive(bytes, [&rng] { return static_cast<std::size_t>(rng.between(1, 100)); });
  // Views lie within what was given, so nothing is delivered that was not sent.
  RC_ASSERT(talk.broken == "");
  std::size_t delivered = 0;
  for (const std::string& event : talk.events) {
    if (event.starts_with("body")) delivered += event.size() - 7;
  }
  RC_ASSERT(delivered <= bytes.size());
  talk.pump();
}

RC_GTEST_PROP(H2Anything, arbitrary_frames_end_the_connection_at_worst, ()) {
  H2Talk talk;
  for (int i = 0; i < 4; ++i) talk.get();
  talk.pump();
  const auto count = *rc::gen::inRange(1, 30);
  for (int i = 0; i < count; ++i) {
    const auto type = static_cast<std::uint8_t>(*rc::gen::inRange(0, 12));
    const auto flags =
        *rc::gen::weightedElement<int>({{3, 0}, {3, 4}, {2, 5}, {2, 1}, {1, 8}, {1, 45}});
    const auto stream = static_cast<std::uint32_t>(*rc::gen::inRange(0, 9));
    talk.receive(h2_frame(type, flags, stream, *rc::gen::arbitrary<std::string>()));
    RC_ASSERT(talk.broken == "");
  }
  talk.pump();
}

}  // namespace
}  // namespace holdfast::wire
