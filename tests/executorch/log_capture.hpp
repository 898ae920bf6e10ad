// What the runtime and the operators log, kept for a test to look at. One per executable: it takes the place of the
// runtime's own output.
#pragma once

#include <string>
#include <vector>

namespace pudu::testing {

enum class LoggedLevel { Debug, Info, Error, Fatal };

struct LoggedMessage {
  LoggedLevel level;
  std::string text;
};

/// The messages since the last call, in order.
std::vector<LoggedMessage> take_log();
/// Those of a level, one a line.
std::string take_log(LoggedLevel level);

}  // namespace pudu::testing
