// The implementation of Client: the driver, and for each request its callbacks and its body source.
// Owner: the Client, and itself until the driver has closed. Thread: the loop's, except post().
//
// Invariants:
//  1. A record lives from send() until just before its final callback is called. The callback runs
//     without the record, so it may send, cancel, close or destroy anything.
//  2. A callback object is destroyed as soon as it can not be called any more, and never while it
//     runs.
//  3. In a forked child nothing of the driver is touched: its sockets and its loop are shared with
//     the parent, and its locks may be held by threads that do not exist in the child.
//  4. When other code has closed the driver's handles, the state is never freed: libuv may still
//     refer to them, and nothing reports when it has stopped.
#pragma once

#include <memory>
#include <vector>

#include "base/slot_map.h"
#include "body/body_feed.h"
#include "body/file_store.h"
#include "engine/driver.h"
#include "holdfast/client.h"
#include "uv/fork_count.h"

struct uv_loop_s;

namespace holdfast::api {

class ClientState final : public std::enable_shared_from_this<ClientState>,
                          private engine::Listener {
 public:
  /// The state keeps itself alive until its driver has closed.
  static std::shared_ptr<ClientState> make(std::shared_ptr<engine::Driver> driver);
  static std::shared_ptr<ClientState> on_loop(uv_loop_s* loop, ClientOptions options);
  explicit ClientState(std::shared_ptr<engine::Driver> driver);

  RequestHandle send(Request&& request, Callback&& callback);
  RequestHandle stream(Request&& request, StreamCallbacks&& callbacks);
  RequestHandle download(Request&& request, std::string&& path, Callback&& callback,
                         Function<void(const ResponseHead&)>&& on_interim = {});

  void close(Function<void()>&& done);
  void close_gracefully(Function<void()>&& done);
  /// The Client was destroyed: closes and stops calling observers.
  void abandon();
  bool post(Function<void()>&& work);
  void on_attempt(Function<void(const AttemptNotice&)>&& observer);
  void observe(std::shared_ptr<Observer>&& observer);
  void before_attempt(AttemptHook&& hook);

  const ClientOptions& options() const { return driver_->engine().options(); }
  ClientStats stats() const { return driver_->engine().stats(); }
  std::vector<OriginStats> origin_stats() const { return driver_->engine().origin_stats(); }

  // Called by RequestHandle; `id` may be stale.
  static std::uint64_t id_of(const RequestHandle& handle) { return handle.id_; }
  void cancel(std::uint64_t id);
  void pause(std::uint64_t id);
  void resume(std::uint64_t id);
  void body_ready(std::uint64_t id);
  void proceed(std::uint64_t id, Headers* headers);
  void refuse(std::uint64_t id, std::string&& why);
  ResponseProgress progress(std::uint64_t id);
  bool is_active(std::uint64_t id) { return find(id) != nullptr; }

 private:
  struct Record {
    engine::ExchangeId exchange;
    base::SlotId<Record> id;
    std::uint64_t request_id = 0;
    bool cancelled = false;
    bool hungry = false;  // its source returned `pending`
    Callback on_done;
    std::unique_ptr<StreamCallbacks> stream;  // streaming requests only
    std::unique_ptr<http::BodyFeed> feed;     // for bodies that are read from a source
    std::unique_ptr<http::FileStore> store;   // downloads only
    std::uint32_t preparing = 0;              // the attempt that waits for the hook; 0: none
    Headers prepared;                         // as modified by the hook
  };
  using RecordId = base::SlotId<Record>;

  // noexcept: an exception from a user's function would unwind through libuv's frames, and other
  // requests would never end. It ends the process instead (F8).
  void deliver(engine::Action& action) noexcept override;
  void closed() noexcept override;
  void lost() noexcept override;
  void loop_closed() noexcept;

  RequestHandle start(Request&& request, Callback&& callback,
                      std::unique_ptr<StreamCallbacks> stream,
                      std::unique_ptr<http::FileStore> store = nullptr);
  RequestHandle refuse(Callback&& callback, Error&& error) noexcept;
  void open_body(Record& record, const engine::Action& action);
  void feed(Record& record, const engine::Action& action);
  void store(Record& record, const engine::Action& action);
  void complete(Record& record, engine::Action& action);
  void prepare(Record& record, const engine::Action& action);
  void tell(const engine::Action& action);
  void notify(const Record& record, const engine::Note& note);
  void want_notes();
  RequestHandle handle_of(const Record& record);
  void add_done(Function<void()>&& done) noexcept;
  Record* find(std::uint64_t id);

  std::shared_ptr<engine::Driver> driver_;
  const uv::ProcessMark process_;
  base::SlotMap<Record> records_;
  std::uint64_t last_request_id_ = 0;
  Function<void(const AttemptNotice&)> attempt_observer_;
  bool attempt_observer_changed_ = false;  // set during a call of the attempt observer
  std::shared_ptr<Observer> observer_;
  AttemptHook hook_;
  bool hook_changed_ = false;  // set during a call of the hook
  std::vector<Function<void()>> on_closed_;
  bool closed_ = false;
  bool loop_lost_ = false;
  bool unfinished_ = false;  // destroyed with requests running
  std::shared_ptr<ClientState> self_;
};

}  // namespace holdfast::api
