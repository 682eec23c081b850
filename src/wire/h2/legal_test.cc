// Responses over HTTP/2 that are legal (invariant 63): some forms by name, and any that RFC 9113
// allows, from one stream or several at once, however the bytes are cut.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "wire/h2/response_arbitrary.h"
#include "wire/h2/session_rig.h"

namespace holdfast::wire {
namespace {

// --- A client that asks and writes down ----------------------------------------------------------

struct H2Round {
  std::vector<LegalH2Server::Asked> asked;
  LegalH2Server::Responses responses;
};

class H2Asker {
 public:
  /// Those that are answered early have a body, which is not sent before the responses have come.
  void ask(const std::vector<LegalH2Server::Asked>& requests) {
    asked_ = requests;
    heard = std::vector<Transcript>(requests.size());
    stopped = std::vector<bool>(requests.size());
    for (const LegalH2Server::Asked& request : requests) {
      H2RequestHead head;
      head.method = request.method;
      head.scheme = "https";
      head.authority = "host.example:443";
      head.target = "/";
      head.has_body = request.early;
      if (talk_.open(head, request.stream) != request.stream) broken = "another stream";
    }
    talk_.pump();
  }

  void receive(std::string_view bytes, const H2Cut& cut) {
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, cut());
      bytes.remove_prefix(piece.size());
      const std::string owned(piece);
      std::string_view input = owned;
      for (;;) {
        const H2Session::Event event = talk_.session.next(input, talk_.now);
        if (event == H2Session::Event::need_more) break;
        note(event);
        if (event == H2Session::Event::error) return;
      }
    }
    talk_.pump();
  }

  /// The rest of what the server has not declined.
  void finish() {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (asked_[i].early && !stopped[i]) talk_.session.give(asked_[i].stream, "rest", true);
    }
    talk_.pump();
    if (talk_.session.open_streams() != 0) broken = "a stream is left";
  }

  std::vector<Transcript> heard;  ///< as asked
  std::vector<bool> stopped;      ///< likewise: NO_ERROR behind the response
  bool goes_away = false;
  std::string broken;

 private:
  void note(H2Session::Event event) {
    using Event = H2Session::Event;
    if (event == Event::error) broken = talk_.session.detail();
    if (event == Event::goaway) goes_away = true;
    if (event == Event::settings || event == Event::pong || event == Event::goaway) return;
    const auto at = std::find_if(asked_.begin(), asked_.end(), [&](const auto& request) {
      return request.stream == talk_.session.stream();
    });
    if (event == Event::error || at == asked_.end()) return;
    Transcript& transcript = heard[static_cast<std::size_t>(at - asked_.begin())];
    switch (event) {
      case Event::interim:
        transcript.interims.push_back(copy(talk_.session.head()));
        break;
      case Event::head:
        transcript.heads.push_back(copy(talk_.session.head()));
        break;
      case Event::body:
        transcript.body += talk_.session.body();
        talk_.session.consume(at->stream, talk_.session.body().size());
        break;
      case Event::end:
        ++transcript.ends;
        transcript.trailers = fields_of(talk_.session.trailers());
        break;
      default:
        if (transcript.ends == 1 && at->early && talk_.session.code() == 0) {
          stopped[static_cast<std::size_t>(at - asked_.begin())] = true;
        } else {
          transcript.error = talk_.session.error();
          broken = talk_.session.detail();
        }
    }
  }

  static Transcript::Head copy(const ResponseHead& head) {
    return {head.status, head.http_major, head.http_minor, head.reason, fields_of(head.headers)};
  }

  H2Talk talk_;
  std::vector<LegalH2Server::Asked> asked_;
};

/// What came out wrong; empty: all is as it should be.
std::string h2_difference(const std::vector<H2Round>& rounds, const H2Cut& cut) {
  H2Asker client;
  for (const H2Round& round : rounds) {
    client.ask(round.asked);
    client.receive(round.responses.bytes, cut);
    for (std::size_t i = 0; i < round.asked.size(); ++i) {
      const std::string who =
          round.asked[i].method + " on " + std::to_string(round.asked[i].stream);
      if (client.heard[i] != round.responses.expected[i]) return who + ": " + client.broken;
      const bool stopped = round.responses.stopped[i];
      if (client.stopped[i] != stopped) return who + (stopped ? " is not" : " is") + " stopped";
    }
    if (client.goes_away != round.responses.goes_away) return "GOAWAY was not heard";
    client.finish();
    if (!client.broken.empty()) return client.broken;
  }
  return "";
}

// --- By name -------------------------------------------------------------------------------------

