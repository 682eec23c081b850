// The catalogue's rows of TLS faults (33 to 37), each by its number: what the client sees and what
// the journal says, in virtual time.
#include <gtest/gtest.h>

#include <string>

#include "fault_server/tls/client_rig.h"

namespace fault {
namespace {

TEST(TlsCatalogue, row_33_a_garbage_server_hello) {
  TlsRig rig("connection : tls.garbage bytes=300");
  TlsRig::Call call = rig.connect();
  EXPECT_TRUE(call->failed);
  EXPECT_FALSE(call->established);
  EXPECT_EQ(rig.wire(call).received.size(), 309U);
  EXPECT_TRUE(rig.wire(call).received.starts_with("\x16\x03\x03"));
  EXPECT_EQ(rig.wire(call).end, End::kFin);
  EXPECT_EQ(rig.notes(EntryType::kFault), "tls.garbage bytes=300");
  EXPECT_EQ(rig.last_close().closed_by, ClosedBy::kFault);
}

TEST(TlsCatalogue, row_33_plain_http_on_the_tls_port) {
  TlsRig rig("connection : tls.plain");
  TlsRig::Call call = rig.connect();
  EXPECT_TRUE(call->failed);
  const std::string& said = rig.wire(call).received;
  EXPECT_TRUE(said.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_EQ(after_head(said).size(), 38U);
  EXPECT_EQ(rig.wire(call).end, End::kFin);
}

TEST(TlsCatalogue, row_33_the_handshake_fails_by_an_alert) {
  for (const std::string_view name : {"handshake_failure", "unrecognized_name", "internal_error"}) {
    TlsRig rig("connection : tls.alert alert=" + std::string(name) + "; pass");
    TlsRig::Call call = rig.connect();
    EXPECT_EQ(call->alert, name);
    EXPECT_EQ(rig.wire(call).end, End::kFin);
    EXPECT_EQ(rig.last_close().how, CloseHow::kAlert);
    EXPECT_EQ(rig.last_close().closed_by, ClosedBy::kFault);
    EXPECT_TRUE(rig.connect()->established);
  }
}

TEST(TlsCatalogue, row_33_the_connection_ends_during_the_handshake) {
  const std::pair<std::string_view, End> cases[] = {{"reset", End::kRst}, {"close", End::kFin}};
  for (const auto& [action, end] : cases) {
    TlsRig none("connection : " + std::string(action) + "@tls");
    TlsRig::Call call = none.connect();
    EXPECT_EQ(none.wire(call).received, "");
    EXPECT_EQ(none.wire(call).end, end);
    EXPECT_GT(none.last_close().bytes_in, 0U) << "the ClientHello was read";

    TlsRig some("connection : " + std::string(action) + "@tls:77");
    TlsRig::Call cut = some.connect();
    EXPECT_EQ(some.wire(cut).received.size(), 77U);
    EXPECT_EQ(some.wire(cut).end, end);
    EXPECT_FALSE(cut->established);

    // Beyond the handshake: at its end, before any answer.
    TlsRig late("connection : " + std::string(action) + "@tls:100k");
    TlsRig::Call done = late.connect();
    EXPECT_TRUE(done->established);
    EXPECT_EQ(late.wire(done).end, end);
    EXPECT_FALSE(done->closed);
  }
}

TEST(TlsCatalogue, row_33_the_connection_ends_before_the_handshake) {
  TlsRig rig("connection : reset@accept; close@accept");
  EXPECT_EQ(rig.wire(rig.connect()).end, End::kRst);
  EXPECT_EQ(rig.wire(rig.connect()).end, End::kFin);
}

TEST(TlsCatalogue, row_34_nothing_comes_after_the_client_hello) {
  for (const std::string_view rule : {"connection : tls.stall", "connection : stall@tls"}) {
    TlsRig rig(rule);
    TlsRig::Call call = rig.connect();
    rig.run(call, 1h);
    EXPECT_EQ(rig.wire(call).received, "");
    EXPECT_EQ(rig.wire(call).end, End::kOpen);
    EXPECT_FALSE(rig.wire(call).reading);
    EXPECT_EQ(rig.rig().entries(EntryType::kFault).size(), 1U);
  }
}

TEST(TlsCatalogue, row_34_nothing_comes_from_the_second_flight_on) {
  TlsRig rig("connection : tls.stall flight=2");
  TlsRig::Call old = rig.connect({.version = TLS1_2_VERSION});
  rig.run(old, 1h);
  EXPECT_FALSE(rig.wire(old).received.empty());
  EXPECT_FALSE(old->established) << "the server's Finished is missing";
  TlsRig::Call call = rig.connect({.version = TLS1_3_VERSION});
  rig.get(call, "/x");
  rig.run(call, 1h);
  EXPECT_TRUE(call->established);
  EXPECT_EQ(call->received, "");
}

TEST(TlsCatalogue, row_34_flights_are_late) {
  TlsRig rig("connection : tls.stall delay=300ms\n/x : 200 body=text:hello");
  TlsRig::Call call = rig.connect({.version = TLS1_2_VERSION});
  EXPECT_EQ(rig.wire(call).received, "");
  rig.run(call, 299ms);
  EXPECT_EQ(rig.wire(call).received, "");
  rig.run(call, 1ms);
  EXPECT_FALSE(rig.wire(call).received.empty());
  EXPECT_FALSE(call->established);
  rig.run(call, 300ms);
  ASSERT_TRUE(call->established);
  rig.get(call, "/x");
  EXPECT_EQ(after_head(call->received), "hello");

  TlsRig second("connection : tls.stall flight=2 delay=1s\n/x : 200 body=text:hello");
  TlsRig::Call quick = second.connect({.version = TLS1_2_VERSION});
  EXPECT_FALSE(second.wire(quick).received.empty());
  EXPECT_FALSE(quick->established);
  second.run(quick, 1s);
  EXPECT_TRUE(quick->established);
}

TEST(TlsCatalogue, row_34_what_the_client_says_early_waits_with_the_flight) {
  TlsRig rig("connection : tls.stall flight=2 delay=1s\n/x : 200 body=text:hello");
  TlsRig::Call call = rig.connect({.version = TLS1_3_VERSION});
  ASSERT_TRUE(call->established);
  rig.get(call, "/x");
  EXPECT_EQ(call->received, "");
  rig.run(call, 1s);
  EXPECT_EQ(after_head(call->received), "hello");
}

TEST(TlsCatalogue, row_35_bad_certificates) {
  const std::pair<std::string_view, long> cases[] = {
      {"good", X509_V_OK},
      {"expired", X509_V_ERR_CERT_HAS_EXPIRED},
      {"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID},
      {"self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
      {"wrong-host", X509_V_ERR_HOSTNAME_MISMATCH},
      {"unknown-ca", X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN},
      {"incomplete", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}};
  for (const auto& [kind, verdict] : cases) {
    TlsRig by_listener("", TlsRig::secure(kind));
    TlsRig::Call call = by_listener.connect();
    EXPECT_EQ(call->verified(), verdict) << kind;
    EXPECT_TRUE(contains(by_listener.notes(EntryType::kTls), "certificate=" + std::string(kind)));

    TlsRig by_step("connection 2 : tls.cert cert=" + std::string(kind));
    EXPECT_EQ(by_step.connect()->verified(), X509_V_OK);
    EXPECT_EQ(by_step.connect()->verified(), verdict) << kind;
    EXPECT_EQ(by_step.connect()->verified(), X509_V_OK);
  }
}

TEST(TlsCatalogue, row_35_a_weak_certificate) {
  TlsRig rig("", TlsRig::secure("weak"));
  TlsRig::Call strict = rig.connect({.security_level = 2});
  EXPECT_TRUE(strict->failed || strict->verified() == X509_V_ERR_EE_KEY_TOO_SMALL);
  TlsRig::Call lax = rig.connect({.security_level = 0});
  EXPECT_TRUE(lax->established) << lax->reason;
  EXPECT_EQ(lax->verified(), X509_V_OK);
}

TEST(TlsCatalogue, row_36_a_fatal_alert_in_mid_stream) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const std::string_view name : {"internal_error", "access_denied", "bad_record_mac"}) {
      TlsRig rig("tls.alert@body:512 alert=" + std::string(name));
      TlsRig::Call call = rig.connect({.version = version});
      rig.get(call, "/x");
      EXPECT_EQ(after_head(call->received).size(), 512U);
      EXPECT_EQ(call->alert, name) << call->reason;
      EXPECT_TRUE(call->failed);
      EXPECT_FALSE(call->closed);
      EXPECT_EQ(rig.wire(call).end, End::kFin);
      EXPECT_EQ(rig.last_close().how, CloseHow::kAlert);
      EXPECT_EQ(rig.notes(EntryType::kFault), "tls.alert@body:512");
    }
  }
}

TEST(TlsCatalogue, row_36_an_alert_after_many_records_and_a_resumed_session) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsRig rig("/big : 200 body=fill:200k\n/x : tls.alert@status alert=user_canceled");
    TlsRig::Call first = rig.connect({.version = version});
    rig.get(first, "/big");
    TlsRig::Call call = rig.connect({.version = version, .resume = first->session()});
    rig.get(call, "/big");
    EXPECT_TRUE(call->resumed());
    rig.get(call, "/x");
    EXPECT_EQ(call->alert, "user_canceled") << call->reason;
  }
}

