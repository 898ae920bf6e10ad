// Arm semihosting: the firmware's file access and exit, served by QEMU. Only what the runner needs.
// Calls cost no guest instruction beyond the trap itself. Files are opened relative to QEMU's working directory.
// Source of the numbers: "Semihosting for AArch32 and AArch64", 32-bit M-profile trap `bkpt 0xab`.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pudu::board {

enum class SemihostingCall : std::uint32_t {
  Open = 0x01,
  Close = 0x02,
  Write0 = 0x04,
  Write = 0x05,
  Read = 0x06,
  ExitExtended = 0x20,
};

inline std::uint32_t call_host(SemihostingCall call, const void* parameters) {
  register std::uint32_t operation asm("r0") = static_cast<std::uint32_t>(call);
  register const void* block asm("r1") = parameters;
  asm volatile("bkpt 0xab" : "+r"(operation) : "r"(block) : "memory");
  return operation;
}

enum class OpenMode : std::uint32_t { ReadBinary = 1, WriteBinary = 5 };

/// A file of the host. read and write return whether the whole transfer was made.
class HostFile {
 public:
  static constexpr std::uint32_t no_handle = 0xffffffffU;

  HostFile(const char* name, std::size_t name_length, OpenMode mode) {
    const std::uint32_t block[] = {reinterpret_cast<std::uint32_t>(name), static_cast<std::uint32_t>(mode),
                                   static_cast<std::uint32_t>(name_length)};
    handle_ = call_host(SemihostingCall::Open, block);
  }

  bool is_open() const { return handle_ != no_handle; }

  bool read(void* bytes, std::size_t count) const { return transfer(SemihostingCall::Read, bytes, count); }
  bool write(const void* bytes, std::size_t count) const { return transfer(SemihostingCall::Write, bytes, count); }

  bool close() const {
    const std::uint32_t block[] = {handle_};
    return call_host(SemihostingCall::Close, block) == 0;
  }

 private:
  // The host returns the number of bytes it did not transfer.
  bool transfer(SemihostingCall call, const void* bytes, std::size_t count) const {
    if (count == 0) return true;
    const std::uint32_t block[] = {handle_, reinterpret_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(count)};
    return call_host(call, block) == 0;
  }

  std::uint32_t handle_ = no_handle;
};

/// Prints NUL-terminated text on QEMU's standard error.
inline void print(const char* text) {
  call_host(SemihostingCall::Write0, text);
}

/// Ends the emulator; `code` becomes its exit status.
[[noreturn]] inline void exit_emulator(std::uint32_t code) {
  constexpr std::uint32_t application_exit = 0x20026;
  const std::uint32_t block[] = {application_exit, code};
  for (;;) call_host(SemihostingCall::ExitExtended, block);
}

}  // namespace pudu::board
