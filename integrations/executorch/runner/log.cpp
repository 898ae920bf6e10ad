#include "runner/log.hpp"

#include <executorch/runtime/platform/platform.h>

#include <cstdio>

namespace pudu::executorch_runner {
namespace {

struct Log {
  LogOutput output = LogOutput::Errors;
  bool is_quiet = false;
  std::vector<std::string> errors;
};

Log& log_state() {
  static Log state;
  return state;
}

const char* level_name(et_pal_log_level_t level) {
  switch (level) {
    case kDebug:
      return "debug";
    case kInfo:
      return "info";
    case kError:
      return "error";
    default:
      return "fatal";
  }
}

}  // namespace

void set_log_output(LogOutput output) {
  log_state().output = output;
}

std::vector<std::string> take_logged_errors() {
  std::vector<std::string> errors;
  errors.swap(log_state().errors);
  return errors;
}

QuietLog::QuietLog() {
  log_state().is_quiet = true;
}
QuietLog::~QuietLog() {
  log_state().is_quiet = false;
}

}  // namespace pudu::executorch_runner

/// Takes the place of the runtime's own, which is weak.
extern "C" void et_pal_emit_log_message(et_timestamp_t, et_pal_log_level_t level, const char*, const char*, std::size_t,
                                        const char* message, std::size_t length) {
  auto& state = pudu::executorch_runner::log_state();
  const bool is_error = level == kError || level == kFatal;
  if (is_error) state.errors.emplace_back(message, length);
  const bool is_printed =
      !state.is_quiet && (is_error || state.output == pudu::executorch_runner::LogOutput::Everything);
  if (is_printed) {
    std::fprintf(stderr, "%s: %.*s\n", pudu::executorch_runner::level_name(level), static_cast<int>(length), message);
  }
}
