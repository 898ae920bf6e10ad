#include "tools/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

namespace pudu::tools {
namespace {

constexpr int bar_width = 24;
constexpr auto redraw_interval = std::chrono::milliseconds(80);

/// Passes take a millisecond, calibration takes minutes.
std::string in_time_units(double seconds) {
  return seconds < 0.1 ? fmt::format("{:.2f} ms", seconds * 1e3) : fmt::format("{:.2f} s", seconds);
}

}  // namespace

ConsoleProgress::ConsoleProgress(const OutputOptions& options)
    : shown_(!options.quiet && !options.json), on_terminal_(isatty(STDERR_FILENO) != 0), verbose_(options.verbose) {}

void ConsoleProgress::draw(std::string_view state) const {
  fmt::print(stderr, "\r\033[K  {:<34} {}", stage_, state);
  std::fflush(stderr);
}

void ConsoleProgress::begin(std::string_view stage) {
  stage_ = stage;
  start_ = last_drawn_ = std::chrono::steady_clock::now();
  if (shown_ && on_terminal_) draw("...");
}

void ConsoleProgress::advance(std::size_t done, std::size_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || !on_terminal_ || total == 0 || now - last_drawn_ < redraw_interval) return;
  last_drawn_ = now;
  const auto filled = static_cast<int>(done * bar_width / total);
  draw(fmt::format("[{:=<{}}{: <{}}] {}/{}", "", filled, "", bar_width - filled, done, total));
}

void ConsoleProgress::end() {
  if (!shown_) return;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  // Steps nobody waits for only matter to those who asked for details.
  const bool worth_a_line = verbose_ || elapsed > std::chrono::milliseconds(50);
  if (on_terminal_) fmt::print(stderr, "\r\033[K");
  if (worth_a_line) fmt::print(stderr, "  {:<34} {}\n", stage_, in_time_units(elapsed.count()));
  std::fflush(stderr);
}

void say(const OutputOptions& options, const std::string& text) {
  if (!options.quiet && !options.json) fmt::print("{}\n", text);
}

Error with_request_to_report(Error error) {
  if (error.kind == ErrorKind::Internal && !error.diagnostics.empty() && error.diagnostics.back().hint.empty()) {
    error.diagnostics.back().hint = "this is a defect of Pudu: please report it, with the model if you can";
  }
  return error;
}

int report_error(Error error) {
  error = with_request_to_report(std::move(error));
  fmt::print(stderr, "{}\n", to_string(error));
  return exit_code(error.kind);
}

std::string with_thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t position = digits.size(); position > 3;) {
    position -= 3;
    digits.insert(position, ",");
  }
  return digits;
}

Result<std::size_t> parse_size(const std::string& text, std::string_view option) {
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  std::string suffix(rest, end);
  for (char& character : suffix) character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  if (suffix.ends_with("IB"))
    suffix.erase(1);
  else if (suffix.size() == 2 && suffix[1] == 'B')
    suffix.erase(1);
  std::size_t unit = 0;
  if (suffix.empty() || suffix == "B") unit = 1;
  if (suffix == "K") unit = 1024;
  if (suffix == "M") unit = std::size_t{1024} * 1024;
  if (error != std::errc() || unit == 0 || number > std::numeric_limits<std::size_t>::max() / unit) {
    return usage_error({.where = std::string(option),
                        .found = "'" + text + "'",
                        .allowed = "a size such as 65536, 256K or 1M (K = 1024 bytes)"});
  }
  return number * unit;
}

Result<std::int64_t> parse_count(const std::string& text, std::string_view option) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < 1) {
    return usage_error(
        {.where = std::string(option), .found = "'" + text + "'", .allowed = "a whole number from 1 up"});
  }
  return number;
}

}  // namespace pudu::tools
