// What the runtime and the operators log: kept in order, printed when asked for. A failed load or run is explained by
// the errors in it.
#pragma once

#include <string>
#include <vector>

namespace pudu::executorch_runner {

enum class LogOutput { Errors, Everything };

/// What goes to standard error at once.
void set_log_output(LogOutput output);
/// The errors logged since the last call, each without file and line.
std::vector<std::string> take_logged_errors();
/// Nothing is printed while one lives: for a try that may fail.
class QuietLog {
 public:
  QuietLog();
  ~QuietLog();
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;
};

}  // namespace pudu::executorch_runner
