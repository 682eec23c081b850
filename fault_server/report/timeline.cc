#include "fault_server/report/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <vector>

#include "fault_server/report/text.h"

namespace fault {
namespace {

constexpr std::size_t kMostSeries = 300;
constexpr std::size_t kMostAttempts = 5000;
constexpr double kWidth = 1150, kLabels = 230, kRight = 20, kTop = 34, kRow = 20, kKeyRow = 24;

constexpr std::string_view kStyle = R"(
  .tl { font: 12px ui-sans-serif, system-ui, sans-serif; background: #fff }
  .tl text { fill: #1b1f24 } .tl .dim { fill: #59636e } .tl .key { font-weight: 600 }
  .tl .rule { stroke: #d1d9e0 } .tl .zone { fill: #cf222e; fill-opacity: .14; stroke: #cf222e;
    stroke-opacity: .5; stroke-dasharray: 3 2 }
  .tl .ok { fill: #1a7f37 } .tl .other { fill: #0969da } .tl .client { fill: #bc4c00 }
  .tl .server { fill: #cf222e } .tl .broken { fill: #8250df } .tl .open { fill: #818b98 }
  .tl .early { fill: #cf222e; stroke: #fff; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    .tl { background: #0d1117 } .tl text { fill: #e6edf3 } .tl .dim { fill: #9198a1 }
    .tl .rule { stroke: #3d444d } .tl .ok { fill: #3fb950 } .tl .other { fill: #4493f8 }
    .tl .client { fill: #db6d28 } .tl .server { fill: #f85149 } .tl .broken { fill: #ab7df8 }
    .tl .early { fill: #f85149; stroke: #0d1117 } .tl .zone { fill: #f85149; stroke: #f85149 }
  }
)";

std::string_view class_of(const Attempt& attempt) {
  if (attempt.end_ns < 0) return "open";
  if (!attempt.fault.empty() || !attempt.complete || attempt.malformed) return "broken";
  if (attempt.status < 300) return "ok";
  if (attempt.status < 400) return "other";
  return attempt.status < 500 ? "client" : "server";
}

std::string decimal(double value) {
  char out[32];
  std::snprintf(out, sizeof out, "%.1f", value);
  return out;
}

// 1, 2 or 5 times a power of ten, so that some eight of it span the whole.
double tick_of(double span) {
  const double raw = std::max(span, 1.0) / 8;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) return factor * power;
  }
  return 10 * power;
}

class Drawing {
 public:
  explicit Drawing(std::span<const Series> all) {
    choose(all);
    bool first = true;
    for (const Series* series : drawn_) {
      for (const Attempt& attempt : series->attempts) {
        if (attempt.arrived_ns < oldest_) continue;
        from_ = first ? attempt.arrived_ns : std::min(from_, attempt.arrived_ns);
        to_ = std::max({first ? attempt.arrived_ns : to_, attempt.arrived_ns, attempt.end_ns,
                        attempt.head_ns});
        first = false;
      }
    }
    to_ = std::max(to_, from_ + 1'000'000);
  }

  std::string text() {
    rows();
    std::string out =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" role=\"img\" viewBox=\"0 0 " +
        decimal(kWidth) + " " + decimal(y_ + 34) + "\" width=\"" + decimal(kWidth) +
        "\" height=\"" + decimal(y_ + 34) + "\">\n<title>" +
        "Attempts on a time line</title>\n<style>" + std::string(kStyle) + "</style>\n";
    out += axis();
    out += body_;
    out += legend();
    return out + "</svg>\n";
  }

 private:
  // The latest series, and of those the latest attempts, in the order they were given.
  void choose(std::span<const Series> all) {
    std::vector<std::int64_t> arrivals, ends;
    for (const Series& series : all) {
      ends.push_back(series.attempts.back().arrived_ns);
      for (const Attempt& attempt : series.attempts) arrivals.push_back(attempt.arrived_ns);
    }
    const auto nth_latest = [](std::vector<std::int64_t>& values, std::size_t most) {
      if (values.size() <= most) return std::int64_t{0};
      const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() - most);
      std::nth_element(values.begin(), at, values.end());
      return *at;
    };
    oldest_ = std::max(nth_latest(arrivals, kMostAttempts), std::int64_t{0});
    const std::int64_t least = std::max(nth_latest(ends, kMostSeries), oldest_);
    for (const Series& series : all) {
      if (series.attempts.back().arrived_ns >= least) drawn_.push_back(&series);
    }
    left_out_ = all.size() - drawn_.size();
  }

  double x(std::int64_t at) const {
    const double part =
        static_cast<double>(std::clamp(at, from_, to_) - from_) / static_cast<double>(to_ - from_);
    return kLabels + part * (kWidth - kLabels - kRight);
  }

  void words(std::string_view kind, double at_x, double at_y, std::string_view words) {
    body_ += "<text class=\"" + std::string(kind) + "\" x=\"" + decimal(at_x) + "\" y=\"" +
             decimal(at_y) + "\">" + markup(words) + "</text>\n";
  }

  void rows() {
    const std::string* key = nullptr;
    for (const Series* series : drawn_) {
      if (key == nullptr || *key != series->key) {
        key = &series->key;
        words("key", 8, y_ + 17, shortened(series->key.empty() ? "(no key)" : series->key, 60));
        y_ += kKeyRow;
      }
      words("dim", 16, y_ + 14, shortened(series->method + " " + series->path, 34));
      for (const Attempt& attempt : series->attempts) zone(attempt);
      for (const Attempt& attempt : series->attempts) bar(attempt);
      y_ += kRow;
      body_ += "<line class=\"rule\" x1=\"8\" x2=\"" + decimal(kWidth - 8) + "\" y1=\"" +
               decimal(y_) + "\" y2=\"" + decimal(y_) + "\"/>\n";
    }
    if (drawn_.empty()) words("dim", 16, y_ + 16, "nothing has been asked yet");
    if (drawn_.empty()) y_ += kRow;
  }

  void zone(const Attempt& attempt) {
    const auto until = attempt.forbidden_until_ns();
    if (!until || attempt.arrived_ns < oldest_) return;
    const double left = x(attempt.head_ns);
    body_ += "<rect class=\"zone\" x=\"" + decimal(left) + "\" y=\"" + decimal(y_ + 1) +
             "\" width=\"" + decimal(std::max(1.0, x(*until) - left)) + "\" height=\"" +
             decimal(kRow - 2) + "\"><title>Retry-After: no attempt for " +
             readable_time(*until - attempt.head_ns) + "</title></rect>\n";
  }

  void bar(const Attempt& attempt) {
    if (attempt.arrived_ns < oldest_) return;
    const double left = x(attempt.arrived_ns);
    const double right = attempt.end_ns < 0 ? x(to_) : x(attempt.end_ns);
    std::string about = "exchange " + std::to_string(attempt.exch) + ": " + attempt.outcome();
    if (!attempt.rule.empty()) about += ", rule " + attempt.rule;
    if (attempt.gap_ns >= 0) about += ", " + readable_time(attempt.gap_ns) + " after the last";
    if (attempt.early_ns > 0) about += ", too early by " + readable_time(attempt.early_ns);
    body_ += "<rect class=\"" + std::string(class_of(attempt)) + "\" x=\"" + decimal(left) +
             "\" y=\"" + decimal(y_ + 4) + "\" rx=\"1.5\" width=\"" +
             decimal(std::max(3.0, right - left)) + "\" height=\"" + decimal(kRow - 8) +
             "\"><title>" + markup(about) + "</title></rect>\n";
    if (attempt.early_ns <= 0) return;
    body_ +=
        "<path class=\"early\" d=\"M" + decimal(left - 5) + " " + decimal(y_) + "h10l-5 8z\"/>\n";
  }

  std::string axis() const {
    std::string out;
    const double span = static_cast<double>(to_ - from_);
    const double step = tick_of(span);
    const auto ticks = static_cast<int>(span / step);
    for (int tick = 0; tick <= ticks; ++tick) {
      const double at = tick * step;
      const std::string where = decimal(x(from_ + static_cast<std::int64_t>(at)));
      out += "<line class=\"rule\" x1=\"" + where + "\" x2=\"" + where + "\" y1=\"26\" y2=\"" +
             decimal(y_) + "\"/><text class=\"dim\" x=\"" + where +
             "\" y=\"18\" text-anchor=\"middle\">" +
             markup(tick == 0 ? "0" : readable_time(static_cast<std::int64_t>(at))) + "</text>\n";
    }
    return out;
  }

  std::string legend() const {
    struct Item {
      std::string_view kind, text;
    };
    constexpr Item kItems[] = {{"ok", "2xx"},
                               {"other", "3xx"},
                               {"client", "4xx"},
                               {"server", "5xx"},
                               {"broken", "broken off"},
                               {"open", "not ended"},
                               {"zone", "Retry-After forbids"},
                               {"early", "undercut"}};
    std::string out;
    double at = 16;
    for (const Item& item : kItems) {
      out += "<rect class=\"" + std::string(item.kind) + "\" x=\"" + decimal(at) + "\" y=\"" +
             decimal(y_ + 12) + "\" width=\"12\" height=\"12\"/><text class=\"dim\" x=\"" +
             decimal(at + 17) + "\" y=\"" + decimal(y_ + 22) + "\">" + std::string(item.text) +
             "</text>\n";
      at += 34 + 7.2 * static_cast<double>(item.text.size());
    }
    if (left_out_ == 0 && oldest_ == 0) return out;
    return out + "<text class=\"dim\" x=\"" + decimal(at) + "\" y=\"" + decimal(y_ + 22) +
           "\">older ones left out: " + std::to_string(left_out_) + " rows</text>\n";
  }

  std::vector<const Series*> drawn_;
  std::size_t left_out_ = 0;
  std::int64_t oldest_ = 0, from_ = 0, to_ = 0;
  double y_ = kTop;
  std::string body_;
};

}  // namespace

std::string timeline_svg(std::span<const Series> series) { return Drawing(series).text(); }

}  // namespace fault
