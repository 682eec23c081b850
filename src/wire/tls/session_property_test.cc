// However the ciphertext is cut, the same comes of it; however it is damaged, nothing is believed
// that the peer did not say.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "wire/tls/session_rig.h"

namespace holdfast::wire {
namespace {

using Event = TlsSession::Event;

/// Made once: keys cost more than all else here.
struct House {
  RigCertificate root = make_authority();
  RigCertificate between = make_authority("Rig Between", &root);
  RigCertificate good = make_certificate({}, &between);
  RigCertificate expired = make_certificate({.from_days = -3, .until_days = -2}, &between);
  TlsContext context{rig_policy(root)};
};

House& house() {
  static House made;
  return made;
}

enum class Step { send, key_update, key_update_with_answer, close, damage, garbage };

struct Story {
  RigServerWish wish;
  bool offers_protocols = false;
  std::vector<std::pair<Step, std::string>> steps;
};

Story any_story() {
  Story story;
  story.wish.certificate =
      *rc::gen::element(true, true, true, false) ? &house().good : &house().expired;
  if (*rc::gen::element(true, true, true, false)) story.wish.chain = {&house().between};
  story.wish.max_version = *rc::gen::element(TLS1_2_VERSION, TLS1_3_VERSION);
  story.wish.tickets = *rc::gen::inRange<std::size_t>(0, 4);
  story.offers_protocols = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) story.wish.protocols = {"h2", "http/1.1"};
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    const Step step =
        *rc::gen::element(Step::send, Step::send, Step::send, Step::key_update,
                          Step::key_update_with_answer, Step::close, Step::damage, Step::garbage);
    story.steps.emplace_back(step, std::string(*rc::gen::inRange<std::size_t>(1, 3000), 'x'));
  }
  return story;
}

/// What a user of the session sees of it.
struct Seen {
  std::vector<Event> events;
  std::string received, detail, protocol;
  ErrorCode error;
  std::uint16_t version;
  bool server_heard;

  auto all() const {
    return std::tie(events, received, detail, protocol, error, version, server_heard);
  }
  friend bool operator==(const Seen& a, const Seen& b) { return a.all() == b.all(); }
};

std::string flight_of(RigConnection& server, Step step, const std::string& text, bool is_1_3) {
  switch (step) {
    case Step::send:
      server.send(text);
      return server.take();
    case Step::key_update:
    case Step::key_update_with_answer:
      if (is_1_3) server.key_update(step == Step::key_update_with_answer);
      return server.take();
    case Step::close:
      server.close_notify();
      return server.take();
    case Step::damage: {
      server.send(text);
      std::string flight = server.take();
      if (!flight.empty()) flight.back() = static_cast<char>(flight.back() ^ 0x40);
      return flight;
    }
    case Step::garbage:
      return text;
  }
  return {};
}

Seen live_through(const Story& story, const RigCut& cut) {
  const std::string_view protocols[] = {"h2", "http/1.1"};
  TlsTarget target = rig_target();
  if (story.offers_protocols) target.protocols = protocols;
  // A context of its own: what one run leaves behind must not help the next.
  TlsContext context(rig_policy(house().root));
  RigServer listener(story.wish);
  RigConnection server(listener);
  RigClient client(context, target);
  meet(client, server, cut);
  bool heard = false;
  if (client.session.established()) {
    for (const auto& [step, text] : story.steps) {
      if (client.ended()) break;
      const bool is_1_3 = story.wish.max_version == TLS1_3_VERSION;
      client.give(flight_of(server, step, text, is_1_3), cut);
      server.give(client.take());
    }
    if (client.session.error() == ErrorCode::none) server.give(client.seal("hello"));
    heard = server.received() == "hello";
  }
  return {client.events,
          client.received,
          client.session.detail(),
          std::string(client.session.protocol()),
          client.session.error(),
          client.session.version(),
          heard};
}

RC_GTEST_PROP(TlsSessionProperty, events_are_the_same_however_ciphertext_is_cut, ()) {
  const Story story = any_story();
  const Seen seen = live_through(story, &rig_whole);
  RC_TAG(std::string(seen.error == ErrorCode::none ? "well" : name(seen.error)));
  RC_ASSERT(live_through(story, &rig_byte_by_byte) == seen);
  const auto sizes = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 700)));
  std::size_t turn = 0;
  RC_ASSERT(live_through(story, [&](std::size_t) { return sizes[turn++ % sizes.size()]; }) == seen);
}

