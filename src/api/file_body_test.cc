// Files as request bodies, on real sockets: opened and measured before anything is sent (R8).
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "api/client_rig.h"
#include "base/folder_rig.h"
#include "holdfast/multipart.h"

namespace holdfast::api {
namespace {

using base::Folder;

class FileBodyTest : public ClientTest {
 protected:
  FileBodyTest() {
    // Accepts requests of either framing and responds to each with the next status.
    server.on_bytes = [this](RawServer::Peer& peer) {
      if (peer.ended || !is_whole(peer.received)) return;
      requests.push_back(std::exchange(peer.received, {}));
      if (before_response) before_response();
      peer.send("HTTP/1.1 " + std::to_string(requests.size() <= busy ? 503 : 200) +
                " X\r\nContent-Length: 0\r\n\r\n");
    };
  }
  static bool is_whole(const std::string& request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == request.npos) return false;
    if (request.find("Transfer-Encoding: chunked") != request.npos) {
      return request.ends_with("0\r\n\r\n");
    }
    const std::size_t length = request.find("Content-Length: ");
    return length == request.npos ||
           request.size() == end + 4 + std::stoul(request.substr(length + 16));
  }
  void put(Body body) {
    ClientOptions options;
    options.retry.backoff.base = options.retry.backoff.max = std::chrono::milliseconds(1);
    make(options).send({.method = "PUT", .url = server.url(), .body = std::move(body)},
                       outcome.callback());
    run();
  }
  static std::string content_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
  }

  Folder folder;
  Outcome outcome;
  std::vector<std::string> requests;
  std::size_t busy = 0;
  std::function<void()> before_response;
};

TEST_F(FileBodyTest, what_cannot_be_opened_is_named_and_nothing_is_sent) {
  Multipart form;
  form.field("a", "b").file("f", folder / "missing");
  for (const Body& body : {Body::file(folder / "missing"), form.body()}) {
    put(body);
    ASSERT_EQ("body_source_failed", outcome.text());
    EXPECT_EQ("cannot open " + (folder / "missing") + ": No such file or directory",
              outcome.result->error().detail);
  }
  EXPECT_TRUE(server.peers.empty());
}

TEST_F(FileBodyTest, a_file_of_proc_is_sent_whole_although_its_size_is_0) {
  std::ifstream file("/proc/version");
  const std::string version(std::istreambuf_iterator<char>(file), {});
  put(Body::file("/proc/version"));
  EXPECT_EQ("200 ", outcome.text());
  ASSERT_EQ(1U, requests.size());
  EXPECT_EQ(version, content_of(requests[0]));
}

TEST_F(FileBodyTest, a_pipe_is_sent_in_chunks_to_its_end) {
  ASSERT_EQ(0, ::mkfifo((folder / "pipe").c_str(), 0600));
  std::thread writer([this] { folder.put("pipe", "through the pipe"); });
  put(Body::file(folder / "pipe"));
  writer.join();
  EXPECT_EQ("200 ", outcome.text());
  ASSERT_EQ(1U, requests.size());
  EXPECT_EQ("10\r\nthrough the pipe\r\n0\r\n\r\n", content_of(requests[0]));
}

TEST_F(FileBodyTest, a_file_that_fills_before_the_retry_is_sent_as_it_is_then) {
  folder.put("f", "");
  busy = 1;
  before_response = [this] { folder.put("f", "filled"); };
  put(Body::file(folder / "f"));
  EXPECT_EQ("200 ", outcome.text());
  ASSERT_EQ(2U, requests.size());
  EXPECT_EQ("", content_of(requests[0]));
  EXPECT_EQ("filled", content_of(requests[1]));
  EXPECT_NE(requests[1].find("Content-Length: 6\r\n"), std::string::npos);
}

TEST_F(FileBodyTest, a_file_that_is_lost_before_the_retry_ends_it) {
  folder.put("f", "content");
  busy = 1;
  before_response = [this] { std::filesystem::remove(folder / "f"); };
  put(Body::file(folder / "f"));
  EXPECT_EQ("body_source_failed", outcome.text());
  EXPECT_EQ(1U, requests.size());
  EXPECT_EQ(2U, outcome.result->error().attempts());
}

}  // namespace
}  // namespace holdfast::api
