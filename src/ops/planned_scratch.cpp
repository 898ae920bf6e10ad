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

std::size_t scratch_of(const kernels::Conv2dS8Params& params, targets::Isa isa) {
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
std::size_t scratch_of(const kernels::DepthwiseConv2dS8Params& params, targets::Isa isa) {
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

std::size_t scratch_of(const kernels::AvgPool2dS8Params& params, targets::Isa isa) {
  return bytes_of(isa, cmsis_nn::AveragePoolCall{params.output_w, params.channels});
}

std::size_t scratch_of(const kernels::BatchMatmulS8Params& params, targets::Isa isa) {
  return bytes_of(isa, cmsis_nn::BatchMatmulCall{.filter = {params.depth, 1, 1, params.columns}});
}

template <class Kernel>
std::size_t scratch_of_kernel(std::span<const program::Parameter> parameters, targets::Isa isa) {
  return scratch_of(detail::to_params<typename Kernel::Params>(parameters), isa);
}

/// For the call as the parameters have it: what the operators of ExecuTorch, which call CMSIS-NN, ask for.
std::size_t stated_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                 targets::Isa isa) {
  if (kernel.name == kernels::Conv2dS8::name) return scratch_of_kernel<kernels::Conv2dS8>(parameters, isa);
  if (kernel.name == kernels::DepthwiseConv2dS8::name) {
    return scratch_of_kernel<kernels::DepthwiseConv2dS8>(parameters, isa);
  }
  if (kernel.name == kernels::AvgPool2dS8::name) return scratch_of_kernel<kernels::AvgPool2dS8>(parameters, isa);
  if (kernel.name == kernels::BatchMatmulS8::name) return scratch_of_kernel<kernels::BatchMatmulS8>(parameters, isa);
  return 0;
}

/// For the call as the emitted C++ writes it, which may turn a row into a column.
std::size_t chosen_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                 const targets::TargetConfig& target, targets::Isa isa) {
  const CmsisNnChoice choice = choose_cmsis_nn(kernel.name, parameters, target);
  const auto* call = std::get_if<CmsisNnCall>(&choice);
  if (call == nullptr) return 0;
  if (const auto* convolution = std::get_if<CmsisNnConvolution>(call)) return scratch_of(convolution->params, isa);
  if (const auto* depthwise = std::get_if<CmsisNnDepthwise>(call)) return scratch_of(depthwise->params, isa);
  return 0;  // the others have one form
}

}  // namespace

std::size_t cmsis_nn_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                   const targets::TargetConfig& target, targets::Isa isa) {
  return std::max(stated_scratch_bytes(kernel, parameters, isa), chosen_scratch_bytes(kernel, parameters, target, isa));
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
