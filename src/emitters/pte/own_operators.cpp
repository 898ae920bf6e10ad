#include "emitters/pte/own_operators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "emitters/pte/forms.hpp"
#include "emitters/pte/windows.hpp"
#include "kernels/operator_kernels.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::emitters {
namespace {

using program::KernelCall;

template <class Kernel>
typename Kernel::Params params_of(const KernelCall& call) {
  return ops::detail::to_params<typename Kernel::Params>(call.parameters);
}

std::string why_not_average_pool(const KernelCall& call) {
  const auto p = params_of<kernels::AvgPool2dS8>(call);
  const std::int32_t window = p.kernel_h * p.kernel_w;
  if (p.divisor_override == 0 || p.divisor_override == window) return "";
  return fmt::format("a divisor of {} for windows of {}", p.divisor_override, window);
}

std::string why_not_max_pool(const KernelCall& call) {
  const auto p = params_of<kernels::MaxPool2dS8>(call);
  return p.dilation_h == 1 && p.dilation_w == 1 ? "" : "max pooling with dilation";
}

std::string why_not_transpose_conv(const KernelCall& call) {
  const Extents padding = output_padding(params_of<kernels::TransposeConv2dS8>(call));
  return padding.h >= 0 && padding.w >= 0 ? "" : "a transposed convolution whose padding differs between the sides";
}

/// A sum is a depthwise convolution with weights of 1, whose operator takes one image, or a linear layer with such
/// weights.
std::string why_not_sum(const KernelCall& call) {
  constexpr std::int32_t most_images = 8;
  constexpr std::int64_t most_weights = std::int64_t{1} << 17;  // bytes of flash
  const auto p = params_of<kernels::SumS8>(call);
  if (std::int64_t{p.sum_count} * p.inner_count > most_weights) return "sums that would need too many weights of 1";
  return p.inner_count == 1 || p.outer_count <= most_images ? "" : "sums along a middle dimension";
}

std::string why_not_pad(const KernelCall& call) {
  return as_padding(params_of<kernels::PadS8>(call)) ? "" : "padding of more than four dimensions, or a negative one";
}

std::string why_not_transpose(const KernelCall& call) {
  return as_permutation(params_of<kernels::TransposeS8>(call)) ? "" : "a transpose that is no permutation";
}

std::string why_not_slice(const KernelCall& call) {
  const auto p = params_of<kernels::StridedSliceS8>(call);
  const bool runs_backwards =
      std::any_of(p.input_strides, p.input_strides + p.rank, [](std::int32_t stride) { return stride < 0; });
  return runs_backwards ? "a slice that runs backwards" : "";
}

/// Kernels that an operator of ExecuTorch computes for some parameters.
struct PartlyStock {
  std::string_view kernel;
  std::string (*why_not)(const KernelCall&);
};
constexpr std::array partly_stock = {
    PartlyStock{kernels::AvgPool2dS8::name, why_not_average_pool},
    PartlyStock{kernels::MaxPool2dS8::name, why_not_max_pool},
    PartlyStock{kernels::PadS8::name, why_not_pad},
    PartlyStock{kernels::StridedSliceS8::name, why_not_slice},
    PartlyStock{kernels::SumS8::name, why_not_sum},
    PartlyStock{kernels::TransposeConv2dS8::name, why_not_transpose_conv},
    PartlyStock{kernels::TransposeS8::name, why_not_transpose},
};

}  // namespace

bool has_own_operator(std::string_view kernel) {
  constexpr std::string_view names[] = {
#define PUDU_KERNEL_NAME(TYPE) kernels::TYPE::name,
      PUDU_OPERATOR_KERNELS(PUDU_KERNEL_NAME)
#undef PUDU_KERNEL_NAME
  };
  return std::find(std::begin(names), std::end(names), kernel) != std::end(names);
}

std::string why_not_stock(const KernelCall& call) {
  const auto partly = std::find_if(partly_stock.begin(), partly_stock.end(),
                                   [&](const PartlyStock& candidate) { return candidate.kernel == call.kernel; });
  if (partly != partly_stock.end()) return partly->why_not(call);
  if (call.kernel == kernels::AdaptiveAvgPool2dS8::name) {
    return "adaptive average pooling with windows of different sizes";
  }
  return has_own_operator(call.kernel) ? fmt::format("the kernel {}", call.kernel) : "";
}

}  // namespace pudu::emitters