TEST(H2Legal, a_settings_frame_may_be_full) {
  H2Talk talk;
  const std::uint32_t id = talk.get();
  talk.pump();
  const std::vector<H2Peer::Setting> full(16'384 / 6, {kInitialWindow, 70'000});
  talk.exchange(talk.peer.settings(full) + talk.peer.headers(id, status(200), true));
  EXPECT_EQ(talk.events, (std::vector<std::string>{"settings", "head 1 200", "end 1"}));
  EXPECT_EQ(talk.peer.count(kGoaway), 0U);
}

TEST(H2Legal, full_settings_frames_are_a_flood_sooner_than_others) {
  for (const std::size_t settings : {1U, 16'384U / 6}) {
    Http2Policy policy;
    policy.flood_allowance = 200;
    H2Talk talk(policy);
    talk.get();
    talk.pump();
    const std::vector<H2Peer::Setting> list(settings, {kInitialWindow, 70'000});
    std::string frames;
    for (int i = 0; i < 4; ++i) frames += talk.peer.settings(list);
    talk.exchange(frames);
    EXPECT_EQ(talk.events.back().starts_with("error peer_flooding"), settings != 1);
  }
}

TEST(H2Legal, a_settings_frame_beyond_the_frame_size_is_no_flood) {
  H2Talk talk;
  talk.get();
  talk.pump();
  talk.exchange(h2_frame_head(0xff'ffff / 6 * 6, kSettings, kNone, 0) + "12");
  EXPECT_EQ(talk.events, (std::vector<std::string>{"error http2_error FRAME_SIZE_ERROR"}));
}

TEST(H2Legal, a_padded_head_with_a_priority_is_read_wherever_it_is_cut) {
  const Fields fields = status(200, {{"a", "b c"}, {"content-length", "2"}});
  const std::size_t block = H2Peer().block(fields).size();
  for (std::size_t at = 0; at <= block; ++at) {
    H2Talk talk;
    const std::uint32_t id = talk.get();
    talk.pump();
    const std::string all = talk.peer.block(fields);
    constexpr int kPriorityFlag = 0x20;
    const std::string first = "\x03" + h2_number(0, 4) + "\x10" + all.substr(0, at);
    talk.receive(h2_frame(kHeaders, kPadded | kPriorityFlag, id, first + std::string(3, '\0')) +
                     h2_frame(kContinuation, kNone, id, "") +
                     h2_frame(kContinuation, kEndHeaders, id, all.substr(at)) +
                     talk.peer.data(id, "ok", true, 200),
                 h2_by_byte);
    EXPECT_EQ(talk.events,
              (std::vector<std::string>{"head 1 200 a=b c content-length=2", "body 1 ok", "end 1"}))
        << at;
  }
}

// --- Any of them ---------------------------------------------------------------------------------

/// Up to three times, up to three requests at once, until the server goes away.
std::vector<H2Round> any_rounds(const Pick& pick) {
  static constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "CONNECT", "DELETE"};
  LegalH2Server server(pick);
  std::vector<H2Round> rounds;
  std::uint32_t next = 1;
  for (std::size_t n = 1 + pick(3); n > 0; --n) {
    H2Round& round = rounds.emplace_back();
    for (std::size_t requests = 1 + pick(3); requests > 0; --requests, next += 2) {
      const std::string method(kMethods[pick(std::size(kMethods))]);
      round.asked.push_back({next, method, method == "POST" && pick(2) == 1});
    }
    round.responses = server.respond(round.asked);
    if (round.responses.goes_away) break;
  }
  return rounds;
}

/// From everything in each case: rapidcheck widens ranges from case to case.
const Pick kH2ByRapidcheck = [](std::size_t bound) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, bound));
};

RC_GTEST_PROP(H2LegalProperty, inv_63_any_legal_responses_are_delivered_however_they_are_cut, ()) {
  const std::vector<H2Round> rounds = any_rounds(kH2ByRapidcheck);
  for (const H2Round& round : rounds) {
    for (std::size_t i = 0; i < round.asked.size(); ++i) {
      RC_LOG() << round.asked[i].method << " on " << round.asked[i].stream << ": "
               << round.responses.expected[i].heads[0].status << "\n";
    }
  }
  RC_ASSERT(h2_difference(rounds, h2_whole) == "");
  RC_ASSERT(h2_difference(rounds, h2_by_byte) == "");
  const H2Cut anywhere = [] { return 1 + *rc::gen::inRange<std::size_t>(0, 300); };
  RC_ASSERT(h2_difference(rounds, anywhere) == "");
}

Pick h2_pick_by(base::Rng& rng) {
  return [&rng](std::size_t bound) { return static_cast<std::size_t>(rng.between(0, bound - 1)); };
}

/// How often each element stands in these bytes, by a name that a failure shows.
void count_elements(std::string_view bytes, std::map<std::string, std::size_t>& counts) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (std::size_t size = 0; !bytes.empty(); bytes.remove_prefix(size)) {
    const std::size_t length = std::size_t{at(0)} << 16 | std::size_t{at(1)} << 8 | at(2);
    size = 9 + length;
    const unsigned type = at(3), flags = at(4);
    const bool padded = (flags & kPadded) != 0, priority = (flags & 0x20) != 0;
    ++counts["type " + std::to_string(std::min(type, 13U))];
    if (type == kData) {
      const std::size_t content = padded ? length - 1 - at(9) : length;
      const std::string_view shape = content == 0 ? "empty" : content == 16'384 ? "full" : "some";
      ++counts["DATA " + std::string(shape) + (padded ? " padded" : "") +
               ((flags & kEndStream) != 0 ? " ends" : "")];
    } else if (type == kHeaders) {
      const std::size_t block = 9U + (padded ? 1U : 0U) + (priority ? 5U : 0U);
      const std::size_t left = size - block - (padded ? at(9) : 0U);
      ++counts[std::string("HEADERS") + (padded ? " padded" : "") + (priority ? " priority" : "") +
               ((flags & kEndHeaders) != 0 ? " whole" : " in pieces")];
      if ((flags & kEndStream) != 0) ++counts["HEADERS ends"];
      if (left == 0) {
        ++counts["HEADERS empty"];
      } else if ((at(block) & 0xe0) == 0x20) {
        ++counts["HPACK size update"];
      } else {
        ++counts[(at(block) & 0x80) != 0 ? "HPACK by index" : "HPACK literal"];
      }
    }
  }
}