TEST(TlsCatalogue, row_36_an_alert_after_a_key_update_is_the_one_that_openssl_has) {
  TlsRig rig("/x : 200\n/y : tls.alert@status alert=access_denied");
  TlsRig::Call call = rig.connect({.version = TLS1_3_VERSION});
  call->update_key();
  rig.get(call, "/x");
  rig.get(call, "/y");
  EXPECT_TRUE(call->failed);
  EXPECT_EQ(call->alert, "bad_record_mac");
}

TEST(TlsCatalogue, row_36_a_close_without_close_notify) {
  for (const std::string_view rule :
       {"tls.truncate body=fill:100", "connection : tls.truncate\n200 body=fill:100 does=close"}) {
    TlsRig rig(rule);
    TlsRig::Call call = rig.connect();
    rig.get(call, "/x");
    EXPECT_EQ(after_head(call->received).size(), 100U);
    EXPECT_FALSE(call->closed);
    EXPECT_FALSE(call->failed);
    EXPECT_EQ(rig.wire(call).end, End::kFin);
    EXPECT_EQ(rig.rig().entries(EntryType::kFault).empty(), false);
  }
}

TEST(TlsCatalogue, row_36_a_body_without_length_is_cut_without_close_notify) {
  TlsRig rig("tls.truncate@body:10 body=fill:100 length=none");
  TlsRig::Call call = rig.connect();
  rig.get(call, "/x");
  EXPECT_EQ(after_head(call->received), "abcdefghij");
  EXPECT_FALSE(contains(call->received, "Content-Length"));
  EXPECT_FALSE(call->closed) << "only the missing close_notify tells it from the end of the body";
}

