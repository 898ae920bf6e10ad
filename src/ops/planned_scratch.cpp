#include "ops/planned_scratch.hpp"

#include <algorithm>
#include <cstdint>

#include "ops/cmsis_nn_call.hpp"
#include "targets/cmsis_nn_scratch.hpp"

namespace pudu::ops {
namespace {

namespace cmsis_nn = targets::cmsis_nn;

template <class Call>
std::size_t bytes_of(targets::Isa isa, const Call& call) {
  const cmsis_nn::ScratchSize size = cmsis_nn::scratch_size(isa, cmsis_nn::DataType::A8W8, call);
  return static_cast<std::size_t>(size.ok() ? size.bytes : INT32_MAX);
}

std::size_t scratch_of(const CmsisNnConvolution& convolution, targets::Isa isa) {
  const kernels::Conv2dS8Params& params = convolution.params;
  return bytes_of(isa, cmsis_nn::ConvolutionCall{
                           .input = {params.batches, params.input_h, params.input_w, params.input_channels},
                           .filter = {params.output_channels, params.kernel_h, params.kernel_w,
                                      params.input_channels / params.groups},
                           .output = {params.batches, params.output_h, params.output_w, params.output_channels},
                           .padding = {params.pad_top, params.pad_left},
                           .stride = {params.stride_h, params.stride_w},
                           .dilation = {params.dilation_h, params.dilation_w}});
}

/// The worst case of the filter as the runtime states it and as ExecuTorch states it ahead of time.
std::size_t scratch_of(const CmsisNnDepthwise& depthwise, targets::Isa isa) {
  const kernels::DepthwiseConv2dS8Params& params = depthwise.params;
  cmsis_nn::DepthwiseCall call{.input = {params.batches, params.input_h, params.input_w, params.input_channels},
                               .filter = {1, params.kernel_h, params.kernel_w, params.output_channels},
                               .output = {params.batches, params.output_h, params.output_w, params.output_channels},
                               .padding = {params.pad_top, params.pad_left},
                               .stride = {params.stride_h, params.stride_w},
                               .dilation = {params.dilation_h, params.dilation_w},
                               .channel_multiplier = params.depth_multiplier};
  const std::size_t at_runtime = bytes_of(isa, call);
  call.filter = {params.output_channels, params.kernel_h, params.kernel_w, 1};
  return std::max(at_runtime, bytes_of(isa, call));
}

std::size_t scratch_of(const CmsisNnAveragePool& pool, targets::Isa isa) {
  return bytes_of(isa, cmsis_nn::AveragePoolCall{pool.params.output_w, pool.params.channels});
}

/// The functions without a buffer.
template <class Call>
std::size_t scratch_of(const Call&, targets::Isa) {
  return 0;
}

}  // namespace

std::size_t cmsis_nn_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                   const targets::TargetConfig& target, targets::Isa isa) {
  const CmsisNnChoice choice = choose_cmsis_nn(kernel.name, parameters, target);
  const auto* call = std::get_if<CmsisNnCall>(&choice);
  if (call == nullptr) return 0;
  return std::visit([&](const auto& function) { return scratch_of(function, isa); }, *call);
}

std::size_t planned_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                  const targets::TargetConfig& target) {
  std::size_t bytes = 0;
  for (const targets::Isa isa : target.isas()) {
    bytes = std::max(bytes, kernel.scratch_bytes(parameters, isa));
    if (target.kernels == targets::KernelLibrary::CmsisNn) {
      bytes = std::max(bytes, cmsis_nn_scratch_bytes(kernel, parameters, target, isa));
    }
  }
  return bytes;
}

}  // namespace pudu::ops
