// An HTTP proxy in the virtual world, for tests of clients behind one: it relays tunnels (CONNECT),
// hands on requests in absolute form, misbehaves as told, and writes down all that it could read.
// A rig, not a proxy to be used: requests it hands on have a Content-Length or no body. Owner: a
// test. Thread: one owner. Must outlive the world's last event.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/world.h"

namespace proof {

/// What the proxy does with the n-th request that it is sent, be it CONNECT or another.
enum class ProxyAct : std::uint8_t {
  relays,
  relays_in_pieces,  ///< interim answers first, and each byte of the answer apart (CONNECT)
  refuses,           ///< 407 to CONNECT; relays others
  unavailable,       ///< 503 with a body to CONNECT; relays others
  resets,            ///< before any answer
  closes,            ///< FIN before any answer
  talks_garbage,
  says_too_much,  ///< bytes of its own behind the 200 to CONNECT; relays others
  stalls,         ///< never answers
  resets_later,   ///< once the tunnel is open; relays others
};

/// What the proxy answers CONNECT with. Empty: words of its own.
struct ProxyWords {
  std::string opening;
  std::string refusal;
  bool closes = false;  ///< behind the refusal
};

class ProxyRig {
 public:
  struct Request {
    std::uint64_t connection = 0;                      ///< serial of the client's, from 1
    std::string method, authority, authorization, id;  ///< X-Request-Id, if it could be read
    ProxyAct act = ProxyAct::relays;
  };
  /// Where the proxy finds host and port for that user (its Proxy-Authorization).
  using Find = std::function<std::optional<holdfast::PeerAddress>(std::string_view authority,
                                                                  std::string_view authorization)>;

  ProxyRig(holdfast::sim::World& world, const holdfast::PeerAddress& at, std::vector<ProxyAct> acts,
           ProxyWords words, Find find);
  ProxyRig(const ProxyRig&) = delete;
  ProxyRig& operator=(const ProxyRig&) = delete;

  const std::vector<Request>& requests() const { return requests_; }
  /// Every byte that clients sent, in the order it came, as the proxy reads it.
  const std::string& read() const { return read_; }
  /// What a client should not have sent, in words.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  using LinkId = holdfast::sim::LinkId;
  using End = holdfast::sim::End;
  struct Channel;
  struct Outlet {  // one end's output, written as the network takes it
    LinkId link;
    std::string flying, waiting;
    std::size_t left = 0;  // of `flying`
    bool last = false;     // then close
    bool gone = false;
  };
  struct Channel {
    std::uint64_t serial = 0;
    std::string input;  // of the client, not yet understood
    std::uint64_t content_left = 0;
    bool dialed = false;
    bool tunnel = false;
    bool deaf = false;
    bool resets = false;  // when the tunnel is open
    std::string authority, greeting;
    Outlet client, origin;
  };
  struct Inner final : holdfast::sim::Server {
    explicit Inner(ProxyRig& owner) : rig(owner) {}
    ProxyRig& rig;
    void accepted(LinkId link, const holdfast::PeerAddress& local,
                  const holdfast::PeerAddress& remote) override;
    void bytes(LinkId link, std::string_view bytes) override;
    void sent(LinkId link, std::size_t bytes) override;
    void eof(LinkId link) override;
    void reset(LinkId link) override;
  };
  struct Outer final : holdfast::sim::Dialer {
    explicit Outer(ProxyRig& owner) : rig(owner) {}
    ProxyRig& rig;
    void connected(LinkId link) override;
    void connect_failed(LinkId link, holdfast::ErrorCode error, int os_error) override;
    void bytes(LinkId link, std::string_view bytes) override;
    void sent(LinkId link, std::size_t bytes) override;
    void eof(LinkId link) override;
    void reset(LinkId link) override;
  };
  static std::uint64_t key(LinkId id) { return std::uint64_t{id.index} << 32 | id.generation; }

  void understand(Channel& channel);
  bool take_head(Channel& channel, const std::string& head);
  bool misbehave(Channel& channel, ProxyAct act, bool connect);
  bool dial(Channel& channel, const Request& request);
  void say(Outlet& outlet, End end, std::string_view bytes);
  void flush(Outlet& outlet, End end);
  void took(Outlet& outlet, End end, std::size_t bytes);
  void finish(Outlet& outlet, End end);
  void drop(Outlet& outlet, End end);

  holdfast::sim::World& world_;
  std::vector<ProxyAct> acts_;
  ProxyWords words_;
  Find find_;
  Inner inner_;
  Outer outer_;
  std::deque<Channel> channels_;
  std::map<std::uint64_t, Channel*> by_client_, by_origin_;
  std::vector<Request> requests_;
  std::string read_;
  std::vector<std::string> complaints_;
};

}  // namespace proof
