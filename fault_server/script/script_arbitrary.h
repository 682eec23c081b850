// Arbitrary scripts for properties: every action with every modifier it takes, made from the
// vocabulary's own table, so that a new word is covered the day it is added. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "fault_server/script/script.h"
#include "fault_server/script/step.h"
#include "fault_server/script/values.h"
#include "fault_server/script/words.h"

namespace fault::arbitrary {

inline std::string text() {
  return *rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::inRange<char>(' ', '~'), rc::gen::element('"', '\\', ';', '\n', '\0', '=', ' '),
      rc::gen::arbitrary<char>()));
}

inline Duration time() {
  const auto unit = *rc::gen::element<std::int64_t>(1, 1000, 1'000'000, 1'000'000'000,
                                                    60'000'000'000, 3'600'000'000'000);
  return Duration(*rc::gen::inRange<std::int64_t>(0, 5000) * unit);
}

inline Distribution spread() {
  Distribution out;
  out.kind = *rc::gen::element(Distribution::Kind::kFixed, Distribution::Kind::kUniform,
                               Distribution::Kind::kLogNormal, Distribution::Kind::kExponential);
  out.a = time();
  if (out.kind == Distribution::Kind::kUniform) out.b = out.a + time();
  if (out.kind == Distribution::Kind::kLogNormal) {
    out.sigma = *rc::gen::inRange(0, 5'000'000) / 1e6;
  }
  return out;
}

inline std::string choice(std::string_view choices) {
  std::vector<std::string> words(1);
  for (char c : choices) {
    if (c == '|') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return *rc::gen::elementOf(words);
}

inline std::string value(const ModifierWord& word) {
  switch (word.kind) {
    case ValueKind::kCount:
      return std::to_string(*rc::gen::inRange(200, 1000));
    case ValueKind::kBytes:
      return *rc::gen::element<std::string>("1", "512", "64k", "4Ki", "9/s");
    case ValueKind::kDuration:
      return print_duration(time());
    case ValueKind::kSignedSpan:
      return print_duration(*rc::gen::element(1, -1) * time());
    case ValueKind::kDistribution:
      return print_distribution(spread());
    case ValueKind::kPace:
      return *rc::gen::element<std::string>("1/50ms", "5/s", "3/2m");
    case ValueKind::kSpan:
      return *rc::gen::element<std::string>("1..7", "3", "2..2");
    case ValueKind::kWord:
      return choice(word.choices);
    case ValueKind::kWordList:
      return choice(word.choices) + "," + choice(word.choices);
    case ValueKind::kStatusList:
      return *rc::gen::element<std::string>("503", "200*8,503*2", "429,500*3", "404*1");
    case ValueKind::kInterimList:
      return *rc::gen::element<std::string>("100", "100x3,103", "102xendless");
    case ValueKind::kLength:
      return *rc::gen::element<std::string>("+10", "-10", "42", "none");
    case ValueKind::kBody: {
      const std::string words = "text:" + text();
      return *rc::gen::element<std::string>("random:4096", "fill:1k", "echo", "none", words);
    }
    case ValueKind::kRetryAfter: {
      const std::string words = "raw:" + text();
      return *rc::gen::element<std::string>("0", "120", "1.5", "-3", "1e10000", "inf", "past",
                                            "neg", "date:imf+2s", "date:rfc850-1h:weekday", "empty",
                                            "two:1,date:asctime+2s", "list:1,2", words);
    }
    case ValueKind::kH2Code:
      return *rc::gen::element<std::string>("REFUSED_STREAM", "enhance-your-calm", "0", "4096");
    case ValueKind::kH2Setting:
      return *rc::gen::element<std::string>("MAX_CONCURRENT_STREAMS", "initial_window_size", "7");
    case ValueKind::kH2Last:
      return *rc::gen::element<std::string>("previous", "current", "graceful", "0", "7");
    case ValueKind::kTlsAlert:
      return *rc::gen::element<std::string>("unknown_ca", "handshake-failure", "0", "255");
    case ValueKind::kText:
      return text();
  }
  return "";
}

inline Step step() {
  Step out;
  const auto words = action_words();
  const ActionWord& action = words[*rc::gen::inRange<std::size_t>(0, words.size())];
  out.action = action.action;
  if (out.action == ActionKind::kStatus) out.status = *rc::gen::inRange(100, 1000);
  if (out.action == ActionKind::kRaw) out.name = "x" + text();
  if (out.action == ActionKind::kH2) {
    out.name = *rc::gen::element<std::string>("settings", "ping", "window", "continuation", "hpack",
                                              "late", "nostatus", "http11", "silent");
  }
  if (out.action == ActionKind::kTls) {
    out.name = *rc::gen::element<std::string>("garbage", "stall", "alert", "truncate");
  }
  const int most = *rc::gen::inRange(0, 6);
  for (int i = 0; i < most; ++i) {
    const auto all = modifier_words();
    const ModifierWord& word = all[*rc::gen::inRange<std::size_t>(0, all.size())];
    if ((word.actions & bit(out.action)) == 0) continue;
    if (out.action == ActionKind::kStatus && word.word == "status") out.status = 200;
    std::string name(word.word);
    if (name.ends_with('.')) name += *rc::gen::element<std::string>("X-A", "x-b", "Via");
    // A word given twice is refused and leaves the step as it was.
    (void)set_modifier(out, name, value(word), false);
  }
  if (has(out, "early_after") && !has(out, "early")) {
    (void)set_modifier(out, "early", "drain", false);
  }
  if (*rc::gen::inRange(0, 3) == 0) {
    const std::string place =
        *rc::gen::element<std::string>("accept", "head:9", "reqbody:4", "status", "status:5",
                                       "headers:20", "body:512", "body:50%", "end", "idle", "tls");
    (void)set_place(out, place);
  }
  const bool answer = out.action == ActionKind::kStatus || out.action == ActionKind::kPass;
  if (answer && out.at && !out.delay) out.at.reset();
  if (out.action == ActionKind::kLimit) {
    std::erase_if(out.extra, [](const auto& word) { return word.first != "reject"; });
    (void)set_modifier(out, "rate", "5/s", false);
  }
  if (out.action == ActionKind::kOverload && !has(out, "service")) {
    (void)set_modifier(out, "service", "exp(20ms)", false);
  }
  // What an h2.NAME has no use for, or what does not go together, is left out.
  while (out.action == ActionKind::kH2 && step_complaint(out)) {
    constexpr std::array<std::string_view, 8> kOwn = {"name", "value", "count", "ignore",
                                                      "ack",  "kind",  "on",    "code"};
    std::erase_if(out.extra, [&](const auto& word) {
      return std::find(kOwn.begin(), kOwn.end(), word.first) != kOwn.end();
    });
    if (has(out, "drip")) out.chunk_bytes.reset(), out.chunk_gap = Duration{0};
  }
  if (has(out, "drip")) out.chunk_bytes.reset(), out.chunk_gap = Duration{0};
  // The same for a tls.NAME, and for a place that it has none of.
  if (out.action == ActionKind::kTls && step_complaint(out)) {
    constexpr std::array<std::string_view, 7> kOwn = {"bytes", "flight",  "alert",      "cert",
                                                      "alpn",  "version", "client_cert"};
    std::erase_if(out.extra, [&](const auto& word) {
      return std::find(kOwn.begin(), kOwn.end(), word.first) != kOwn.end();
    });
    if (step_complaint(out)) out.at.reset();
  }
  return out;
}

inline Script script() {
  Script out;
  const int steps = *rc::gen::inRange(1, 5);
  for (int i = 0; i < steps; ++i) {
    out.steps.push_back(step());
    if (*rc::gen::inRange(0, 4) == 0) {
      out.steps.back().probability = *rc::gen::inRange(0, 200) / 1000.0;
    } else if (*rc::gen::inRange(0, 3) == 0) {
      out.steps.back().times = *rc::gen::inRange<std::uint32_t>(1, 9);
    }
  }
  out.tail = *rc::gen::element(Tail::kStay, Tail::kLoop, Tail::kDrop, Tail::kFail404);
  return out;
}

}  // namespace fault::arbitrary
