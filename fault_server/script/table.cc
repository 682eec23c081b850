// The table itself; what is done with it is in script_words.cc.
#include <array>

#include "fault_server/script/words.h"

namespace fault {
namespace {

using enum ActionKind;

constexpr ActionSet at(Phase phase) { return 1U << static_cast<unsigned>(phase); }

// Places by name, so that the table reads.
constexpr ActionSet kInAnswer =
    at(Phase::kStatus) | at(Phase::kHeaders) | at(Phase::kBody) | at(Phase::kEnd);
constexpr ActionSet kAnywhere = kInAnswer | at(Phase::kAccept) | at(Phase::kTls) |
                                at(Phase::kHead) | at(Phase::kReqBody) | at(Phase::kIdle);

constexpr std::array<ActionWord, 16> kActions = {{
    {"status", kStatus, Phase::kStatus, kInAnswer,
     "answer: 503, or status=200*8,503*2 by weight; @place says where delay= goes"},
    {"pass", kPass, Phase::kStatus, kInAnswer,
     "answer as if no rule had matched (built-in path, else 404)"},
    {"reset", kReset, Phase::kStatus, kAnywhere, "a real RST at the place (default @status)"},
    {"close", kClose, Phase::kStatus, kAnywhere, "FIN at the place, both ways closed"},
    {"halfclose", kHalfClose, Phase::kStatus, kAnywhere,
     "FIN out at the place, still reading; side=in: stops reading instead"},
    {"stall", kStall, Phase::kStatus, kAnywhere,
     "from the place on nothing is written (before @status: nor read) and nothing closed"},
    {"garbage", kGarbage, Phase::kStatus, kInAnswer, "random bytes from the place on, then close"},
    {"truncate", kTruncate, Phase::kBody, at(Phase::kBody),
     "a body announced whole and cut short by FIN (default @body:50%)"},
    {"refuse", kRefuse, Phase::kAccept, 0, "connections: the SYN meets a closed port (RST)"},
    {"raw", kRaw, Phase::kStatus, 0, "raw \"bytes\": written instead of an answer, then close"},
    {"limit", kLimit, Phase::kStatus, 0, "a limiter that really limits; admits or answers 429"},
    {"overload", kOverload, Phase::kStatus, 0,
     "workers, a queue, a service time: latency, then 503"},
    {"goaway", kGoaway, Phase::kStatus,
     kInAnswer | at(Phase::kAccept) | at(Phase::kReqBody) | at(Phase::kIdle),
     "HTTP/2: GOAWAY; refuses this request unless last= says otherwise"},
    {"rst", kRst, Phase::kStatus, kInAnswer | at(Phase::kReqBody),
     "HTTP/2: RST_STREAM (REFUSED_STREAM before the head, else INTERNAL_ERROR, or code=)"},
    {"h2.", kH2, Phase::kStatus, kAnywhere,
     "HTTP/2: h2.settings, ping, window, continuation, hpack, late, nostatus, data_first, push, "
     "unknown, http11 or silent"},
    {"tls.", kTls, Phase::kTls,
     kInAnswer | at(Phase::kTls) | at(Phase::kReqBody) | at(Phase::kIdle),
     "TLS: tls.garbage, plain, stall, alert, cert, alpn, version, client_cert in the handshake; "
     "tls.alert@body:9 and tls.truncate (default @end: closed without close_notify) later"},
}};

// Who takes what. kFull shapes its own answer; kAnswer also passes on a built-in one.
constexpr ActionSet kFrames = bit(kGoaway) | bit(kRst) | bit(kH2);
constexpr ActionSet kFull = bit(kStatus) | bit(kReset) | bit(kClose) | bit(kHalfClose) |
                            bit(kStall) | bit(kGarbage) | bit(kTruncate) | bit(kTls) | kFrames;
constexpr ActionSet kAnswer = kFull | bit(kPass);
constexpr ActionSet kBytesOut = kAnswer | bit(kRaw);
constexpr ActionSet kGates = bit(kLimit) | bit(kOverload);
constexpr ActionSet kAnswerOrGate = kAnswer | kGates;

using enum ValueKind;

constexpr std::array kModifiers = std::to_array<ModifierWord>({
    // Pacing semantics.
    {"ra", kRetryAfter, kAnswerOrGate, "", "",
     "Retry-After: 2, 1.5, date:rfc850+2s, past, neg, empty, two:1,2, list:1,2, auto, \"text\""},
    {"date_skew", kSignedSpan, kAnswerOrGate, "", "",
     "moves the server's calendar (Date, ra=date:)"},
    {"date", kWord, kAnswerOrGate, "none", "", "no Date header"},
    // Latency.
    {"delay", kDistribution, kBytesOut | kGates, "", "",
     "wait before the place (default: before the head)"},
    {"body_delay", kDistribution, kAnswer, "", "", "wait between head and body"},
    {"trailer_delay", kDistribution, kAnswer, "", "", "wait before the end of a chunked body"},
    {"chunk", kPace, kBytesOut, "", "", "body in pieces: n bytes every so often"},
    {"drip", kPace, kBytesOut, "", "", "body in n pieces over a time"},
    {"trickle", kPace, kAnswer, "", "", "head in pieces: 1/50ms, or 1/50ms@headers"},
    {"rate", kBytes, kBytesOut, "", "", "bandwidth cap of the answer, bytes/s"},
    {"read_rate", kBytes, kBytesOut, "", "", "reads the request body at bytes/s; 0: not at all"},
    {"slice", kSpan, kBytesOut, "", "", "writes cut at random into pieces of so many bytes"},
    {"linger", kDuration, kBytesOut, "", "", "the close that follows comes so much later"},
    // What the answer says.
    {"status", kStatusList, kFull, "", "", "status of the answer a fault interrupts"},
    {"reason", kText, kFull, "", "", "reason phrase"},
    {"version", kWord, kAnswer & ~bit(kTls), "1.0|1.1", "", "HTTP version of the answer"},
    {"h.", kText, kAnswerOrGate, "", "", "h.Name=value: a header field, as often as wanted"},
    {"t.", kText, kAnswer, "", "", "t.Name=value: a trailer field (chunked)"},
    {"type", kText, kFull, "", "", "Content-Type"},
    {"body", kBody, kFull, "", "", "random:4096, fill:10, text:hello, echo, none"},
    {"coding", kWord, kAnswer, "gzip|deflate|raw-deflate", "",
     "Content-Encoding: the body encoded so (not body=echo); a large fill: makes a bomb"},
    {"coding_flaw", kWord, kAnswer, "cut|checksum|surplus", "cut",
     "what is wrong with it, the length being that of what is sent"},
    {"interim", kInterimList, kAnswer, "", "", "1xx first: 100x3,102,103xendless"},
    // What the connection does.
    {"says", kWord, kAnswer, "keep-alive|close|nothing", "", "the Connection header"},
    {"does", kWord, kBytesOut, "keep-alive|close|reset", "", "what really happens afterwards"},
    {"race", kWord, kAnswer, "fin|reset", "fin", "closes when the next request is in flight"},
    {"poison", kCount, kAnswer, "", "200", "then, unasked, a second answer with this status"},
    {"poison_delay", kDistribution, kAnswer, "", "", "how long after the first"},
    {"early", kWord, kFull, "close|drain|reset|stay", "close",
     "answers before the request body is read, then does this"},
    {"early_after", kBytes, kFull, "", "", "with early: once so many bytes of the body are read"},
    {"max_requests", kCount, bit(kPass), "", "", "connections: closes after so many requests"},
    {"idle", kDuration, bit(kPass), "", "", "connections: closes when idle for so long"},
    {"side", kWord, bit(kHalfClose), "in|out", "", "which way is shut"},
    // Broken HTTP/1.1.
    {"length", kLength, kAnswer, "", "", "a wrong Content-Length: +10, -10, 42; none: until close"},
    {"chunked", kWord, kAnswer,
     "ok|bad-size|negative-size|huge-size|no-terminator|huge-ext|bad-crlf|bare-lf", "ok",
     "chunked, well or badly framed"},
    {"bad", kWordList, kAnswer,
     "fold|nul|bare-lf|bare-cr|no-colon|space-before-colon|empty-name|huge|many|endless", "",
     "spoils the header section; :n sizes huge (bytes) and many (fields)"},
    {"framing", kWord, kAnswer,
     "same-lengths|conflicting-lengths|list-length|length-and-chunked|te-identity|te-gzip|"
     "te-unknown|te-twice|te-not-last|te-space-before-colon|te-http10",
     "", "Content-Length and Transfer-Encoding at odds"},
    {"force_body", kWord, kAnswer, "yes", "yes", "a body even with 204, 304 or HEAD"},
    {"bytes", kBytes, bit(kGarbage) | bit(kTls), "", "", "how much garbage (default 256)"},
    // Limiters and the overload model.
    {"kind", kWord, bit(kLimit), "bucket|window|concurrency", "", "which limiter (default bucket)"},
    {"rate", kPace, bit(kLimit), "", "", "limiter: 5/s, 100/1m"},
    {"burst", kCount, bit(kLimit), "", "", "limiter: the bucket's size (default 1)"},
    {"max", kCount, bit(kLimit), "", "", "limiter: concurrent requests (default 1)"},
    {"reject", kCount, kGates, "", "", "status of a refusal (default 429, overload 503)"},
    {"workers", kCount, bit(kOverload), "", "", "overload: served at once (default 1)"},
    {"queue", kCount, bit(kOverload), "", "", "overload: waiting places (default 0)"},
    {"order", kWord, bit(kOverload), "fifo|lifo", "", "overload: who is served next"},
    {"service", kDistribution, bit(kOverload), "", "", "overload: time to serve one"},
    // Chance.
    {"seed", kCount, kBytesOut | kGates, "", "", "fixes the bytes this step draws"},
    // HTTP/2 and TLS.
    {"last", kH2Last, bit(kGoaway), "", "",
     "goaway: previous (default: refuses this request), current, graceful (2^31-1, then the real "
     "one), or a number"},
    {"code", kH2Code, kFrames, "", "", "error code by name or number"},
    {"debug", kText, bit(kGoaway), "", "", "goaway: debug data"},
    {"name", kH2Setting, bit(kH2), "", "", "h2.settings: which"},
    {"value", kCount, bit(kH2), "", "", "h2.settings: its value; h2.window kind=shrink: to what"},
    {"count", kCount, bit(kH2) | bit(kGoaway), "", "", "how many frames"},
    {"kind", kWord, bit(kH2),
     "stall|closed|shrink|zero|overflow|beyond|flood|empty|interleaved|endless|corrupt|bomb|table|"
     "data|headers|end|rst|window|bytes",
     "",
     "h2.window: stall to beyond; h2.continuation: flood to endless; h2.hpack: corrupt to table; "
     "h2.late: data to window; h2.http11: rst or bytes; the first is the default"},
    {"ignore", kWord, bit(kH2), "yes", "yes",
     "h2.settings, h2.ping: from here on the client's are not acknowledged"},
    {"ack", kWord, bit(kH2), "wrong|unasked", "",
     "h2.ping: from here on acknowledged with other bytes; or one that nobody asked for"},
    {"on", kWord, bit(kH2), "stream|connection", "", "h2.window: whose (default stream)"},
    {"cert", kWord, bit(kTls),
     "good|expired|not-yet-valid|self-signed|wrong-host|unknown-ca|incomplete|weak", "",
     "which certificate"},
    {"alert", kTlsAlert, bit(kTls), "", "",
     "which alert: handshake_failure (default in the handshake), internal_error (later), 70, ..."},
    {"flight", kCount, bit(kTls), "", "",
     "tls.stall: from this flight of the server on (default 1); with delay= only that one is late"},
    {"alpn", kWord, bit(kTls), "none|h2|http/1.1|refuse|bogus", "",
     "no ALPN; this protocol or an alert; always the alert; a protocol nobody offered"},
    {"version", kWord, bit(kTls), "1.0|1.1|1.2|1.3", "", "this version of TLS and no other"},
    {"client_cert", kWord, bit(kTls), "ask|demand", "demand", "asks the client for a certificate"},
});

}  // namespace

std::span<const ActionWord> action_words() { return kActions; }
std::span<const ModifierWord> modifier_words() { return kModifiers; }

}  // namespace fault
