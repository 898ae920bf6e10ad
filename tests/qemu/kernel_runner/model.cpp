#include "model.hpp"

#include <cstring>

#include "kernels/add/add_s8.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_mve/add_mve_s8.hpp"
#include "kernels/add_s16/add_s16.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/lut_s16/lut_s16.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/mul_s16/mul_s16.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "kernels/prelu_codes/prelu_codes_s8.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"
#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"
#include "move_rows_call.hpp"

namespace kernel_runner {
namespace {

alignas(16) std::uint8_t input[input_bytes];
alignas(16) std::uint8_t output[output_bytes];
alignas(16) std::uint8_t scratch[scratch_bytes];
std::size_t used_scratch_bytes = 0;

#if defined(__ARM_FEATURE_MVE)
constexpr pudu::kernels::Isa isa = pudu::kernels::Isa::Mve;
#elif defined(__ARM_FEATURE_DSP)
constexpr pudu::kernels::Isa isa = pudu::kernels::Isa::Dsp;
#else
constexpr pudu::kernels::Isa isa = pudu::kernels::Isa::Scalar;
#endif

template <class T>
void bind(const T*& field, std::uint32_t offset) {
  field = offset == no_operand ? nullptr : reinterpret_cast<const T*>(input + offset);
}
template <class T>
void bind(T*& field, std::uint32_t offset) {
  field = reinterpret_cast<T*>(output + offset);
}
void bind(void*& field, std::uint32_t) {
  field = scratch;
}
template <class T>
void bind_moved(const T*& field, std::uint32_t offset) {
  field = reinterpret_cast<const T*>(output + offset);
}
template <class T>
void bind_moved(T*&, std::uint32_t) {}

std::uint32_t offset_of_output = 0;

template <class Kernel>
pudu::RunStatus run_kernel(const CallHeader& header) {
  typename Kernel::Params params;
  if (header.params_bytes != sizeof params) return pudu::RunStatus::WrongInputSize;
  std::memcpy(&params, input + sizeof header, sizeof params);
  typename Kernel::Operands operands{};
  std::size_t next = 0;
  Kernel::Operands::visit(operands, [&](const char* name, auto& field) {
    const std::uint32_t offset = header.operand_offsets[next];
    if (std::strcmp(name, "output") == 0) offset_of_output = offset;
    if (next++ == 0 && header.moved_input != no_operand) {
      std::memcpy(output + header.moved_input, input + offset, header.input_size);
      bind_moved(field, header.moved_input);
    } else {
      bind(field, offset);
    }
  });
  const std::size_t wanted = Kernel::scratch_bytes(params, isa);
  if (wanted > scratch_bytes) return pudu::RunStatus::WrongInputSize;
  used_scratch_bytes = wanted;
  Kernel::run(params, operands);
  return pudu::RunStatus::Ok;
}

CallHeader header_of_call() {
  CallHeader header;
  std::memcpy(&header, input, sizeof header);
  return header;
}

pudu::RunStatus run_call() {
  const CallHeader header = header_of_call();
  using namespace pudu::kernels;
  switch (header.kernel) {
    case KernelId::Conv2d:
      return run_kernel<Conv2dS8>(header);
    case KernelId::DepthwiseConv2d:
      return run_kernel<DepthwiseConv2dS8>(header);
    case KernelId::Linear:
      return run_kernel<LinearS8>(header);
    case KernelId::Add:
      return run_kernel<AddS8>(header);
    case KernelId::Mul:
      return run_kernel<MulS8>(header);
    case KernelId::Lut:
      return run_kernel<LutS8>(header);
    case KernelId::MaxPool2d:
      return run_kernel<MaxPool2dS8>(header);
    case KernelId::AvgPool2d:
      return run_kernel<AvgPool2dS8>(header);
    case KernelId::RowSums:
      return run_kernel<RowSumsS8>(header);
    case KernelId::MeanOfSums:
      return run_kernel<MeanOfSumsS8>(header);
    case KernelId::MoveRows:
      return run_kernel<MoveRows>(header);
    case KernelId::Conv2dDsp:
      return run_kernel<Conv2dDspS8>(header);
    case KernelId::DepthwiseConv2dDsp:
      return run_kernel<DepthwiseConv2dDspS8>(header);
    case KernelId::DepthwiseConv2dLanes:
      return run_kernel<DepthwiseConv2dLanesS8>(header);
    case KernelId::LinearLanes:
      return run_kernel<LinearLanesS8>(header);
    case KernelId::Conv2dDspWide:
      return run_kernel<Conv2dDspS16>(header);
    case KernelId::Conv2dDspFromWide:
      return run_kernel<Conv2dDspS16S8>(header);
    case KernelId::Conv2dDspToWide:
      return run_kernel<Conv2dDspS8S16>(header);
    case KernelId::DepthwiseConv2dDspWide:
      return run_kernel<DepthwiseConv2dDspS16>(header);
    case KernelId::DepthwiseConv2dDspFromWide:
      return run_kernel<DepthwiseConv2dDspS16S8>(header);
    case KernelId::DepthwiseConv2dDspToWide:
      return run_kernel<DepthwiseConv2dDspS8S16>(header);
    case KernelId::LinearDspWide:
      return run_kernel<LinearDspS16>(header);
    case KernelId::LinearDspFromWide:
      return run_kernel<LinearDspS16S8>(header);
    case KernelId::LinearDspToWide:
      return run_kernel<LinearDspS8S16>(header);
    case KernelId::PointwiseS4:
      return run_kernel<PointwiseS4>(header);
    case KernelId::LinearMve:
      return run_kernel<LinearMveS8>(header);
    case KernelId::Softmax:
      return run_kernel<SoftmaxS8>(header);
    case KernelId::AddMve:
      return run_kernel<AddMveS8>(header);
    case KernelId::Conv2dMve:
      return run_kernel<Conv2dMveS8>(header);
    case KernelId::DepthwiseConv2dMve:
      return run_kernel<DepthwiseConv2dMveS8>(header);
    case KernelId::LinearDsp:
      return run_kernel<LinearDspS8>(header);
    case KernelId::AddDsp:
      return run_kernel<AddDspS8>(header);
    case KernelId::DepthwiseConv2d5x5Dsp:
      return run_kernel<DepthwiseConv2d5x5DspS8>(header);
    case KernelId::Conv2dWinogradDsp:
      return run_kernel<Conv2dWinogradDspS8>(header);
    case KernelId::Conv2dWinogradRowsDsp:
      return run_kernel<Conv2dWinogradRowsDspS8>(header);
    case KernelId::Conv2dLanes:
      return run_kernel<Conv2dLanesS8>(header);
    case KernelId::PreluCodes:
      return run_kernel<PreluCodesS8>(header);
    case KernelId::QuantizeTiesAway:
      return run_kernel<QuantizeTiesAwayF32S8>(header);
    case KernelId::ResizeBilinearTiesAway:
      return run_kernel<ResizeBilinearTiesAwayS8>(header);
    case KernelId::Conv2dWide:
      return run_kernel<Conv2dS16>(header);
    case KernelId::DepthwiseConv2dWide:
      return run_kernel<DepthwiseConv2dS16>(header);
    case KernelId::LinearWide:
      return run_kernel<LinearS16>(header);
    case KernelId::Conv2dFromWide:
      return run_kernel<Conv2dS16S8>(header);
    case KernelId::Conv2dToWide:
      return run_kernel<Conv2dS8S16>(header);
    case KernelId::DepthwiseConv2dFromWide:
      return run_kernel<DepthwiseConv2dS16S8>(header);
    case KernelId::DepthwiseConv2dToWide:
      return run_kernel<DepthwiseConv2dS8S16>(header);
    case KernelId::LinearFromWide:
      return run_kernel<LinearS16S8>(header);
    case KernelId::LinearToWide:
      return run_kernel<LinearS8S16>(header);
    case KernelId::AddWide:
      return run_kernel<AddS16>(header);
    case KernelId::MulWide:
      return run_kernel<MulS16>(header);
    case KernelId::LutWide:
      return run_kernel<LutS16>(header);
    case KernelId::MaxPool2dWide:
      return run_kernel<MaxPool2dS16>(header);
    case KernelId::AvgPool2dWide:
      return run_kernel<AvgPool2dS16>(header);
    case KernelId::RequantizeToWide:
      return run_kernel<RequantizeS8S16>(header);
    case KernelId::RequantizeFromWide:
      return run_kernel<RequantizeS16S8>(header);
    case KernelId::RequantizeWide:
      return run_kernel<RequantizeS16S16>(header);
    case KernelId::StridedSliceWide:
      return run_kernel<StridedSliceS16>(header);
  }
  return pudu::RunStatus::WrongInputSize;
}

}  // namespace

void* input_data(std::size_t) noexcept {
  // Asked for before each input arrives.
  std::memset(output, guard, sizeof output);
  std::memset(scratch, guard, sizeof scratch);
  return input;
}
const void* output_data(std::size_t) noexcept {
  // Asked for after run(), outside of what is counted: nothing beyond the scratch that was asked for may have changed.
  for (std::size_t i = used_scratch_bytes; i < scratch_bytes; ++i) {
    if (scratch[i] != guard) output[output_bytes - 1] = scratch_overrun;
  }
  const CallHeader header = header_of_call();
  if (header.moved_input != no_operand &&
      !clear_input(header, offset_of_output, input + header.operand_offsets[0], output)) {
    output[output_bytes - 1] = input_overrun;
  }
  return output;
}
pudu::RunStatus run() noexcept {
  return run_call();
}

}  // namespace kernel_runner
