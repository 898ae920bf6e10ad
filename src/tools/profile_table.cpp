#include "tools/profile_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace pudu::tools {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double microseconds_per_call(const driver::OperatorTime& time) {
  return time.calls == 0 ? 0 : static_cast<double>(time.nanoseconds) / static_cast<double>(time.calls) / 1000.0;
}

}  // namespace

std::string profile_lines(const driver::ExecutorchOutcome& outcome) {
  std::string text =
      fmt::format("  time          {:.3f} ms per inference (median, on this host)", median(outcome.milliseconds));
  double total = 0;
  for (const driver::OperatorTime& time : outcome.operators) total += static_cast<double>(time.nanoseconds);
  for (const driver::OperatorTime& time : outcome.operators) {
    text += fmt::format("\n  {:>4}  {:<48} {:>10.1f} us  {:>5.1f} %", time.instruction, time.name,
                        microseconds_per_call(time),
                        total > 0 ? 100.0 * static_cast<double>(time.nanoseconds) / total : 0.0);
  }
  return text;
}

std::string profile_json(const driver::ExecutorchOutcome& outcome) {
  std::string json = fmt::format(", \"milliseconds\": [{:.6f}]", fmt::join(outcome.milliseconds, ", "));
  if (outcome.operators.empty()) return json;
  json += ", \"operators\": [";
  for (std::size_t i = 0; i < outcome.operators.size(); ++i) {
    const driver::OperatorTime& time = outcome.operators[i];
    json += fmt::format("{}{{\"instruction\": {}, \"name\": \"{}\", \"calls\": {}, \"nanoseconds\": {}}}",
                        i > 0 ? ", " : "", time.instruction, time.name, time.calls, time.nanoseconds);
  }
  return json + "]";
}

}  // namespace pudu::tools