/// A handshake whose server flight number `which` (0: the first) has one bit changed at `where`
/// (from 0 to 1 of its bytes).
struct Tampered {
  explicit Tampered(int version)
      : listener(RigServerWish{
            .certificate = &house().good, .chain = {&house().between}, .max_version = version}),
        server(listener),
        client(house().context, rig_target()) {}
  RigServer listener;
  RigConnection server;
  RigClient client;
};

void flip(std::string& flight, std::size_t at) {
  flight[at] = static_cast<char>(flight[at] ^ (1 << *rc::gen::inRange(0, 8)));
}

void expect_sane_end(const RigClient& client) {
  const bool error = client.session.error() != ErrorCode::none;
  RC_ASSERT(error == (!client.events.empty() && client.events.back() == Event::error));
  RC_ASSERT(error != client.session.detail().empty());
  RC_ASSERT(ERR_peek_error() == 0U);
}

RC_GTEST_PROP(TlsSessionProperty, changed_handshake_never_ends_in_data_from_nobody, ()) {
  Tampered t(*rc::gen::element(TLS1_2_VERSION, TLS1_3_VERSION));
  bool changed = false;
  for (int round = 0; round < 4 && !t.client.ended(); ++round) {
    t.server.give(t.client.take());
    std::string flight = t.server.take();
    if (!flight.empty() && !changed && *rc::gen::arbitrary<bool>()) {
      changed = true;
      flip(flight, *rc::gen::inRange<std::size_t>(0, flight.size()));
    }
    t.client.give(flight);
  }
  RC_TAG(std::string(name(t.client.session.error())));
  expect_sane_end(t.client);
  RC_ASSERT(t.client.received.empty());
}

RC_GTEST_PROP(TlsSessionProperty, changed_finished_is_never_established, ()) {
  const int version = *rc::gen::element(TLS1_2_VERSION, TLS1_3_VERSION);
  Tampered t(version);
  t.server.give(t.client.take());
  if (version == TLS1_2_VERSION) {
    t.client.give(t.server.take());
    t.server.give(t.client.take());
  }
  std::string flight = t.server.take();
  const std::string_view finished = records_of(flight).back();
  RC_ASSERT(finished.size() > 5U);
  const auto start = static_cast<std::size_t>(finished.data() - flight.data());
  flip(flight, *rc::gen::inRange(start + 5, flight.size()));
  t.client.give(flight);
  RC_ASSERT(!t.client.session.established());
  RC_ASSERT(t.client.session.error() == ErrorCode::tls_handshake_failed);
}

RC_GTEST_PROP(TlsSessionProperty, left_out_or_doubled_record_is_never_established, ()) {
  Tampered t(*rc::gen::element(TLS1_2_VERSION, TLS1_3_VERSION));
  t.server.give(t.client.take());
  const std::string flight = t.server.take();
  const std::vector<std::string_view> records = records_of(flight);
  const auto chosen = *rc::gen::inRange<std::size_t>(0, records.size());
  const bool twice = *rc::gen::arbitrary<bool>();
  constexpr char kChangeCipherSpec = 20;
  RC_PRE(records[chosen][0] != kChangeCipherSpec);  // which TLS 1.3 ignores (RFC 8446 §D.4)
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i != chosen || twice) t.client.give(records[i]);
    if (i == chosen && twice) t.client.give(records[i]);
  }
  RC_ASSERT(!t.client.session.established() || t.client.session.error() != ErrorCode::none);
  expect_sane_end(t.client);
}

RC_GTEST_PROP(TlsSessionProperty, any_bytes_at_all_end_in_an_error_or_in_waiting, ()) {
  RigClient client(house().context, rig_target());
  std::string bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  // Most random bytes are no record at all; some should get further.
  if (*rc::gen::arbitrary<bool>()) {
    std::string head{*rc::gen::element<char>(20, 21, 22, 23), 3, 3, 0};
    head += static_cast<char>(bytes.size() & 0x7f);
    bytes.insert(0, head);
  }
  client.give(bytes);
  RC_ASSERT(!client.session.established());
  expect_sane_end(client);
}

}  // namespace
}  // namespace holdfast::wire
