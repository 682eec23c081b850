// How deep the stack is, counted from uv_run, when a GET is sent on a connection that is open
// already: at the system's write, and at the deepest allocation between one response and the next.
// Usage: budget_frames FIGURE URL CA_FILE. Prints a line `figure value` for each, and the addresses
// of the frames for addr2line; run.py judges the former and names the latter.
#include <dlfcn.h>
#include <unwind.h>
#include <uv.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/client.h"
#include "proptests/budgets/counted_calls.h"
#include "proptests/budgets/counted_heap.h"
#include "proptests/budgets/plain_server.h"

namespace {

using namespace holdfast;

constexpr int kRequests = 20;
constexpr std::size_t kMostFrames = 256;

/// Return addresses, innermost first.
struct Chain {
  std::uintptr_t frames[kMostFrames];
  std::size_t size = 0;
};

Chain longest_to_write, longest_to_allocation;
bool noting = false;

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* chain) {
  Chain& all = *static_cast<Chain*>(chain);
  if (all.size < kMostFrames) all.frames[all.size++] = _Unwind_GetIP(context);
  return _URC_NO_REASON;
}

bool is_in(std::uintptr_t address, const char* function) {
  Dl_info found{};
  return dladdr(std::bit_cast<void*>(address), &found) != 0 && found.dli_sname != nullptr &&
         std::strcmp(found.dli_sname, function) == 0;
}

/// Keeps the stack from the frame that returns to `innermost` up to uv_run, if it is the longest.
void note(Chain& longest, void* innermost) {
  if (!noting) return;
  Chain chain;
  _Unwind_Backtrace(add_frame, &chain);
  std::size_t begin = 0, end = chain.size;
  while (begin < end && chain.frames[begin] != reinterpret_cast<std::uintptr_t>(innermost)) ++begin;
  while (end > begin && !is_in(chain.frames[end - 1], "uv_run")) --end;
  if (end - begin <= longest.size) return;
  longest.size = end - begin;
  std::memcpy(longest.frames, chain.frames + begin, longest.size * sizeof chain.frames[0]);
}

// The hook's caller stands for the system's function.
void note_write() { note(longest_to_write, __builtin_return_address(0)); }
void note_allocation() { note(longest_to_allocation, __builtin_return_address(0)); }

/// The addresses in the files that they were loaded from.
void print(const char* figure, const char* suffix, const Chain& chain) {
  if (chain.size == 0) budgets::give_up("nothing was called from within uv_run");
  std::printf("%s%s %zu\n", figure, suffix, chain.size);
  for (std::size_t i = 0; i < chain.size; ++i) {
    Dl_info found{};
    const bool known = dladdr(std::bit_cast<void*>(chain.frames[i]), &found) != 0;
    const std::uintptr_t base = known ? reinterpret_cast<std::uintptr_t>(found.dli_fbase) : 0;
    std::printf("frame %#zx %s\n", static_cast<std::size_t>(chain.frames[i] - base),
                known ? found.dli_fname : "?");
  }
}

class Gets {
 public:
  Gets(Client& client, std::string url) : client_(client), url_(std::move(url)) {}

  void get() {
    client_.get(url_, [this](const Result<Response>& result) {
      if (!result) budgets::give_up(result.error().message());
      --left_;
      noting = left_ > 0;
      if (left_ > 0) get();
    });
  }

 private:
  Client& client_;
  std::string url_;
  int left_ = kRequests;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) budgets::give_up("usage: budget_frames FIGURE URL CA_FILE");
  uv_loop_t loop;
  uv_loop_init(&loop);
  budgets::on_write(note_write);
  budgets::on_allocation(note_allocation);
  {
    ClientOptions options;
    options.tls.ca_file = argv[3];
    Client client(&loop, std::move(options));
    Gets gets(client, argv[2]);
    gets.get();
    uv_run(&loop, UV_RUN_DEFAULT);
    client.close();
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  uv_loop_close(&loop);
  print(argv[1], ".write", longest_to_write);
  print(argv[1], ".allocation", longest_to_allocation);
  return 0;
}
