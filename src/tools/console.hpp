// What the command line shows: progress on standard error, results on standard output.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/progress.hpp"
#include "base/result.hpp"

namespace pudu::tools {

/// --quiet, --verbose and --json, which every command has.
struct OutputOptions {
  bool quiet = false;
  bool verbose = false;
  bool json = false;
};

/// A bar on a terminal; elsewhere one line per step. Nothing with --quiet or --json.
class ConsoleProgress final : public base::ProgressListener {
 public:
  explicit ConsoleProgress(const OutputOptions& options);

  void begin(std::string_view stage) override;
  void advance(std::size_t done, std::size_t total) override;
  void end() override;

 private:
  void draw(std::string_view state) const;

  bool shown_;
  bool on_terminal_;
  bool verbose_;
  std::string stage_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_drawn_;
};

/// Prints to standard output unless --quiet or --json.
void say(const OutputOptions& options, const std::string& text);
/// The error, with a hint to report it if it is a defect of Pudu.
Error with_request_to_report(Error error);
/// Prints the diagnostics to standard error and gives the exit code. A defect of Pudu asks to be reported.
int report_error(Error error);

/// 276480 -> "276,480"; for tables.
std::string with_thousands(std::uint64_t number);

/// "256K", "1M", "65536" -> bytes (K = 1024). Usage error otherwise.
Result<std::size_t> parse_size(const std::string& text, std::string_view option);
/// A positive whole number. Usage error otherwise.
Result<std::int64_t> parse_count(const std::string& text, std::string_view option);

}  // namespace pudu::tools
