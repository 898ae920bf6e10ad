// A "model" for the board's runner that runs one kernel call: the input says which kernel, holds its parameters and
// operands; the output is the kernel's. So every kernel is compared on the emulated core with the host's, byte for
// byte, and its instructions are counted.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/model_api.hpp"

namespace kernel_runner {

enum class KernelId : std::int32_t {
  Conv2d,
  DepthwiseConv2d,
  Linear,
  Add,
  Mul,
  Lut,
  MaxPool2d,
  AvgPool2d,
  RowSums,
  MeanOfSums,
  MoveRows,
  Conv2dDsp,
  DepthwiseConv2dDsp,
  DepthwiseConv2dMve,
  LinearMve,
  Conv2dMve,
  AddMve,
  Softmax,
  LinearDsp,
  AddDsp,
  Conv2dWinogradDsp,
  Conv2dWinogradRowsDsp,
  DepthwiseConv2d5x5Dsp,
  Conv2dLanes,
  DepthwiseConv2dLanes,
  LinearLanes,
  PreluCodes,
  QuantizeTiesAway,
  ResizeBilinearTiesAway,
  Conv2dWide,
  DepthwiseConv2dWide,
  LinearWide,
  Conv2dFromWide,
  Conv2dToWide,
  DepthwiseConv2dFromWide,
  DepthwiseConv2dToWide,
  LinearFromWide,
  LinearToWide,
  AddWide,
  MulWide,
  LutWide,
  MaxPool2dWide,
  AvgPool2dWide,
  RequantizeToWide,
  RequantizeFromWide,
  RequantizeWide,
  StridedSliceWide,
  PointwiseS4,
  Conv2dDspWide,
  Conv2dDspFromWide,
  Conv2dDspToWide,
  DepthwiseConv2dDspWide,
  DepthwiseConv2dDspFromWide,
  DepthwiseConv2dDspToWide,
  LinearDspWide,
  LinearDspFromWide,
  LinearDspToWide
};

inline constexpr std::size_t input_bytes = 96 * 1024;
inline constexpr std::size_t output_bytes = 24 * 1024;
inline constexpr std::size_t scratch_bytes = 32 * 1024;
inline constexpr std::size_t max_operands = 8;
inline constexpr std::uint32_t no_operand = 0xffffffffU;
inline constexpr std::uint8_t guard = 0xA5;  ///< fills the output and scratch before a call
inline constexpr std::uint8_t scratch_overrun =
    0x5A;                                            ///< the output's last byte, when a kernel wrote beyond its scratch
inline constexpr std::uint8_t input_overrun = 0x3C;  ///< the same, when it wrote into its input

/// How an input begins. Offsets count from the start of the input; those of outputs from the start of the output.
struct CallHeader {
  KernelId kernel;
  std::uint32_t params_bytes;
  std::uint32_t operand_offsets[max_operands];  ///< in the order of the kernel's Operands; no_operand = null
  /// Where in the output the first operand, the input, is copied to and read from; no_operand: it stays where it is.
  std::uint32_t moved_input = no_operand;
  std::uint32_t input_size = 0, output_size = 0;  ///< bytes; of a moved input and its output
};

/// What a call leaves of an input that shares bytes with its output is not its result: it becomes `guard`. False where
/// the kernel wrote into it.
inline bool clear_input(const CallHeader& header, std::uint32_t output_offset, const std::uint8_t* original,
                        std::uint8_t* memory) noexcept {
  bool is_untouched = true;
  for (std::uint32_t i = 0; i < header.input_size; ++i) {
    const std::uint32_t at = header.moved_input + i;
    if (at >= output_offset && at < output_offset + header.output_size) continue;
    is_untouched = is_untouched && memory[at] == original[i];
    memory[at] = guard;
  }
  return is_untouched;
}
// The kernel's Params follow, then the operands, each 4-byte aligned. Scratch is the harness's own, filled with
// `guard`.

inline constexpr std::size_t arena_bytes = 0;
inline constexpr std::size_t input_count = 1;
inline constexpr std::size_t output_count = 1;
inline constexpr pudu::TensorInfo inputs[] = {
    {"call", pudu::ElementType::Int8, 1, {static_cast<std::int32_t>(input_bytes)}, 0, 0, input_bytes}};
inline constexpr pudu::TensorInfo outputs[] = {
    {"result", pudu::ElementType::Int8, 1, {static_cast<std::int32_t>(output_bytes)}, 0, 0, output_bytes}};

void* input_data(std::size_t index) noexcept;
const void* output_data(std::size_t index) noexcept;
pudu::RunStatus run() noexcept;

}  // namespace kernel_runner
