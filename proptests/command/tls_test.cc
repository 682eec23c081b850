// The holdfast command over TLS and HTTP/2, as a person meets it: whom it believes, what it says of
// the connection, how it ends when either layer fails, and which mistakes it explains.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "proptests/command/command_rig.h"

namespace proof {
namespace {

using nlohmann::json;
using Tls = Server::Tls;

const std::string kQuick = " --backoff-base 0.001 --read-timeout 5 ";
const std::string kPrior = " --http2-prior-knowledge ";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++found;
  return found;
}

void expect_one_line(const Ran& ran) {
  EXPECT_EQ(ran.err.rfind("holdfast: ", 0), 0U) << ran.err;
  EXPECT_EQ(count(ran.err, "\n"), 1U) << ran.err;
}

TEST(command_tls, a_trusted_server_is_spoken_to_over_http2) {
  Server server({"--rule", "200 body=text:hi"}, Tls::listens);
  const Ran ran = holdfast("get --json" + server.trust() + server.secure_url("/"));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const json out = json::parse(ran.out);
  EXPECT_EQ(out["http_version"], "2");
  const json& attempt = out["attempts"][0];
  EXPECT_EQ(attempt["tls"], json({{"version", "1.3"}, {"resumed", false}, {"verified", true}}));
  EXPECT_EQ(attempt["http_version"], "2");
  EXPECT_TRUE(attempt["h2_error"].is_null());
}

TEST(command_tls, a_flag_keeps_it_to_http_1_1) {
  Server server({"--rule", "200 body=text:hi"}, Tls::listens);
  const json out =
      json::parse(holdfast("get --json --http1.1" + server.trust() + server.secure_url("/")).out);
  EXPECT_EQ(out["http_version"], "1.1");
  EXPECT_EQ(out["attempts"][0]["tls"]["version"], "1.3");
}

TEST(command_tls, cleartext_says_so_in_json) {
  Server server({"--rule", "200 body=text:hi"});
  const json out = json::parse(holdfast("get --json " + server.url("/")).out);
  EXPECT_TRUE(out["attempts"][0]["tls"].is_null());
  EXPECT_EQ(out["attempts"][0]["http_version"], "1.1");
  EXPECT_EQ(out["trailers"], json::array());
}

TEST(command_tls, verbose_tells_version_protocol_and_missing_verification) {
  Server server({"--rule", "200 body=text:hi"}, Tls::listens);
  const Ran safe = holdfast("get -v" + server.trust() + server.secure_url("/"));
  EXPECT_NE(safe.err.find("TLS 1.3, HTTP/2: status 200"), safe.err.npos) << safe.err;
  const Ran blind = holdfast("get -v -k " + server.secure_url("/"));
  EXPECT_EQ(blind.exit, 0) << blind.err;
  EXPECT_NE(blind.err.find("certificate not verified"), blind.err.npos) << blind.err;
}

TEST(command_tls, a_second_connection_resumes_the_session) {
  Server server({"--rule", "200 h.Connection=close body=text:hi"}, Tls::listens);
  const std::string url = server.secure_url("/") + " ";
  const Ran ran = holdfast("get -v --http1.1" + server.trust() + url + url);
  EXPECT_EQ(ran.out, "hihi");
  EXPECT_EQ(count(ran.err, "TLS 1.3 (resumed)"), 1U) << ran.err;
  EXPECT_EQ(count(ran.err, "TLS 1.3"), 2U) << ran.err;
}

TEST(command_tls, a_certificate_that_is_not_believed_is_exit_60_and_no_request) {
  for (const char* kind :
       {"expired", "not-yet-valid", "self-signed", "wrong-host", "unknown-ca", "incomplete"}) {
    Server server({"--rule", "200", "--tls-cert", kind}, Tls::listens);
    const Ran ran = holdfast("get" + server.trust() + kQuick + server.secure_url("/"));
    EXPECT_EQ(ran.exit, 60) << kind << "\n" << ran.err;
    expect_one_line(ran);
    EXPECT_EQ(count(server.journal(), "\"req.head\""), 0U) << kind;
  }
}

TEST(command_tls, the_systems_store_does_not_know_the_fault_servers_authority) {
  Server server({"--rule", "200"}, Tls::listens);
  const Ran ran = holdfast("get " + server.secure_url("/"));
  EXPECT_EQ(ran.exit, 60) << ran.err;
  expect_one_line(ran);
}

TEST(command_tls, a_redirect_to_cleartext_is_followed_only_when_that_is_asked_for) {
  Server plain({"--rule", "200 body=text:cleartext"});
  Server server({"--rule", "302 h.Location=" + plain.url("/b") + " body=text:moved"}, Tls::listens);
  const std::string there = server.trust() + server.secure_url("/a");
  EXPECT_EQ(holdfast("get" + there).out, "moved");
  const Ran left = holdfast("get -L" + there);
  EXPECT_EQ(left.exit, 110) << left.err;
  EXPECT_NE(left.err.find("--location-downgrade"), std::string::npos) << left.err;
  const Ran ran = holdfast("get --json --location-downgrade" + there);
  const json out = json::parse(ran.out);
  EXPECT_EQ(out["status"], 200) << ran.err;
  EXPECT_EQ(out["final_url"], plain.url("/b"));
  EXPECT_EQ(out["attempts"][1]["url"], plain.url("/b"));
  EXPECT_EQ(holdfast("get --location-downgrade" + there).out, "cleartext");
}

TEST(command_tls, a_pin_that_does_not_fit_is_exit_60_even_when_nothing_else_is_verified) {
  Server server({"--rule", "200"}, Tls::listens);
  const std::string pin = " --pinnedpubkey sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= ";
  EXPECT_EQ(holdfast("get" + server.trust() + pin + server.secure_url("/")).exit, 60);
  EXPECT_EQ(holdfast("get -k" + pin + server.secure_url("/")).exit, 60);
}

TEST(command_tls, a_peer_without_tls_is_exit_35_and_told_in_words) {
  Server server({"--rule", "200"});
  const Ran ran = holdfast("get" + kQuick + "https://127.0.0.1:" + server.port() + "/");
  EXPECT_EQ(ran.exit, 35) << ran.err;
  expect_one_line(ran);
  EXPECT_NE(ran.err.find("does not speak TLS"), ran.err.npos) << ran.err;
}

TEST(command_tls, a_name_is_sent_to_the_address_it_was_given) {
  Server server({"--rule", "200 body=text:hi"}, Tls::listens);
  const std::string at = " --resolve 'A.test:" + server.tls_port() + ":[::1],127.0.0.1' ";
  const Ran ran =
      holdfast("get" + server.trust() + at + "https://a.test:" + server.tls_port() + "/");
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "hi");
  // The certificate still goes by the name.
  const std::string wrong = " --resolve 'other.test:*:127.0.0.1' ";
  const Ran other =
      holdfast("get" + server.trust() + wrong + "https://other.test:" + server.tls_port() + "/");
  EXPECT_EQ(other.exit, 60) << other.err;
}

