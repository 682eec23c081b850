#include "fault_server/script/presets.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "fault_server/script/words.h"

namespace fault {
namespace {

// The rules as --rule takes them, one per line: the shortest form in which they can be read, and
// tried out one by one.
struct Recipe {
  Preset preset;
  std::string_view rules;
};

constexpr std::array<Recipe, 6> kRecipes = {{
    {{"flaky-wifi", "latency with a long tail, stalls, resets at any place, slow trickle"},
     "connection : p=.03 refuse; p=.02 reset@accept; p=.01 stall@accept; pass\n"
     "p=.04 reset@status; p=.03 reset@headers:20; p=.04 reset@body:50%; p=.02 stall@body:10;"
     " p=.02 truncate@body:30%; p=.05 pass rate=4k slice=1..64; pass delay=logn(60ms,0.8)"},
    {{"dying-pod", "answers well, then 503, then resets, then refuses connections for a while"},
     "connection 8..20 : refuse x6; pass\n"
     "pass x20; 503 ra=1 x5; reset x5; close@body:50% x3; 503 says=close x5; loop"},
    {{"overloaded", "four workers and a short queue: latency grows, then 503 with Retry-After"},
     "overload workers=4 queue=16 order=fifo service=exp(40ms) ra=auto"},
    {{"draining-lb", "closes kept connections under the next request, announces it only sometimes"},
     "connection : pass max_requests=5 idle=2s\n"
     "pass x2; pass race=fin; pass says=close; pass does=close; 503 says=close ra=0; pass; loop"},
    {{"rate-limited-api", "five requests a second and ten at once per client, else 429"},
     "limit kind=bucket rate=5/s burst=10 ra=auto"},
    {{"hostile", "answers that no client may accept, and floods that must stay bounded"},
     "200 body=fill:100 length=+10; 200 body=fill:100 length=-10; 200 framing=conflicting-lengths;"
     " 200 framing=length-and-chunked; 200 chunked=bad-size body=fill:100;"
     " 200 chunked=no-terminator body=fill:100; 200 chunked=huge-ext body=fill:100; garbage;"
     " garbage@headers:0; 200 bad=fold; 200 bad=nul; 200 bad=no-colon; 200 bad=endless;"
     " 200 bad=many:10000; 200 interim=100xendless; 101; 204 force_body body=fill:100;"
     " 200 poison=200; 429 ra=9223372037; 503 ra=-3; 503 ra=two:1,2; 503 ra=\"soon\";"
     " 503 ra=past; 413 early=reset; loop"},
}};

constexpr auto kPresets = [] {
  std::array<Preset, kRecipes.size()> out{};
  for (std::size_t i = 0; i < kRecipes.size(); ++i) out.at(i) = kRecipes.at(i).preset;
  return out;
}();

}  // namespace

std::span<const Preset> presets() { return kPresets; }

std::optional<Scenario> preset(std::string_view name) {
  const auto found = std::find_if(kRecipes.begin(), kRecipes.end(),
                                  [&](const Recipe& recipe) { return recipe.preset.name == name; });
  if (found == kRecipes.end()) return std::nullopt;
  Scenario scenario;
  std::string_view rest = found->rules;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto bad = add_rule_line(scenario, rest.substr(0, end));
    HF_CHECK(!bad);  // a test goes through them all
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return scenario;
}

std::string preset_complaint(std::string_view name) {
  std::vector<std::string_view> names;
  std::string text = "no preset '" + std::string(name) + "'; there are: ";
  for (const Recipe& recipe : kRecipes) {
    if (!names.empty()) text += ", ";
    text += recipe.preset.name;
    names.push_back(recipe.preset.name);
  }
  const std::string_view near = nearest_word(name, names);
  if (!near.empty()) text += "; did you mean " + std::string(near) + "?";
  return text;
}

}  // namespace fault
