// curl_multi URL [-n N] [-c C] [--http2] [--cacert FILE]: runs libcurl's multi interface like
// `holdfast load`: a closed loop of keep-alive GETs, C of them at a time (with --http2 as streams
// of one connection), with each body in memory until its request is done. The event loop is libuv,
// as in curl's own example (multi-uv.c), so that only the client differs. Easy handles are reused,
// which is libcurl's fastest way.
#include <curl/curl.h>
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

struct Arguments {
  std::string url, ca_file;
  unsigned long requests = 1000, concurrency = 50;
  bool http2 = false;
};

class Load {
 public:
  explicit Load(Arguments arguments)
      : arguments_(std::move(arguments)), transfers_(arguments_.concurrency) {}

  int run();

 private:
  struct Transfer {
    CURL* easy = nullptr;
    std::string body;
  };
  struct Watch {
    uv_poll_t poll{};
    curl_socket_t socket = CURL_SOCKET_BAD;
    Load* load = nullptr;
  };

  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* transfer);
  static int on_socket(CURL*, curl_socket_t socket, int what, void* load, void* watch);
  static int on_timeout(CURLM*, long timeout_ms, void* load);
  void act(curl_socket_t socket, int events);
  void prepare(Transfer& transfer) const;
  void start(Transfer& transfer);
  void collect();

  Arguments arguments_;
  unsigned long sent_ = 0, done_ = 0, failed_ = 0;
  std::vector<Transfer> transfers_;
  CURLM* multi_ = nullptr;
  uv_loop_t loop_{};
  uv_timer_t timer_{};
};

std::size_t Load::on_body(char* bytes, std::size_t size, std::size_t count, void* transfer) {
  static_cast<Transfer*>(transfer)->body.append(bytes, size * count);
  return size * count;
}

int Load::on_socket(CURL*, curl_socket_t socket, int what, void* load, void* watch) {
  Load& self = *static_cast<Load*>(load);
  auto* known = static_cast<Watch*>(watch);
  if (what == CURL_POLL_REMOVE) {
    if (known == nullptr) return 0;
    curl_multi_assign(self.multi_, socket, nullptr);
    uv_poll_stop(&known->poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&known->poll), [](uv_handle_t* handle) {
      const std::unique_ptr<Watch> gone(static_cast<Watch*>(handle->data));
    });
    return 0;
  }
  if (known == nullptr) {
    known = new Watch;
    known->socket = socket;
    known->load = &self;
    uv_poll_init_socket(&self.loop_, &known->poll, socket);
    known->poll.data = known;
    curl_multi_assign(self.multi_, socket, known);
  }
  const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                     ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
  uv_poll_start(&known->poll, events, [](uv_poll_t* poll, int status, int ready) {
    const Watch& self_watch = *static_cast<Watch*>(poll->data);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if ((ready & UV_READABLE) != 0) flags |= CURL_CSELECT_IN;
    if ((ready & UV_WRITABLE) != 0) flags |= CURL_CSELECT_OUT;
    self_watch.load->act(self_watch.socket, flags);
  });
  return 0;
}

int Load::on_timeout(CURLM*, long timeout_ms, void* load) {
  Load& self = *static_cast<Load*>(load);
  if (timeout_ms < 0) {
    uv_timer_stop(&self.timer_);
    return 0;
  }
  uv_timer_start(
      &self.timer_,
      [](uv_timer_t* timer) { static_cast<Load*>(timer->data)->act(CURL_SOCKET_TIMEOUT, 0); },
      static_cast<std::uint64_t>(timeout_ms), 0);
  return 0;
}

void Load::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  collect();
}

void Load::start(Transfer& transfer) {
  ++sent_;
  transfer.body.clear();
  curl_multi_add_handle(multi_, transfer.easy);
}

void Load::collect() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    Transfer* transfer = nullptr;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (message->data.result != CURLE_OK || status != 200) ++failed_;
    ++done_;
    curl_multi_remove_handle(multi_, easy);
    if (sent_ < arguments_.requests) start(*transfer);
  }
}

void Load::prepare(Transfer& transfer) const {
  transfer.easy = curl_easy_init();
  curl_easy_setopt(transfer.easy, CURLOPT_URL, arguments_.url.c_str());
  curl_easy_setopt(transfer.easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(transfer.easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(transfer.easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(transfer.easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(transfer.easy, CURLOPT_NOPROXY, "*");
  if (!arguments_.ca_file.empty()) {
    curl_easy_setopt(transfer.easy, CURLOPT_CAINFO, arguments_.ca_file.c_str());
  }
  curl_easy_setopt(transfer.easy, CURLOPT_HTTP_VERSION,
                   arguments_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  // Wait for a stream of the connection that is being opened instead of opening another one.
  if (arguments_.http2) curl_easy_setopt(transfer.easy, CURLOPT_PIPEWAIT, 1L);
}

int Load::run() {
  uv_loop_init(&loop_);
  uv_timer_init(&loop_, &timer_);
  timer_.data = this;
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timeout);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(transfers_.size()));
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING,
                    arguments_.http2 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
  const std::uint64_t begun_ns = uv_hrtime();
  for (Transfer& transfer : transfers_) {
    prepare(transfer);
    if (sent_ < arguments_.requests) start(transfer);
  }
  uv_run(&loop_, UV_RUN_DEFAULT);
  const double seconds = static_cast<double>(uv_hrtime() - begun_ns) / 1e9;
  std::printf("%lu requests in %.3f s: %.0f per second, %lu errors\n", done_, seconds,
              static_cast<double>(done_) / seconds, failed_);
  for (const Transfer& transfer : transfers_) curl_easy_cleanup(transfer.easy);
  curl_multi_cleanup(multi_);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  return failed_ == 0 && done_ == arguments_.requests ? 0 : 1;
}

int usage(const std::string& complaint) {
  std::fprintf(stderr,
               "curl_multi: %s\n"
               "usage: curl_multi URL [-n REQUESTS] [-c CONCURRENCY] [--http2] [--cacert FILE]\n",
               complaint.c_str());
  return 2;
}

/// 0 for anything but a positive whole number.
unsigned long positive(const std::string& text) {
  char* end = nullptr;
  const unsigned long value = std::strtoul(text.c_str(), &end, 10);
  return text.empty() || text[0] == '-' || *end != '\0' ? 0 : value;
}

/// Returns the error in the arguments, or "".
std::string parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--http2") {
      arguments.http2 = true;
    } else if (word == "--cacert" || word == "-n" || word == "-c") {
      const std::string value = ++i < argc ? argv[i] : "";
      if (word == "--cacert") {
        arguments.ca_file = value;
        continue;
      }
      unsigned long& target = word == "-n" ? arguments.requests : arguments.concurrency;
      target = positive(value);
      if (target == 0) return word + " '" + value + "': expected a number from 1";
    } else if (!arguments.url.empty() || word.starts_with('-')) {
      return "'" + word + "' is not expected";
    } else {
      arguments.url = word;
    }
  }
  if (arguments.url.empty()) return "a URL is missing";
  return arguments.concurrency > 100'000 ? "-c: at most 100000" : "";
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (const std::string complaint = parse(argc, argv, arguments); !complaint.empty()) {
    return usage(complaint);
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const int status = Load(std::move(arguments)).run();
  curl_global_cleanup();
  return status;
}
