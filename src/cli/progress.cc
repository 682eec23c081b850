#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/byte_size.h"

namespace holdfast::cli {

namespace {

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string bar(double share, std::size_t width) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string text(width, ' ');
  std::fill_n(text.begin(), std::min(filled, width), '=');
  if (filled < width) text[filled] = '>';
  return "[" + text + "]";
}

}  // namespace

void RateMeter::start(double at_s) { samples_.assign(1, {at_s, 0}); }

void RateMeter::note(double at_s, std::uint64_t bytes) {
  // Fewer than before: another attempt has begun.
  if (!samples_.empty() && bytes < samples_.back().bytes) samples_.clear();
  samples_.push_back({at_s, bytes});
  while (samples_.size() > 2 && samples_[1].at_s <= at_s - kSpan_s) samples_.pop_front();
}

double RateMeter::rate() const {
  if (samples_.size() < 2) return 0;
  const Sample& first = samples_.front();
  const Sample& last = samples_.back();
  const double span_s = last.at_s - first.at_s;
  return span_s <= 0 ? 0 : static_cast<double>(last.bytes - first.bytes) / span_s;
}

std::string clock_text(double seconds) {
  if (!(seconds >= 0) || seconds >= 86'400) return "--:--";
  const auto whole = static_cast<unsigned>(std::lround(seconds));
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%u:%02u", whole / 60, whole % 60);
  }
  return text;
}

std::string progress_line(const ProgressView& view, std::size_t columns) {
  const auto received = static_cast<double>(view.received);
  const std::string rate = byte_size_text(view.rate) + "/s";
  std::string line;
  if (!view.expected || *view.expected == 0) {
    line = byte_size_text(received) + "  " + rate + "  " + clock_text(view.elapsed_s);
  } else {
    const auto expected = static_cast<double>(*view.expected);
    const double share = std::min(received / expected, 1.0);
    char percent[16];
    std::snprintf(percent, sizeof percent, "%3.0f%% ", share * 100);
    const bool whole = view.received >= *view.expected;
    const double left_s = view.rate > 0 ? (expected - received) / view.rate : -1;
    const std::string figures =
        " " + byte_size_text(received) + " of " + byte_size_text(expected) + "  " + rate + "  " +
        (whole ? clock_text(view.elapsed_s) + " in all" : clock_text(left_s) + " left");
    // The figures change their width as they change; the bar is not to tremble with them.
    constexpr std::size_t kFigures = 52;
    const std::size_t room = columns > kFigures + 5 ? columns - kFigures - 5 : 0;
    line = percent + (room < 8 ? "" : bar(share, std::min<std::size_t>(room, 40))) + figures;
  }
  return line.substr(0, columns);
}

void Progress::start(double now_s) {
  visible_ = seen_ = false;
  drawn_columns_ = 0;
  last_received_ = 0;
  started_s_ = now_s;
  meter_.start(now_s);
}

void Progress::update(double now_s, std::uint64_t received, std::optional<std::uint64_t> expected) {
  if (!shown_) return;
  meter_.note(now_s, received);
  if (std::max(received, expected.value_or(0)) <= kWorthwhile) return clear();
  draw(now_s, received, expected);
}

void Progress::draw(double now_s, std::uint64_t received, std::optional<std::uint64_t> expected) {
  last_received_ = received;
  const ProgressView view{received, expected, now_s - started_s_, meter_.rate()};
  // One column is left free: a terminal that wraps at its last one would begin a new line.
  std::string line = progress_line(view, terminal_columns() - 1);
  const std::size_t columns = line.size();
  if (columns < drawn_columns_) line.append(drawn_columns_ - columns, ' ');
  std::fprintf(stderr, "\r%s", line.c_str());
  std::fflush(stderr);
  drawn_columns_ = columns;
  visible_ = seen_ = true;
}

void Progress::clear() {
  if (!visible_) return;
  std::fprintf(stderr, "\r%s\r", std::string(drawn_columns_, ' ').c_str());
  std::fflush(stderr);
  visible_ = false;
  drawn_columns_ = 0;
}

void Progress::finish(double now_s, std::uint64_t received) {
  if (!seen_) return;
  // The rate that matters now is that of the whole.
  meter_.start(started_s_);
  meter_.note(now_s, received);
  draw(now_s, received, received);
  std::fputc('\n', stderr);
  visible_ = seen_ = false;
  drawn_columns_ = 0;
}

}  // namespace holdfast::cli
