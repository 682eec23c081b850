// Something that happened, told to whoever observes (Action::Kind::note). Plain values, copied when
// it happened: what it is about may have moved on by the time it is polled. Notes are made only
// while they are wanted (Engine::set_notes). Thread: one owner.
#pragma once

#include <cstdint>
#include <string>

#include "holdfast/error.h"
#include "holdfast/stats.h"
#include "holdfast/timeline.h"
#include "holdfast/url.h"

namespace holdfast::engine {

struct Note {
  enum class Kind : std::uint8_t {
    // Of exchanges: `method`, `url`, `record`.
    attempt_started,  ///< `record`: number and hop
    attempt_ended,
    retry_scheduled,    ///< `record` is followed by another after `span`, by `source`
    redirect_followed,  ///< `record` was answered by a redirect; `method` and `url`: the next hop's
    request_ended,      ///< all of the second group below; `span` since it was submitted
    wait_began,
    wait_ended,         ///< after `span`
    connection_reused,  ///< of the connection, too
    // Of connections: the third group.
    connection_opened,  ///< `span` since its dial began
    connection_closed,  ///< for `cause`; `span` since it opened, negative if it never did
  };

  Kind kind = Kind::attempt_started;
  Duration span{0};

  std::string method;
  Url url;
  bool has_url = false;  ///< a request that was refused may have none
  AttemptRecord record;
  DelaySource source = DelaySource::none;

  int status = 0;
  const Error* error = nullptr;  ///< the exchange's; stands until its `complete` has been polled
  StopReason stop = StopReason::success;
  std::uint32_t attempts = 0;

  std::uint64_t connection = 0;  ///< serial
  std::string scheme, host;      ///< of its origin
  std::uint16_t port = 0;
  PeerAddress peer;
  std::uint8_t http_major = 0, tls_minor = 0;
  bool tls_resumed = false;
  CloseCause cause = CloseCause::by_error;
};

}  // namespace holdfast::engine