TEST(command_tls, a_client_certificate_is_shown_where_it_is_demanded) {
  Server server({"--rule", "connection : tls.client_cert", "--rule", "200 body=text:hi"},
                Tls::listens);
  const Ran ran = holdfast("get" + server.trust() + server.identity() + server.secure_url("/"));
  EXPECT_EQ(ran.out, "hi") << ran.err;
  // In TLS 1.3 the refusal arrives when our side of the handshake is done.
  for (const char* version : {"", "--http1.1 "}) {
    const Ran without = holdfast("get" + server.trust() + version + server.secure_url("/"));
    EXPECT_EQ(without.exit, 35) << without.err;
    expect_one_line(without);
    EXPECT_NE(without.err.find("certificate"), without.err.npos) << without.err;
  }
}

TEST(command_tls, a_file_without_what_it_should_hold_is_exit_2) {
  const Scratch scratch;
  std::ofstream(scratch / "empty.pem") << "nothing\n";
  const Ran ran = holdfast("get --cacert " + (scratch / "empty.pem") + " https://127.0.0.1:1/");
  EXPECT_EQ(ran.exit, 2) << ran.err;
  expect_one_line(ran);
}

TEST(command_tls, mistakes_get_one_line_with_the_remedy_and_exit_2) {
  for (const char* arguments :
       {"--cacert /no/such.pem", "--cacert ''", "--cert /no/such.pem", "--tls-min 1.1",
        "--pinnedpubkey sha256/short", "--resolve nonsense", "--resolve a.test:x:127.0.0.1",
        "--resolve a.test:443:elsewhere", "--http1.1 --http2-prior-knowledge"}) {
    const Ran ran = holdfast(std::string("get https://127.0.0.1/ ") + arguments);
    EXPECT_EQ(ran.exit, 2) << arguments << "\n" << ran.err;
    expect_one_line(ran);
    EXPECT_EQ(ran.out, "") << arguments;
  }
  EXPECT_EQ(holdfast("load https://127.0.0.1/ --streams 0").exit, 2);
}

struct H2Case {
  const char* what;
  const char* rule;
  int exit;
  const char* told;  // in the line on standard error
};

class Http2Exit : public testing::TestWithParam<H2Case> {};

TEST_P(Http2Exit, is_curls) {
  const H2Case& c = GetParam();
  Server server({"--rule", c.rule});
  const Ran ran = holdfast("get --max-attempts 2" + kPrior + kQuick + server.url("/"));
  EXPECT_EQ(ran.exit, c.exit) << c.what << "\n" << ran.err;
  expect_one_line(ran);
  EXPECT_NE(ran.err.find(c.told), ran.err.npos) << c.what << "\n" << ran.err;
}