constexpr const char* kElements[] = {"DATA some",
                                     "DATA some padded",
                                     "DATA some ends",
                                     "DATA some padded ends",
                                     "DATA empty",
                                     "DATA empty padded",
                                     "DATA empty ends",
                                     "DATA empty padded ends",
                                     "DATA full",
                                     "HEADERS whole",
                                     "HEADERS in pieces",
                                     "HEADERS padded whole",
                                     "HEADERS padded in pieces",
                                     "HEADERS priority whole",
                                     "HEADERS padded priority in pieces",
                                     "HEADERS ends",
                                     "HEADERS empty",
                                     "HPACK size update",
                                     "HPACK by index",
                                     "HPACK literal",
                                     "interim",
                                     "trailers",
                                     "stopped",
                                     "gone away"};

/// A generator that reaches little proves little.
void expect_every_element(std::map<std::string, std::size_t>& counts) {
  for (const char* const element : kElements) EXPECT_GE(counts[element], 20U) << element;
  // Not PUSH_PROMISE (5). Types from 13 on belong to nobody.
  for (const int type : {0, 1, 2, 3, 4, 6, 7, 8, 9, 13}) {
    EXPECT_GE(counts["type " + std::to_string(type)], 50U) << type;
  }
  EXPECT_EQ(counts["type 5"] + counts["type 10"] + counts["type 11"] + counts["type 12"], 0U);
}

TEST(H2LegalProperty, inv_63_a_thousand_connections_of_legal_responses) {
  base::Rng rng(20261128);
  const Pick pick = h2_pick_by(rng);
  std::map<std::string, std::size_t> counts;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<H2Round> rounds = any_rounds(pick);
    const H2Cut cut = [&] { return 1 + pick(3000); };
    ASSERT_EQ(h2_difference(rounds, cut), "") << "connection " << i;
    for (const H2Round& round : rounds) {
      count_elements(round.responses.bytes, counts);
      if (round.responses.goes_away) ++counts["gone away"];
      for (std::size_t k = 0; k < round.asked.size(); ++k) {
        counts["interim"] += round.responses.expected[k].interims.size();
        if (!round.responses.expected[k].trailers.empty()) ++counts["trailers"];
        if (round.responses.stopped[k]) ++counts["stopped"];
      }
    }
  }
  expect_every_element(counts);
}

TEST(H2LegalProperty, inv_63_legal_responses_are_delivered_in_two_pieces_wherever_they_are_cut) {
  base::Rng rng(20261129);
  const Pick pick = h2_pick_by(rng);
  for (int tried = 0; tried < 10;) {
    std::vector<H2Round> rounds = any_rounds(pick);
    rounds.resize(1);
    const std::size_t size = rounds[0].responses.bytes.size();
    if (size > 1500) continue;
    ++tried;
    for (std::size_t at = 1; at < size; ++at) {
      bool first = true;
      const H2Cut cut = [&] { return std::exchange(first, false) ? at : size; };
      ASSERT_EQ(h2_difference(rounds, cut), "") << "at " << at;
    }
  }
}

}  // namespace
}  // namespace holdfast::wire
