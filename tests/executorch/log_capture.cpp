#include "executorch/log_capture.hpp"

#include <executorch/runtime/platform/platform.h>

namespace pudu::testing {
namespace {

std::vector<LoggedMessage>& messages() {
  static std::vector<LoggedMessage> all;
  return all;
}

LoggedLevel level_of(et_pal_log_level_t level) {
  if (level == kDebug) return LoggedLevel::Debug;
  if (level == kInfo) return LoggedLevel::Info;
  return level == kError ? LoggedLevel::Error : LoggedLevel::Fatal;
}

}  // namespace

std::vector<LoggedMessage> take_log() {
  std::vector<LoggedMessage> taken;
  taken.swap(messages());
  return taken;
}

std::string take_log(LoggedLevel level) {
  std::string text;
  for (const LoggedMessage& message : take_log()) {
    if (message.level == level) text += message.text + "\n";
  }
  return text;
}

}  // namespace pudu::testing

extern "C" void et_pal_emit_log_message(et_timestamp_t, et_pal_log_level_t level, const char*, const char*, std::size_t,
                                        const char* message, std::size_t length) {
  pudu::testing::messages().push_back({pudu::testing::level_of(level), std::string(message, length)});
}