INSTANTIATE_TEST_SUITE_P(
    command, Http2Exit,
    testing::Values(
        H2Case{"refused", "rst code=REFUSED_STREAM x9", 92, "REFUSED_STREAM"},
        H2Case{"given up", "rst code=INTERNAL_ERROR x9", 92, "INTERNAL_ERROR"},
        H2Case{"ended for an error", "rst code=PROTOCOL_ERROR x9", 92, "PROTOCOL_ERROR"},
        H2Case{"a malformed message", "h2.nostatus x9", 8, ":status"},
        H2Case{"a broken connection", "h2.hpack kind=corrupt x9", 16, "COMPRESSION_ERROR"}));

TEST(command_http2, a_refused_stream_is_retried_and_named) {
  Server server({"--rule", "rst code=REFUSED_STREAM; 200 body=text:hi"});
  const json out = json::parse(holdfast("get --json" + kPrior + kQuick + server.url("/")).out);
  EXPECT_EQ(out["status"], 200);
  ASSERT_EQ(out["attempts"].size(), 2U);
  EXPECT_EQ(out["attempts"][0]["h2_error"], "REFUSED_STREAM");
  EXPECT_EQ(out["attempts"][0]["class"], "A");
  EXPECT_TRUE(out["attempts"][1]["h2_error"].is_null());
}

TEST(command_http2, a_failed_request_names_the_code_in_its_error) {
  Server server({"--rule", "rst code=INTERNAL_ERROR x9"});
  const json out =
      json::parse(holdfast("get --json --max-attempts 1" + kPrior + server.url("/")).out);
  EXPECT_EQ(out["error"]["code"], "stream_reset");
  EXPECT_EQ(out["error"]["h2_error"], "INTERNAL_ERROR");
}

TEST(command_http2, a_server_that_asks_for_http_1_1_gets_it) {
  Server server({"--rule", "h2.http11; 200 body=text:hi"});
  const json out = json::parse(holdfast("get --json" + kPrior + server.url("/")).out);
  EXPECT_EQ(out["http_version"], "1.1");
  EXPECT_EQ(out["attempts"][1]["delay_source"], "immediate");
}

TEST(command_http2, a_post_is_seen_once_whatever_happens) {
  for (const char* rule : {"rst code=REFUSED_STREAM x9", "goaway x9", "h2.http11 x9"}) {
    Server server({"--rule", rule});
    EXPECT_NE(holdfast("post -d order=1" + kPrior + kQuick + server.url("/pay")).exit, 0) << rule;
    EXPECT_EQ(count(server.journal(), "\"req.head\""), 1U) << rule;
  }
}

TEST(command_http2, dump_header_and_json_keep_head_and_trailers) {
  Server server({"--rule", "200 h.X-Mark=yes t.X-Sum=42 body=text:hi"});
  const Scratch scratch;
  const Ran ran = holdfast("get --json -D " + (scratch / "head") + kPrior + server.url("/"));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(slurp(scratch / "head").rfind("HTTP/2 200\r\n", 0), 0U) << slurp(scratch / "head");
  EXPECT_EQ(json::parse(ran.out)["trailers"], json::parse(R"([["x-sum", "42"]])"));
}

TEST(command_http2, load_shares_one_connection_up_to_its_streams) {
  Server server({"--rule", "pass"}, Tls::listens);
  const std::string what = "load --json -n 400 -c 20" + server.trust();
  const json one =
      json::parse(holdfast(what + "--streams 20 " + server.secure_url("/bytes/100")).out);
  EXPECT_EQ(one["errors"], 0);
  EXPECT_EQ(one["connections_opened"], 1);
  EXPECT_EQ(one["protocols"], json({{"HTTP/2 over TLS 1.3", 400}}));
  const json four =
      json::parse(holdfast(what + "--streams 5 " + server.secure_url("/bytes/100")).out);
  EXPECT_EQ(four["errors"], 0);
  EXPECT_EQ(four["connections_opened"], 4);
}

TEST(command_http2, load_tells_people_what_was_spoken) {
  Server server({"--rule", "pass"});
  const Ran ran = holdfast("load -n 10 -c 2" + kPrior + server.url("/bytes/1"));
  EXPECT_NE(ran.out.find("answered by HTTP/2: 10\n"), ran.out.npos) << ran.out;
  const Ran old = holdfast("load -n 10 -c 2 " + server.url("/bytes/1"));
  EXPECT_NE(old.out.find("answered by HTTP/1.1: 10\n"), old.out.npos) << old.out;
}

}  // namespace
}  // namespace proof
