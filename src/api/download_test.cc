// Responses stored in files, on real sockets and in a real folder (R4, H6).
#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <set>

#include "api/blocking_rig.h"
#include "api/coro_rig.h"
#include "base/folder_rig.h"

namespace holdfast::api {
namespace {

namespace fs = std::filesystem;
using base::Folder;
using Names = std::set<std::string>;

std::string gzipped(const std::string& content) {
  z_stream zlib{};
  EXPECT_EQ(Z_OK, deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY));
  std::string out(deflateBound(&zlib, content.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  zlib.avail_in = static_cast<uInt>(content.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(Z_STREAM_END, deflate(&zlib, Z_FINISH));
  out.resize(out.size() - zlib.avail_out);
  deflateEnd(&zlib);
  return out;
}

class DownloadTest : public ClientTest {
 protected:
  RequestHandle download(const std::string& name = "f") {
    return client->download({.url = server.url("/x")}, folder / name, outcome.callback());
  }
  /// The n-th request is handled by the n-th function; further ones by the last.
  void answers(std::vector<std::function<void(RawServer::Peer&)>> turns) {
    server.on_bytes = [this, turns = std::move(turns)](RawServer::Peer& peer) {
      if (peer.ended || peer.received.find("\r\n\r\n") == peer.received.npos) return;
      peer.received.clear();
      turns[std::min(asked_++, turns.size() - 1)](peer);
    };
  }
  static ClientOptions quick() {
    ClientOptions options;
    options.retry.backoff.base = options.retry.backoff.max = std::chrono::milliseconds(1);
    return options;
  }
  Error& error() { return outcome.result->error(); }

  Folder folder;
  Outcome outcome;
  std::function<void()> rest_;

 private:
  std::size_t asked_ = 0;
};

TEST_F(DownloadTest, a_response_is_stored_and_not_in_the_result) {
  folder.put("f", "old");
  answers({[](auto& peer) { peer.send(response("new content", "X-Sum: 1\r\n")); }});
  make();
  download();
  EXPECT_EQ(0, outcome.calls);
  run();
  ASSERT_EQ("200 ", outcome.text());
  EXPECT_EQ("1", (*outcome.result)->headers.get("x-sum"));
  EXPECT_EQ(1U, (*outcome.result)->timeline.attempts());
  EXPECT_EQ("new content", folder.content("f"));
  EXPECT_EQ(Names{"f"}, folder.names());
}

TEST_F(DownloadTest, a_large_coded_response_is_stored_decoded) {
  std::string content;
  for (int i = 0; content.size() < (1U << 20); ++i) content += std::to_string(i * 7919) + ",";
  answers({[coded = gzipped(content)](auto& peer) {
    peer.send(response(coded, "Content-Encoding: gzip\r\n"));
  }});
  make();
  download();
  run();
  ASSERT_EQ("200 ", outcome.text());
  EXPECT_TRUE((*outcome.result)->decoded);
  EXPECT_TRUE(folder.content("f") == content);
}

TEST_F(DownloadTest, a_response_cut_short_is_stored_from_its_beginning_again) {
  answers({[](auto& peer) {
             peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst attempt");
             peer.reset();
           },
           [](auto& peer) { peer.send(response("second")); }});
  make(quick());
  download();
  run();
  ASSERT_EQ("200 ", outcome.text());
  EXPECT_EQ(2U, (*outcome.result)->timeline.attempts());
  EXPECT_EQ("second", folder.content("f"));
}

TEST_F(DownloadTest, an_error_status_leaves_the_file_and_brings_its_body) {
  folder.put("f", "old");
  answers({[](auto& peer) {
    peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nno such");
  }});
  make();
  download();
  run();
  EXPECT_EQ("404 no such", outcome.text());
  EXPECT_EQ("old", folder.content("f"));
  EXPECT_EQ(Names{"f"}, folder.names());
}

TEST_F(DownloadTest, what_never_becomes_whole_leaves_the_file) {
  folder.put("f", "old");
  answers({[](auto& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nnever whole");
    peer.close();
  }});
  ClientOptions options = quick();
  options.retry.max_attempts = 3;
  make(options);
  download();
  run();
  EXPECT_EQ("response_truncated", outcome.text());
  EXPECT_EQ(3U, error().attempts());
  EXPECT_EQ("old", folder.content("f"));
  EXPECT_EQ(Names{"f"}, folder.names());
}

TEST_F(DownloadTest, a_folder_that_is_not_there_is_file_failed_with_path_and_reason) {
  make();
  download("missing/f");
  run();
  ASSERT_EQ("file_failed", outcome.text());
  EXPECT_EQ(Phase::body, error().phase);
  EXPECT_NE(error().detail.find(folder / "missing/f"), std::string::npos) << error().detail;
  EXPECT_NE(error().detail.find("No such file"), std::string::npos) << error().detail;
  EXPECT_EQ(1U, error().attempts());
  EXPECT_EQ(0U, client->stats().busy);
}

TEST_F(DownloadTest, a_place_taken_by_a_folder_meanwhile_is_file_failed_with_the_timeline) {
  answers({[this](auto& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    rest_ = [&peer] { peer.send("cd"); };
  }});
  make();
  download();
  run_until([&] { return folder.names() == Names{"f.part"}; });
  fs::create_directory(folder / "f");
  rest_();
  run();
  ASSERT_EQ("file_failed", outcome.text());
  EXPECT_EQ(1U, error().attempts());
  EXPECT_EQ(ErrorCode::file_failed, error().timeline.last().error);
  EXPECT_EQ(Names{"f"}, folder.names());
}

TEST_F(DownloadTest, a_folder_in_its_place_is_file_failed_before_anything_is_sent) {
  make();
  client->download({.url = server.url("/x")}, std::string(folder.path()), outcome.callback());
  EXPECT_EQ(0, outcome.calls);
  run();
  ASSERT_EQ("file_failed", outcome.text());
  EXPECT_NE(error().detail.find("Is a directory"), std::string::npos) << error().detail;
  EXPECT_TRUE(server.peers.empty());
  EXPECT_TRUE(fs::is_directory(folder.path()));
}

TEST_F(DownloadTest, a_device_is_written_and_stays_what_it_is) {
  answers({[](auto& peer) { peer.send(response("content")); }});
  make();
  client->download({.url = server.url("/x")}, "/dev/null", outcome.callback());
  run();
  EXPECT_EQ("200 ", outcome.text());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

/// Downloads into a FIFO, with a reader.
class FifoDownload : public DownloadTest {
 protected:
  FifoDownload() {
    EXPECT_EQ(0, ::mkfifo((folder / "f").c_str(), 0600));
    reader_ = ::open((folder / "f").c_str(), O_RDONLY | O_NONBLOCK);
  }
  ~FifoDownload() override { ::close(reader_); }
  std::string read_all() const {
    char bytes[1024];
    const ssize_t got = ::read(reader_, bytes, sizeof bytes);
    return {bytes, got < 0 ? 0 : static_cast<std::size_t>(got)};
  }

 private:
  int reader_ = -1;
};

TEST_F(FifoDownload, is_retried_only_before_the_first_byte) {
  answers({[](auto& peer) { peer.send("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"); },
           [](auto& peer) {
             peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
             peer.close();
           },
           [](auto& peer) {
             peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
             peer.close();
           }});
  make(quick());
  download();
  run();
  EXPECT_EQ("response_truncated", outcome.text());
  EXPECT_EQ(3U, error().attempts());
  EXPECT_EQ(StopReason::response_delivered, error().timeline.stop_reason());
  EXPECT_EQ("some", read_all());
  EXPECT_TRUE(fs::is_fifo(folder / "f"));
  EXPECT_EQ(Names{"f"}, folder.names());
}

TEST_F(FifoDownload, gets_the_content) {
  answers({[](auto& peer) { peer.send(response("content")); }});
  make();
  download();
  run();
  EXPECT_EQ("200 ", outcome.text());
  EXPECT_EQ("content", read_all());
}

/// Sends the first half of a response.
void half(RawServer::Peer& peer) {
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
}

TEST_F(DownloadTest, an_interim_response_is_told_and_not_stored) {
  answers({[](auto& peer) {
    peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response("content"));
  }});
  make();
  std::vector<int> interim;
  client->download({.url = server.url("/x")}, folder / "f", outcome.callback(),
                   [&](const ResponseHead& head) { interim.push_back(head.status); });
  run();
  EXPECT_EQ("200 ", outcome.text());
  EXPECT_EQ(std::vector<int>{103}, interim);
  EXPECT_EQ("content", folder.content("f"));
}

TEST_F(DownloadTest, progress_tells_what_of_the_attempt_has_been_stored) {
  RawServer::Peer* first = nullptr;
  answers({[&](auto& peer) {
             half(peer);
             first = &peer;
           },
           [](auto& peer) { peer.send(response("all")); }});
  make(quick());
  const RequestHandle handle = download();
  EXPECT_EQ(0U, handle.progress().received);
  run_until([&] { return handle.progress().received == 4; });
  EXPECT_EQ(1000U, handle.progress().expected);
  first->reset();
  run();
  EXPECT_EQ("200 ", outcome.text());
  EXPECT_EQ(0U, handle.progress().received);
}

TEST_F(DownloadTest, a_cancel_removes_what_there_is) {
  answers({half});
  make();
  RequestHandle handle = download();
  run_until([&] { return folder.names() == Names{"f.part"}; });
  handle.cancel();
  run();
  EXPECT_EQ("cancelled", outcome.text());
  EXPECT_EQ(Names{}, folder.names());
}

TEST_F(DownloadTest, the_clients_end_removes_what_there_is) {
  answers({half});
  make();
  download();
  run_until([&] { return folder.names() == Names{"f.part"}; });
  client.reset();
  run();
  EXPECT_EQ("client_closed", outcome.text());
  EXPECT_EQ(Names{}, folder.names());
}

TEST_F(DownloadTest, a_pause_holds_the_server_back) {
  const std::string big(8U << 20, 'x');
  answers({[&](auto& peer) { peer.send(response(big)); }});
  ClientOptions options = without_retries();
  options.timeouts.read = kOff;
  make(options);
  RequestHandle handle = download();
  run_until([&] { return folder.names() == Names{"f.part"}; });
  handle.pause();
  run_ready();
  const auto size = fs::file_size(folder / "f.part");
  run_ready();
  EXPECT_EQ(size, fs::file_size(folder / "f.part"));
  EXPECT_LT(size, big.size());
  handle.resume();
  run();
  EXPECT_EQ("200 ", outcome.text());
  EXPECT_TRUE(folder.content("f") == big);
}

using BlockingDownload = BlockingTest;

TEST_F(BlockingDownload, a_call_returns_when_the_file_is_there) {
  const Folder folder;
  BlockingClient blocking(options());
  serve([&] {
    const Result<Response> result = blocking.download({.url = "/a"}, folder / "f");
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(200, result->status);
    EXPECT_EQ("/a", folder.content("f"));
    EXPECT_FALSE(blocking.download({.url = "/a"}, folder / "missing/f").ok());
  });
}

class CoroDownload : public CoroTest {
 protected:
  Errand await(co::Operation& operation) {
    const Result<Response> result = co_await operation;
    text = result ? "stored" : std::string(name(result.error().code));
  }
  std::string text;
};

TEST_F(CoroDownload, it_is_awaited_like_any_other_operation) {
  const Folder folder;
  CoClient& co_client = face();
  Request request;
  request.url = server.url("/a");
  co::Operation operation = co_client.download(std::move(request), folder / "f");
  const Errand errand = await(operation);
  run();
  EXPECT_EQ("stored", text);
  EXPECT_EQ("/a", folder.content("f"));
}

}  // namespace
}  // namespace holdfast::api
