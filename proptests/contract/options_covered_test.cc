// No option without a test that shows it acts: every data member of every public struct of options
// is read from the headers and must have a row below, naming tests that exist. Those tests change
// the option and see the wire, the trace or the outcome change. That they do is for the reader of a
// row to judge; that there is a row for each option, and no row for what is gone, is judged here.
// What a RequestPolicy can carry needs a second test, which shows that it acts for one request.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "proptests/house/tidy.h"

namespace proof {
namespace {

namespace fs = std::filesystem;

// --- Reading headers -----------------------------------------------------------------------------

struct Field {
  std::string type, name;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// `text` cut at `separator` outside of all brackets. A shift to the left opens none.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.substr(i, 2) == "<<") {
      parts.back() += "<<";
      ++i;
      continue;
    }
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    if (c == separator && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// The last word of a declarator, and what stands before it.
Field last_word(std::string text) {
  text = text.substr(0, std::min(text.find('='), text.find('{')));
  while (!text.empty() && !is_word(text.back())) text.pop_back();
  std::size_t begin = text.size();
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  Field field{text.substr(0, begin), text.substr(begin)};
  field.type.erase(0, field.type.find_first_not_of(" \n"));
  while (!field.type.empty() && field.type.back() == ' ') field.type.pop_back();
  return field;
}

/// The data members of a class body, comments and literals blanked out. Sees declarations at the
/// top level; a function's body ends its statement as a semicolon does.
std::vector<Field> fields_of(std::string_view body) {
  std::string statements;
  int depth = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    statements += body[i];
    if (body[i] == '{') ++depth;
    if (body[i] == '}' && --depth == 0) {
      const std::size_t next = body.find_first_not_of(" \n", i + 1);
      if (next == body.npos || (body[next] != ';' && body[next] != ',')) statements += ';';
    }
  }
  std::vector<Field> fields;
  for (const std::string& statement : split(statements, ';')) {
    const std::vector<std::string> declarators = split(statement, ',');
    const std::string& first = declarators.front();
    const std::string head = first.substr(0, std::min(first.find('='), first.find('{')));
    if (head.find('(') != head.npos || head.find("operator") != head.npos) continue;
    Field field = last_word(first);
    if (field.name.empty() || field.type.empty() || field.type.find("using") == 0) continue;
    if (field.type.find("static") == 0 || field.type.find("friend") == 0) continue;
    const std::string type = field.type;
    fields.push_back(std::move(field));
    for (std::size_t i = 1; i < declarators.size(); ++i) {
      fields.push_back({type, last_word(declarators[i]).name});
    }
  }
  return fields;
}

bool is_of_options(std::string_view name) {
  return name.ends_with("Policy") || name.ends_with("Options") || name.ends_with("Budget") ||
         name == "HostAddress" || name == "Request";
}

/// A struct's fields by "Struct.field"; of those that are structs of options themselves the fields
/// are named instead.
std::map<std::string, std::string> options_in(const std::string& header) {
  const std::string text = tidy::blank_out(header, true);
  std::map<std::string, std::string> options;
  for (std::size_t at = text.find("struct "); at != text.npos; at = text.find("struct ", at + 1)) {
    const std::size_t open = text.find_first_of("{;", at);
    if (open == text.npos || text[open] == ';' || (at > 0 && is_word(text[at - 1]))) continue;
    const std::string name = last_word(text.substr(at, open - at)).name;
    if (!is_of_options(name)) continue;
    int depth = 1;
    std::size_t close = open + 1;
    for (; close < text.size() && depth > 0; ++close) {
      if (text[close] == '{') ++depth;
      if (text[close] == '}') --depth;
    }
    for (const Field& field :
         fields_of(std::string_view(text).substr(open + 1, close - open - 2))) {
      if (!is_of_options(field.type)) options[name + "." + field.name] = field.type;
    }
  }
  return options;
}

std::string contents(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

std::map<std::string, std::string> all_options() {
  std::map<std::string, std::string> options;
  for (const auto& entry :
       fs::directory_iterator(fs::path(HOLDFAST_SOURCE_DIR) / "include/holdfast")) {
    options.merge(options_in(contents(entry.path())));
  }
  return options;
}

/// "Suite.name" of every test in the tree.
std::set<std::string> all_tests() {
  std::set<std::string> tests;
  for (const char* room : {"src", "fault_server", "proptests", "examples"}) {
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(HOLDFAST_SOURCE_DIR) / room)) {
      if (!entry.path().string().ends_with("_test.cc")) continue;
      const std::string text = contents(entry.path());
      for (const char* macro : {"\nTEST(", "\nTEST_F(", "\nTEST_P(", "\nRC_GTEST_PROP("}) {
        const std::size_t length = std::string_view(macro).size();
        for (std::size_t at = text.find(macro); at != text.npos; at = text.find(macro, at + 1)) {
          const std::size_t end = text.find_first_of("){", at + length);
          std::string words = text.substr(at + length, end - at - length);
          words.erase(std::remove_if(words.begin(), words.end(),
                                     [](char c) { return c == ' ' || c == '\n'; }),
                      words.end());
          std::replace(words.begin(), words.end(), ',', '.');
          // RC_GTEST_PROP has parameters after the name.
          if (const auto third = words.find(".("); third != words.npos) words.resize(third);
          tests.insert(words);
        }
      }
    }
  }
  return tests;
}

// --- The table -----------------------------------------------------------------------------------

using Rows = std::map<std::string, std::vector<std::string>>;

Rows client_rows() {
  return {
      {"ClientOptions.base_url", {"options.base_url_joins_relative_references"}},
      {"ClientOptions.default_headers",
       {"options.default_headers_and_user_agent_give_way_to_the_request_s_own"}},
      {"ClientOptions.user_agent",
       {"options.default_headers_and_user_agent_give_way_to_the_request_s_own"}},
      {"ClientOptions.dns_cache_ttl",
       {"ResolverTest.an_answer_is_kept_for_its_time_and_no_longer",
        "ResolverTest.nothing_is_kept_when_the_cache_is_off"}},
      {"ClientOptions.dns_stale_ttl",
       {"ResolverTest.an_old_answer_serves_while_the_service_fails_for_the_moment"}},
      {"ClientOptions.dns_concurrency",
       {"ResolverTest.no_more_than_so_many_run_at_once_and_the_rest_go_in_order"}},
      {"ClientOptions.resolve",
       {"command_tls.a_name_is_sent_to_the_address_it_was_given",
        "Hostile.inv_36_connections_are_shared_within_one_key_only"}},
      {"ClientOptions.seed", {"DriverTest.one_seed_gives_one_trace_and_another_another"}},
      {"ClientOptions.ignore_sigpipe",
       {"OptionsAct.the_signal_is_left_alone_where_it_is_asked_to"}},
      {"HostAddress.host", {"OptionsAct.a_fixed_address_is_of_one_host_and_port"}},
      {"HostAddress.port", {"OptionsAct.a_fixed_address_is_of_one_host_and_port"}},
      {"HostAddress.address", {"OptionsAct.a_fixed_address_is_of_one_host_and_port"}},
      {"Request.method", {"ClientTest.the_verbs_send_their_methods_and_bodies"}},
      {"Request.url", {"options.base_url_joins_relative_references"}},
      {"Request.headers", {"options.default_headers_and_user_agent_give_way_to_the_request_s_own"}},
      {"Request.body", {"ClientTest.the_verbs_send_their_methods_and_bodies"}},
      {"Request.policy", {"options.a_request_s_own_policy_overrides_the_client_s"}},
      {"RequestPolicy.retry", {"options.a_request_s_own_policy_overrides_the_client_s"}},
      {"RequestPolicy.timeouts", {"options.a_request_s_own_policy_overrides_the_client_s"}},
      {"RequestPolicy.limits", {"options.a_request_s_own_policy_overrides_the_client_s"}},
      {"RequestPolicy.http2", {"Hostile.inv_36_connections_are_shared_within_one_key_only"}},
  };
}

Rows retry_rows() {
  return {
      {"RetryPolicy.max_attempts",
       {"DecideAttempts.the_first_counts_towards_the_maximum",
        "Waits.inv_21_backoff_bounds_hold_at_the_servers_clock"}},
      {"RetryPolicy.non_idempotent",
       {"options.an_unsent_post_is_replayed_only_on_proof",
        "options.a_keyed_post_is_replayed_with_the_same_generated_key"}},
      {"RetryPolicy.generate_idempotency_key",
       {"options.a_keyed_post_is_replayed_with_the_same_generated_key"}},
      {"RetryPolicy.statuses", {"DecideStatus.the_set_is_the_users"}},
      {"RetryPolicy.errors",
       {"DecideError.the_set_of_failures_is_the_users",
        "OptionsAct.errors_are_retried_that_are_added_and_not_those_taken_away"}},
      {"RetryPolicy.pushback_fields", {"DecidePushback.the_fields_are_the_users"}},
      {"RetryPolicy.rate_limit_hints", {"DecideWait.other_hints_can_be_switched_off"}},
      {"RetryPolicy.retry_misdirected", {"DecideStatus.misdirected_can_be_switched_off"}},
      {"RetryPolicy.replay_stale", {"DecideStale.can_be_switched_off"}},
      {"RetryPolicy.retry_after_statuses",
       {"DecideWait.retry_after_on_other_statuses_is_noted_and_not_heeded",
        "OptionsAct.retry_after_is_heeded_on_the_statuses_that_are_named"}},
      {"RetryPolicy.max_retry_after", {"Waits.inv_22_nobody_comes_back_before_retry_after"}},
      {"RetryPolicy.retry_after_jitter",
       {"DecideWait.retry_after_jitter_comes_above_and_never_below"}},
      {"RetryPolicy.predicate", {"DecidePredicate.stop_narrows"}},
      {"RetryPolicy.predicate_context",
       {"DecidePredicate.is_told_what_happened_and_what_the_rules_say"}},
      {"RetryBudget.ratio", {"Budget.ten_first_attempts_earn_one_retry_at_a_ratio_of_a_tenth"}},
      {"RetryBudget.burst",
       {"Budget.starts_full_and_is_empty_after_the_burst",
        "OptionsAct.a_budget_bounds_the_retries_of_all_requests_together"}},
      {"BackoffPolicy.base", {"Waits.inv_21_backoff_bounds_hold_at_the_servers_clock"}},
      {"BackoffPolicy.max", {"Waits.inv_21_backoff_bounds_hold_at_the_servers_clock"}},
      {"BackoffPolicy.jitter", {"BackoffLaw.delays_follow_their_declared_law"}},
      {"BackoffPolicy.jitter_low", {"BackoffLaw.delays_follow_their_declared_law"}},
      {"BackoffPolicy.jitter_high", {"BackoffLaw.delays_follow_their_declared_law"}},
  };
}

Rows time_rows() {
  const std::string phases = "Waits.inv_25_each_phase_times_out_with_its_own_code";
  return {
      {"TimeoutPolicy.connect", {phases}},
      {"TimeoutPolicy.read", {phases}},
      {"TimeoutPolicy.write", {phases}},
      {"TimeoutPolicy.pool", {phases}},
      {"TimeoutPolicy.total", {"Waits.inv_24_26_nothing_outlives_its_deadline"}},
      {"TimeoutPolicy.first_byte",
       {"options.first_byte_timeout_counts_from_the_last_byte_sent", phases}},
      {"TimeoutPolicy.attempt",
       {"options.attempt_timeout_bounds_one_attempt_and_is_retried", phases}},
      {"TimeoutPolicy.min_bytes_per_second", {"options.minimum_throughput_ends_a_trickle"}},
      {"TimeoutPolicy.throughput_window", {"options.minimum_throughput_ends_a_trickle"}},
  };
}

Rows pool_rows() {
  return {
      {"PoolPolicy.max_connections", {"Connections.inv_29_limits_hold_at_every_instant"}},
      {"PoolPolicy.max_idle", {"Connections.inv_29_limits_hold_at_every_instant"}},
      {"PoolPolicy.idle_expiry",
       {"Connections.inv_35_idle_connections_expire_and_are_not_handed_out"}},
      {"PoolPolicy.max_per_origin", {"options.max_per_origin_leaves_room_for_other_origins"}},
      {"PoolPolicy.max_lifetime",
       {"options.a_connection_past_its_lifetime_takes_no_further_request"}},
      {"PoolPolicy.lifetime_jitter",
       {"options.lifetime_jitter_makes_each_connection_s_own_lifetime_shorter"}},
      {"PoolPolicy.max_requests_per_connection", {"options.max_requests_per_connection_is_kept"}},
      {"LimitPolicy.max_head_bytes", {"Hostile.inv_42_a_flood_costs_what_the_limits_say"}},
      {"LimitPolicy.max_body_bytes", {"Hostile.inv_42_a_flood_costs_what_the_limits_say"}},
      {"LimitPolicy.max_header_count", {"OptionsAct.fields_are_counted_on_every_transport"}},
      {"LimitPolicy.max_interim_bytes",
       {"OptionsAct.interim_responses_are_counted_on_every_transport"}},
      {"LimitPolicy.drain_bytes",
       {"options.an_unwanted_body_is_drained_up_to_its_bounds",
        "options.a_request_s_own_drain_limits_bound_what_is_drained_of_its_response",
        "h2_drain.is_bounded_by_the_requests_own_limits"}},
      {"LimitPolicy.drain_time",
       {"options.an_unwanted_body_is_drained_up_to_its_bounds",
        "options.a_request_s_own_drain_limits_bound_what_is_drained_of_its_response"}},
  };
}

Rows protocol_rows() {
  const std::string identity = "TlsContextTest.identity_is_taken_from_files_and_from_text";
  const std::string trust =
      "TlsContextTest.certificate_authority_is_taken_from_a_file_from_text_and_from_both";
  return {
      {"TlsPolicy.ca_file", {trust}},
      {"TlsPolicy.ca_pem", {trust}},
      {"TlsPolicy.also_system_trust",
       {"TlsContextTest.system_is_asked_unless_an_authority_is_given_alone"}},
      {"TlsPolicy.certificate_file", {identity}},
      {"TlsPolicy.certificate_pem", {identity}},
      {"TlsPolicy.key_file", {identity}},
      {"TlsPolicy.key_pem", {identity}},
      {"TlsPolicy.pinned_keys", {"TlsVerify.pins_come_on_top_of_all_other_checks"}},
      {"TlsPolicy.min_version", {"TlsSession.versions_below_the_least_are_refused"}},
      {"TlsPolicy.resume_sessions", {"TlsResumption.nothing_is_resumed_where_the_policy_says_so"}},
      {"TlsPolicy.insecure_skip_verification",
       {"SecureEngineOptions.unverified_connections_show_in_the_timeline"}},
      {"Http2Policy.use", {"Hostile.inv_36_connections_are_shared_within_one_key_only"}},
      {"Http2Policy.max_streams",
       {"OptionsAct.streams_beyond_ours_go_to_another_connection",
        "command_http2.load_shares_one_connection_up_to_its_streams"}},
      {"Http2Policy.stream_window_bytes",
       {"OptionsAct.windows_bound_what_a_paused_reader_is_sent"}},
      {"Http2Policy.connection_window_bytes",
       {"OptionsAct.the_window_of_a_connection_bounds_what_is_under_way"}},
      {"Http2Policy.ping_timeout", {"OptionsAct.a_suspect_has_the_time_of_a_ping"}},
      {"Http2Policy.flood_allowance", {"OptionsAct.frames_without_content_are_counted"}},
  };
}

Rows everyday_rows() {
  return {
      {"ClientOptions.cookies", {"cookies.every_answer_sets_them_and_every_hop_sends_its_own"}},
      {"ClientOptions.unix_socket",
       {"UnixSocket.is_connected_to_without_a_look_up_and_the_url_stands_in_host"}},
      {"DecodePolicy.enabled", {"content.switched_off_nothing_is_asked_for_and_nothing_undone"}},
      {"DecodePolicy.max_ratio",
       {"content.a_bomb_is_stopped_by_the_ratio_streamed_or_not",
        "OptionsAct.a_ratio_counts_once_its_grace_is_used_up"}},
      {"DecodePolicy.ratio_grace_bytes", {"OptionsAct.a_ratio_counts_once_its_grace_is_used_up"}},
      {"DecodePolicy.max_window_bytes",
       {"Decoder.windows_beyond_the_limit_are_refused_and_those_within_are_not"}},
      {"ProxyPolicy.http_proxy", {"ForwardProxy.is_connected_to_and_told_the_whole_url"}},
      {"ProxyPolicy.https_proxy", {"Tunnel.the_proxy_sees_the_host_and_nothing_of_the_request"}},
      {"ProxyPolicy.no_proxy",
       {"ForwardProxy.an_exempt_host_is_gone_to_directly_and_sees_no_proxy_credentials"}},
      {"RedirectPolicy.follow", {"redirects.a_redirect_is_the_answer_unless_asked_for"}},
      {"RedirectPolicy.max_redirects", {"redirects.one_hop_too_many_is_an_error"}},
      {"RedirectPolicy.resend_unsafe",
       {"redirects.resend_unsafe_takes_a_post_and_its_body_along_once",
        "redirects.a_request_may_resend_where_its_client_does_not"}},
      {"ClientOptions.path_as_is", {"redirects.the_client_or_the_request_may_keep_dot_segments"}},
      {"RequestPolicy.path_as_is", {"redirects.the_client_or_the_request_may_keep_dot_segments"}},
      {"ProxyPolicy.check_on_use",
       {"Routes.a_proxy_that_cannot_be_used_fails_those_that_would_use_it"}},
      {"RedirectPolicy.allow_downgrade", {"redirect.https_to_http_takes_permission"}},
      {"Request.expect_continue", {"expect.the_body_follows_upon_100"}},
      {"TimeoutPolicy.expect_continue",
       {"expect.a_silent_server_is_waited_for_as_long_as_the_option_says"}},
      {"RequestPolicy.decode", {"content.switched_off_nothing_is_asked_for_and_nothing_undone"}},
      {"RequestPolicy.redirects", {"redirects.the_request_has_its_own_say"}},
      {"RequestPolicy.proxy", {"OwnChoice.of_a_proxy_acts_and_its_mistakes_are_refused"}},
      {"RequestPolicy.unix_socket",
       {"UnixSocket.goes_before_the_client_s_proxy_unless_the_request_says_none"}},
  };
}

/// What a test of one's own may say of the servers in its world.
Rows testing_rows() {
  return {
      {"ServerOptions.alpn", {"WorldTls.a_server_without_http2_speaks_http1"}},
      {"ServerOptions.certificate",
       {"WorldTls.a_bad_certificate_is_rejected_before_a_request_is_sent"}},
      {"ServerOptions.client_certificate",
       {"WorldTls.a_server_that_demands_a_client_certificate_takes_its_own"}},
  };
}

Rows all_rows() {
  Rows rows = client_rows();
  for (Rows more :
       {retry_rows(), time_rows(), pool_rows(), protocol_rows(), everyday_rows(), testing_rows()}) {
    rows.merge(more);
  }
  return rows;
}

// --- Of one request ------------------------------------------------------------------------------

/// The parts of a RequestPolicy, as the names of options begin.
const std::map<std::string, std::string>& own_parts() {
  static const std::map<std::string, std::string> kParts = {
      {"RetryPolicy", "retry."},        {"BackoffPolicy", "retry.backoff."},
      {"RetryBudget", "retry.budget."}, {"TimeoutPolicy", "timeouts."},
      {"LimitPolicy", "limits."},       {"DecodePolicy", "decode."},
      {"RedirectPolicy", "redirects."}, {"ProxyPolicy", "proxy."}};
  return kParts;
}

/// Tests of what own_options_test.cc has no row for.
Rows own_rows() {
  const std::string predicate = "OwnOptions.a_predicate_is_asked_about_its_own_request";
  const std::string budget = "options.a_request_with_a_budget_of_its_own_is_refused";
  return {
      {"ProxyPolicy.check_on_use",
       {"OwnOptions.a_proxy_is_checked_on_use_where_the_request_says_so"}},
      {"RetryPolicy.predicate", {predicate}},
      {"RetryPolicy.predicate_context", {predicate}},
      {"RetryBudget.ratio", {budget}},
      {"RetryBudget.burst", {budget}},
      {"ProxyPolicy.check_on_use",
       {"Routes.a_proxy_that_cannot_be_used_fails_those_that_would_use_it"}},
  };
}

/// "retry.max_attempts" of "RetryPolicy.max_attempts"; empty if no request can carry it.
std::string own_name(const std::string& option) {
  const std::size_t dot = option.find('.');
  const auto part = own_parts().find(option.substr(0, dot));
  return part == own_parts().end() ? "" : part->second + option.substr(dot + 1);
}

// --- The check -----------------------------------------------------------------------------------

TEST(OptionsCovered, every_option_has_a_test_that_shows_it_acts) {
  const Rows rows = all_rows();
  for (const auto& [option, type] : all_options()) {
    EXPECT_TRUE(rows.contains(option) && !rows.at(option).empty())
        << option << " (" << type << ") has no test: write one that sees it act, and its row here";
  }
}

TEST(OptionsCovered, every_option_of_a_request_has_a_test_that_shows_it_acts_for_one) {
  const std::string table =
      contents(fs::path(HOLDFAST_SOURCE_DIR) / "proptests/contract/own_options_test.cc");
  const Rows own = own_rows();
  for (const auto& [option, type] : all_options()) {
    if (option.starts_with("RequestPolicy.") && type.find("Policy>") != type.npos) {
      const std::string part = type.substr(type.find('<') + 1, type.find('>') - type.find('<') - 1);
      EXPECT_TRUE(own_parts().contains(part)) << part << " is a part that this test does not know";
    }
    const std::string name = own_name(option);
    if (name.empty() || own.contains(option)) continue;
    EXPECT_NE(table.find("{\"" + name + "\", "), table.npos)
        << option << ": nothing shows that " << name << " of one request acts: own_options_test.cc "
        << "needs a row, or own_rows() a test";
  }
}

TEST(OptionsCovered, every_row_is_of_an_option_that_exists) {
  const auto options = all_options();
  for (const Rows& rows : {all_rows(), own_rows()}) {
    for (const auto& [option, tests] : rows) {
      EXPECT_TRUE(options.contains(option)) << option << " is gone: remove its row";
    }
  }
}

TEST(OptionsCovered, every_test_that_is_named_exists) {
  const std::set<std::string> tests = all_tests();
  EXPECT_GT(tests.size(), 1000U);
  for (const Rows& rows : {all_rows(), own_rows()}) {
    for (const auto& [option, named] : rows) {
      for (const std::string& test : named) {
        EXPECT_TRUE(tests.contains(test)) << option << " is shown by " << test << ", which is gone";
      }
    }
  }
}

// --- The reader itself ---------------------------------------------------------------------------

TEST(OptionsReader, finds_fields_and_leaves_functions_alone) {
  const auto options = options_in(
      "struct SomePolicy {\n"
      "  int a = 1;  ///< not; a = field\n"
      "  double low = f(2, 3), high{4};\n"
      "  std::uint64_t large = 64ULL << 20;\n"
      "  std::map<int, int> both;\n"
      "  std::optional<OtherPolicy> other;\n"
      "  OtherPolicy nested;\n"
      "  static SomePolicy usual();\n"
      "  bool empty() const { return a == 0; }\n"
      "  int last = 0;\n"
      "  friend bool operator==(const SomePolicy&, const SomePolicy&) = default;\n"
      "};\n"
      "struct Other { int b; };\nstruct LaterPolicy;\n");
  std::set<std::string> names;
  for (const auto& [name, type] : options) names.insert(name);
  EXPECT_EQ(names, (std::set<std::string>{"SomePolicy.a", "SomePolicy.low", "SomePolicy.high",
                                          "SomePolicy.large", "SomePolicy.both", "SomePolicy.other",
                                          "SomePolicy.last"}));
  EXPECT_EQ(options.at("SomePolicy.both"), "std::map<int, int>");
}

TEST(OptionsReader, sees_the_structs_that_there_are) {
  const auto options = all_options();
  EXPECT_GT(options.size(), 60U);
  for (const char* one : {"RetryPolicy.max_attempts", "BackoffPolicy.jitter_high",
                          "TlsPolicy.ca_pem", "ClientOptions.seed", "Request.expect_continue"}) {
    EXPECT_TRUE(options.contains(one)) << one;
  }
}

}  // namespace
}  // namespace proof
