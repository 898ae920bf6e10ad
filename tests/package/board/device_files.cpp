// Files through semihosting, and the entry that boards/common/startup.cpp calls.
#include "files.hpp"
#include "semihosting.hpp"

using pudu::board::call_host;
using pudu::board::SemihostingCall;

namespace {

std::uint32_t handle_of(void* handle) {
  return reinterpret_cast<std::uint32_t>(handle) - 1;
}

// The host returns the number of bytes it did not transfer.
bool transfer(SemihostingCall call, void* handle, const void* data, std::size_t bytes) {
  const std::uint32_t block[] = {handle_of(handle), reinterpret_cast<std::uint32_t>(data),
                                 static_cast<std::uint32_t>(bytes)};
  return handle != nullptr && call_host(call, block) == 0;
}

}  // namespace

File::File(const char* name, Mode mode) {
  std::uint32_t length = 0;
  while (name[length] != '\0') ++length;
  const std::uint32_t block[] = {reinterpret_cast<std::uint32_t>(name), mode == Mode::Read ? 1U : 5U, length};
  // 0xffffffff is no handle; it becomes the null pointer.
  handle_ = reinterpret_cast<void*>(call_host(SemihostingCall::Open, block) + 1);
}
File::~File() {
  const std::uint32_t block[] = {handle_of(handle_)};
  if (handle_ != nullptr) call_host(SemihostingCall::Close, block);
}
bool File::read(void* data, std::size_t bytes) const {
  return transfer(SemihostingCall::Read, handle_, data, bytes);
}
bool File::write(const void* data, std::size_t bytes) const {
  return transfer(SemihostingCall::Write, handle_, data, bytes);
}

namespace pudu::board {

[[noreturn]] void run_model() {
  exit_emulator(static_cast<std::uint32_t>(run_samples()));
}

}  // namespace pudu::board
