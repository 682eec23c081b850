// How far a download has come, as one line of a terminal that is drawn over and over: a bar with
// rate and time left where the length is known, bytes and rate where it is not. Time is an
// argument. Thread: main.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace holdfast::cli {

/// The rate of the last few seconds, so that it follows what the network does now.
class RateMeter {
 public:
  void start(double at_s);
  void note(double at_s, std::uint64_t bytes);
  /// Bytes a second; 0 while there is nothing to judge by.
  double rate() const;

 private:
  struct Sample {
    double at_s;
    std::uint64_t bytes;
  };
  static constexpr double kSpan_s = 5;
  std::deque<Sample> samples_;
};

struct ProgressView {
  std::uint64_t received = 0;
  std::optional<std::uint64_t> expected;
  double elapsed_s = 0;
  double rate = 0;  ///< bytes a second
};

/// The line, at most `columns` wide.
std::string progress_line(const ProgressView& view, std::size_t columns);

/// "0:07", "12:30", "1:02:05"; a day and more is "--:--".
std::string clock_text(double seconds);

/// The line on a terminal. Shows nothing for bodies of up to 1 MiB.
class Progress {
 public:
  /// `shown`: whether there is anybody to show it to.
  explicit Progress(bool shown) : shown_(shown) {}

  void start(double now_s);
  void update(double now_s, std::uint64_t received, std::optional<std::uint64_t> expected);
  /// Takes the line away, so that something else can be said.
  void clear();
  /// Leaves the line as the body's last word, where there was one.
  void finish(double now_s, std::uint64_t received);

 private:
  static constexpr std::uint64_t kWorthwhile = 1U << 20;
  void draw(double now_s, std::uint64_t received, std::optional<std::uint64_t> expected);

  bool shown_;
  bool visible_ = false, seen_ = false;
  std::size_t drawn_columns_ = 0;
  double started_s_ = 0;
  std::uint64_t last_received_ = 0;
  RateMeter meter_;
};

}  // namespace holdfast::cli
