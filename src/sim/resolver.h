// The name service of the virtual world: every name has a script of results, each with its latency;
// the last one repeats. Names without a script do not exist. Owner: the world. Thread: one owner.
// Has no cache.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "base/slot_map.h"
#include "holdfast/error.h"
#include "holdfast/timeline.h"
#include "sim/clock.h"
#include "sim/event_queue.h"
#include "sim/trace.h"

namespace holdfast::sim {

struct LookupTag;
using LookupId = base::SlotId<LookupTag>;

/// One result of a name's script.
struct NameAnswer {
  enum class Kind : std::uint8_t { found, not_found, temporary, silence };
  Kind kind = Kind::found;
  std::vector<PeerAddress> addresses;  ///< ports are ignored
  Duration min_latency = std::chrono::microseconds(200);
  Duration max_latency = std::chrono::microseconds(200);
};

class Resolver final : public EventTarget {
 public:
  class Sink {
   public:
    /// The addresses have the requested port and are valid during the call.
    virtual void resolved(LookupId id, const std::vector<PeerAddress>& addresses, ErrorCode error,
                          int os_error) = 0;

   protected:
    ~Sink() = default;
  };

  Resolver(Clock& clock, EventQueue& queue, Trace& trace, std::uint64_t seed)
      : clock_(clock), queue_(queue), trace_(trace), rng_(base::Rng::stream(seed, "resolver")) {}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Replaces the name's script. With an empty one the name does not exist.
  void set_name(std::string_view name, std::vector<NameAnswer> answers);
  void set_name(std::string_view name, std::vector<PeerAddress> addresses);

  /// The sink gets the result, never inside the call, unless the lookup is cancelled or its result
  /// is silence.
  LookupId resolve(Sink& sink, std::string_view name, std::uint16_t port);
  void cancel(LookupId id);
  std::size_t under_way() const { return lookups_.size(); }

  void fire(const Event& event) override;

 private:
  struct Name {
    std::vector<NameAnswer> answers;
    std::size_t next = 0;
  };
  struct Lookup {
    Sink* sink = nullptr;
    NameAnswer::Kind kind = NameAnswer::Kind::found;
    std::vector<PeerAddress> addresses;
  };

  Clock& clock_;
  EventQueue& queue_;
  Trace& trace_;
  base::Rng rng_;
  std::map<std::string, Name, std::less<>> names_;
  base::SlotMap<Lookup, LookupTag> lookups_;
};

}  // namespace holdfast::sim
