// What the host and the runner firmware exchange: two files in QEMU's working directory, 32-bit little-endian words.
//   request:  RequestHeader, then per sample the bytes of input 0, input 1, ...
//   response: ResponseHeader, then per sample one word of pudu::RunStatus and the bytes of output 0, output 1, ...,
//             then ResponseTrailer. A response without its trailer is incomplete.
// Compiled for both sides (C++17, freestanding).
#pragma once

#include <cstdint>

namespace pudu::emulator {

inline constexpr char request_file_name[] = "request.bin";
inline constexpr char response_file_name[] = "response.bin";

inline constexpr std::uint32_t request_magic = 0x31525150;   ///< "PQR1"
inline constexpr std::uint32_t response_magic = 0x31535250;  ///< "PRS1"

struct RequestHeader {
  std::uint32_t magic;
  std::uint32_t sample_count;
  std::uint32_t sample_bytes;  ///< sum over the inputs of the model
};

struct ResponseHeader {
  std::uint32_t magic;
  std::uint32_t sample_bytes;  ///< sum over the outputs of the model
};

struct ResponseTrailer {
  std::uint32_t magic;
  std::uint32_t peak_stack_bytes;  ///< the deepest run(), from its caller's stack pointer down
};

/// Exit status of the firmware, hence of QEMU.
enum class GuestExit : std::uint32_t {
  Done = 0,
  NoRequest = 10,        ///< the request cannot be opened or is no request
  WrongSampleSize = 11,  ///< sample_bytes differs from the model's inputs
  TruncatedRequest = 12,
  NoResponse = 13,  ///< the response cannot be written
  Fault = 14,       ///< a hardware exception; its registers are on standard error
};

}  // namespace pudu::emulator
