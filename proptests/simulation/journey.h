// Where a request may have been on its way through redirects: a model that knows RFC 9110 §15.4 and
// SPEC F4 and nothing of the client. At each message of the journal it keeps every place that the
// request may be at, since a server cannot know whether its answer was received. Points into a
// trial, which must outlive it. Thread: any (read only).
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proptests/simulation/checks.h"

namespace proof {

/// What a request may be at some time.
struct Hop {
  std::string scheme, host, method, path;
  bool carries = true;   ///< its body is (still) its own
  bool crossed = false;  ///< it has been at another origin
  std::uint32_t hops = 0;
  std::uint32_t tries = 0;        ///< messages sent to this place; counted as_sent only
  std::set<std::string> visited;  ///< hosts that have sent it on
  std::set<std::string> resent;   ///< URLs that `resend_unsafe` has sent it on from

  std::string url() const { return scheme + "://" + host + path; }
  friend bool operator==(const Hop&, const Hop&) = default;
};

class Journey {
 public:
  /// Whether messages reach the server in the order in which they were sent. One whose client has
  /// given it up may be read long after its retry, by a server or over a link that is slow; where
  /// that can be, tries are not counted by messages.
  enum class Order : std::uint8_t { as_sent, any };
  /// What the caller knows of messages beside; null if the message fits the place.
  using AlsoFits = std::function<const char*(const Hop&, const WireAttempt&)>;

  Journey(const Trial& trial, std::size_t seen, Order order, AlsoFits also = {});

  /// The places that each message, in the journal's order, may have been sent to. Ends before the
  /// first that none of them explains, of which complaint() speaks.
  const std::vector<std::vector<Hop>>& places() const { return places_; }
  const std::string& complaint() const { return complaint_; }

  /// Whether the journal has every answer that may have been received. One that was still in the
  /// network's buffers when its HTTP/2 connection was closed is not in it, and may have been a
  /// redirect: what follows is not known then.
  bool is_told() const { return told_; }

  /// refused: for its method or body; the others as the stop reasons.
  enum class Way : std::uint8_t {
    not_a_redirect,
    invalid,
    unsupported,
    downgrade,
    refused,
    too_far,
    on,
  };
  /// Where the message's answer sends the request that was at `hop`.
  Way way_from(const Hop& hop, const WireAttempt& message, Hop& next) const;
  /// Whether the answer to one of the messages calls for what became of the request.
  bool explains_outcome() const;

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  Hop first() const;
  void walk();
  const char* mismatch(const Hop& hop, const WireAttempt& message) const;
  const char* content_mismatch(const Hop& hop, const WireAttempt& message) const;
  Fields fields_at(const Hop& hop, const WireAttempt& message) const;
  bool may_repeat(const std::string& method) const;
  bool may_resend(int status, const Hop& hop, const Hop& next) const;
  bool body_is_gone(const WireAttempt& message) const;
  bool explains_outcome(const Hop& hop, const WireAttempt& message) const;

  const Trial& trial_;
  const Seen& seen_;
  const RequestPlan& plan_;
  const holdfast::RedirectPolicy& policy_;
  const std::vector<const WireAttempt*>& messages_;
  Order order_;
  AlsoFits also_;
  std::vector<std::vector<Hop>> places_;
  std::string complaint_;
  bool told_ = true;
};

/// 301, 302, 303, 307, 308.
bool sends_elsewhere(int status);

/// What an attempt was, by the statuses that had sent it on.
struct Leg {
  std::string method;
  bool carries = true;  ///< the request's body
};
/// For each record of its timeline; empty if the hops before the first one kept are not known.
std::vector<Leg> legs_of(const RequestPlan& plan, const holdfast::Timeline& timeline);

/// For each record of its timeline the message that the server read, or null where that is not
/// certain: all if there are as many as records, else those of each hop that has as many.
std::vector<const WireAttempt*> messages_of(const Trial& trial, std::size_t seen);

/// All that is asked of a request that may be redirected.
void judge_journey(const Trial& trial, std::size_t seen, Journey::Order order,
                   const Journey::AlsoFits& also, Findings& findings);

}  // namespace proof
