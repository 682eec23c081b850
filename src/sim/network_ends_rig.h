// Two ends of a link that record their events, for tests of the network alone, and a server that
// sends one fixed response to every request head. Thread: one owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/world.h"

namespace holdfast::sim {

inline PeerAddress ip(std::uint8_t last, std::uint16_t port = 80) {
  return PeerAddress{4, port, 0, {10, 0, 0, last}};
}

/// The record of either end.
struct Heard {
  std::vector<std::string> facts;
  std::string bytes;
  std::size_t sent = 0, reads = 0;
  LinkId link;
};

class RecordingServer final : public Server {
 public:
  explicit RecordingServer(World& world) : world_(world) {}
  bool refuses(const PeerAddress&, const PeerAddress&) override { return refusing; }
  void accepted(LinkId link, const PeerAddress&, const PeerAddress&) override {
    heard.link = link;
    heard.facts.emplace_back("accepted");
  }
  void bytes(LinkId, std::string_view bytes) override {
    heard.bytes += bytes;
    ++heard.reads;
  }
  void sent(LinkId, std::size_t bytes) override { heard.sent += bytes; }
  void eof(LinkId) override { heard.facts.emplace_back("eof"); }
  void reset(LinkId link) override {
    heard.facts.emplace_back("reset");
    world_.network().close(link, End::server);
  }
  Heard heard;
  bool refusing = false;

 private:
  World& world_;
};

class RecordingDialer final : public Dialer {
 public:
  void connected(LinkId) override { heard.facts.emplace_back("connected"); }
  void connect_failed(LinkId, ErrorCode error, int) override {
    heard.facts.emplace_back(name(error));
  }
  void bytes(LinkId, std::string_view bytes) override {
    heard.bytes += bytes;
    ++heard.reads;
  }
  void sent(LinkId, std::size_t bytes) override { heard.sent += bytes; }
  void eof(LinkId) override { heard.facts.emplace_back("eof"); }
  void reset(LinkId) override { heard.facts.emplace_back("reset"); }
  Heard heard;
};

/// Sends `answer` for each empty line and closes when the client does.
class AnsweringServer final : public Server {
 public:
  AnsweringServer(World& world, std::string answer) : world_(world), answer_(std::move(answer)) {}
  void accepted(LinkId link, const PeerAddress&, const PeerAddress&) override {
    if (seen_.size() <= link.index) seen_.resize(link.index + 1, 0);
    seen_[link.index] = 0;
  }
  void bytes(LinkId link, std::string_view bytes) override {
    static constexpr std::string_view kEnd = "\r\n\r\n";
    std::uint8_t& seen = seen_[link.index];
    for (const char c : bytes) {
      seen = static_cast<std::uint8_t>(c == kEnd[seen] ? seen + 1 : c == '\r' ? 1 : 0);
      if (seen < kEnd.size()) continue;
      seen = 0;
      ++requests;
      world_.network().write(link, End::server, answer_);
    }
  }
  void sent(LinkId, std::size_t) override {}
  void eof(LinkId link) override { world_.network().close(link, End::server); }
  void reset(LinkId link) override { world_.network().close(link, End::server); }
  std::uint64_t requests = 0;

 private:
  World& world_;
  std::string answer_;
  std::vector<std::uint8_t> seen_;
};

}  // namespace holdfast::sim
