#include "fault_server/peer/protocol.h"

#include <string>
#include <utility>

#include "fault_server/h1/connection.h"
#include "fault_server/h2/connection.h"
#include "fault_server/h2/frame.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

// A clear-text connection until its first bytes say what it speaks. Whatever else happens before
// (it ends, it has been idle for too long, an operator closes it) happens to an HTTP/1.1 one.
class ByPreface : public Session {
 public:
  ByPreface(PeerShared& shared, Accepted accepted)
      : Session(std::move(accepted)), shared_(shared) {}

  void open(Now now) override {
    if (accepted_.choice && strikes_at_accept(accepted_.choice->step))
      become(std::make_unique<Connection>(shared_, accepted_), now);
  }

  void handle_bytes(std::string_view bytes, Now now) override {
    if (chosen_) return chosen_->handle_bytes(bytes, now);
    seen_.append(bytes);
    if (seen_.starts_with(kH2Preface)) {
      become(std::make_unique<H2Connection>(shared_, accepted_), now);
    } else if (!kH2Preface.starts_with(seen_)) {
      become(std::make_unique<Connection>(shared_, accepted_), now);
    }
  }
  void handle_sent(std::size_t bytes, Now now) override {
    if (chosen_) chosen_->handle_sent(bytes, now);
  }
  void handle_eof(Now now) override { http1(now).handle_eof(now); }
  void handle_reset(Now now) override { http1(now).handle_reset(now); }
  void handle_timeout(Now now) override {
    if (chosen_ || now.mono >= deadline(now)) http1(now).handle_timeout(now);
  }
  void handle_served(std::uint64_t ticket, Now now) override {
    if (chosen_) chosen_->handle_served(ticket, now);
  }
  void handle_news(Now now) override {
    if (chosen_) chosen_->handle_news(now);
  }
  void kill(KillHow how, Now now) override { http1(now).kill(how, now); }

  bool closed() const override { return chosen_ && chosen_->closed(); }
  Instant deadline(Now now) const override {
    if (chosen_) return chosen_->deadline(now);
    const bool limited = accepted_.choice && accepted_.choice->step.action == ActionKind::kPass;
    const auto idle = limited ? duration(accepted_.choice->step, "idle") : std::nullopt;
    return idle && seen_.empty() ? accepted_.at + *idle : Instant::never();
  }
  std::uint64_t requests() const override { return chosen_ ? chosen_->requests() : 0; }
  std::uint64_t bytes_in() const override { return chosen_ ? chosen_->bytes_in() : seen_.size(); }
  std::uint64_t bytes_out() const override { return chosen_ ? chosen_->bytes_out() : 0; }

 private:
  void become(std::unique_ptr<Session> session, Now now) {
    chosen_ = std::move(session);
    chosen_->open(now);
    if (!seen_.empty()) chosen_->handle_bytes(std::exchange(seen_, {}), now);
  }

  Session& http1(Now now) {
    if (!chosen_) become(std::make_unique<Connection>(shared_, accepted_), now);
    return *chosen_;
  }

  PeerShared& shared_;
  std::string seen_;
  std::unique_ptr<Session> chosen_;
};

}  // namespace

std::unique_ptr<Session> make_session(PeerShared& shared, Accepted accepted) {
  if (!accepted.tls) return std::make_unique<ByPreface>(shared, std::move(accepted));
  if (accepted.alpn == "h2") return std::make_unique<H2Connection>(shared, std::move(accepted));
  return std::make_unique<Connection>(shared, std::move(accepted));
}

}  // namespace fault
