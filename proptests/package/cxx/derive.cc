// Derives from every public class that has virtual functions, outside the tree: virtual tables and
// type information have to be found in either library, with either compiler.
#include <holdfast/blocking.h>
#include <holdfast/observe.h>

#include <cstdio>
#include <memory>
#include <string>
#include <typeinfo>

namespace {

class Counting final : public holdfast::Observer {
 public:
  ~Counting() override { ++destroyed; }
  void on_request_ended(const holdfast::RequestEnded& event) override {
    ++ended;
    holdfast::Observer::on_request_ended(event);
  }
  int ended = 0;
  static inline int destroyed = 0;
};

class Source final : public holdfast::BodySource {
 public:
  Read read(char* into, std::size_t capacity) override {
    return {State::end, std::string("body").copy(into, capacity)};
  }
};

}  // namespace

int main() {
  const auto counting = std::make_shared<Counting>();
  const std::shared_ptr<holdfast::Observer> observer = counting;
  if (dynamic_cast<Counting*>(observer.get()) == nullptr) return 1;
  const holdfast::Observer& as_observer = *observer;
  if (typeid(as_observer) != typeid(Counting)) return 2;
  const std::unique_ptr<holdfast::BodySource> source = std::make_unique<Source>();
  const holdfast::BodySource& as_source = *source;
  if (typeid(as_source) == typeid(holdfast::BodySource)) return 3;

  holdfast::ClientOptions options;
  options.retry.max_attempts = 1;
  holdfast::BlockingClient client(std::move(options));
  client.observe(holdfast::observe_all({observer}));
  holdfast::Request request;
  request.method = "PUT";
  request.url = "http://127.0.0.1:1/";  // nobody listens
  request.body = holdfast::Body::one_shot(std::make_unique<Source>());
  try {
    client.send(std::move(request)).value();
    return 4;
  } catch (const holdfast::RequestFailed& failure) {
    std::printf("%s\n", failure.what());
  }
  client.close();
  return counting->ended == 1 ? 0 : 5;
}