TEST(TlsCatalogue, row_37_alpn_none_mismatched_and_h2_only) {
  TlsRig rig("connection : tls.alpn alpn=none; tls.alpn alpn=h2; tls.alpn alpn=refuse; pass");
  TlsRig::Call none = rig.connect();
  EXPECT_TRUE(none->established);
  EXPECT_EQ(none->alpn(), "");
  rig.get(none, "/status/200");
  EXPECT_TRUE(contains(none->received, "200 OK"));
  TlsRig::Call mismatch = rig.connect({.alpn = {"http/1.1"}});
  EXPECT_EQ(mismatch->alert, "no_application_protocol");
  EXPECT_EQ(rig.last_close().closed_by, ClosedBy::kFault);
  EXPECT_EQ(rig.last_close().how, CloseHow::kAlert);
  EXPECT_TRUE(contains(rig.notes(EntryType::kTls, 1), "alert_sent=no_application_protocol"));
  EXPECT_EQ(rig.connect()->alert, "no_application_protocol");
  EXPECT_EQ(rig.connect()->alpn(), "http/1.1");
}

TEST(TlsCatalogue, row_37_a_protocol_that_nobody_offered) {
  TlsRig rig("connection : tls.alpn alpn=bogus");
  TlsRig::Call call = rig.connect();
  EXPECT_TRUE(call->failed || call->alpn() == "bogus/1");
}

TEST(TlsCatalogue, row_37_h2_only_by_the_listener) {
  Listener listener = TlsRig::secure();
  listener.alpn = {"h2"};
  TlsRig rig("", listener);
  EXPECT_EQ(rig.connect({.alpn = {"h2", "http/1.1"}})->alpn(), "h2");
  EXPECT_EQ(rig.connect({.alpn = {"http/1.1"}})->alert, "no_application_protocol");
}

TEST(TlsCatalogue, row_37_one_version_only) {
  TlsRig rig("connection : tls.version version=1.2; tls.version version=1.3; pass");
  EXPECT_EQ(rig.connect()->version(), "TLSv1.2");
  EXPECT_EQ(rig.connect({.version = TLS1_2_VERSION})->alert, "protocol_version");
  EXPECT_EQ(rig.connect()->version(), "TLSv1.3");
  Listener listener = TlsRig::secure();
  listener.tls_versions = {"1.2"};
  TlsRig old("", listener);
  EXPECT_EQ(old.connect()->version(), "TLSv1.2");
  EXPECT_EQ(old.connect({.version = TLS1_3_VERSION})->alert, "protocol_version");
}

TEST(TlsCatalogue, row_37_versions_of_old) {
  TlsRig rig("connection : tls.version version=1.1");
  TlsRig::Call call = rig.connect();
  EXPECT_FALSE(call->established) << "no client of today goes below 1.2";
  EXPECT_TRUE(call->failed);
}

TEST(TlsCatalogue, row_37_a_client_certificate_is_demanded) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Listener listener = TlsRig::secure();
    listener.tls_client_cert = "demand";
    TlsRig rig("", listener);
    TlsRig::Call without = rig.connect({.version = version});
    EXPECT_EQ(without->alert,
              version == TLS1_3_VERSION ? "certificate_required" : "handshake_failure");
    EXPECT_EQ(rig.last_close().how, CloseHow::kAlert);
    TlsRig::Call with = rig.connect({.version = version, .shows_certificate = true});
    rig.get(with, "/status/200");
    EXPECT_TRUE(contains(with->received, "200 OK")) << with->reason;
    EXPECT_TRUE(
        contains(rig.notes(EntryType::kTls, 1), "client_certificate=CN=fault-server client"))
        << rig.notes(EntryType::kTls, 1);
  }
}

TEST(TlsCatalogue, row_37_a_client_certificate_is_asked_for_by_a_step) {
  TlsRig rig("connection : tls.client_cert client_cert=ask; tls.client_cert");
  EXPECT_TRUE(rig.connect()->established);
  EXPECT_EQ(rig.connect({.version = TLS1_2_VERSION})->alert, "handshake_failure");
}

}  // namespace
}  // namespace fault
