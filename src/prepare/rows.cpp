#include "prepare/rows.hpp"

#include <utility>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"

namespace pudu::prepare {
namespace {

template <class Params>
bool is_pointwise(const Params& p) {
  return p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
         p.pad_left == 0 && p.input_h == p.output_h && p.input_w == p.output_w;
}

/// True when something changed.
template <class Params>
bool lengthen_rows(Params& p) {
  if (is_pointwise(p)) {
    if (p.batches == 1 && p.input_h == 1) return false;
    p.input_w = p.output_w = p.batches * p.input_h * p.input_w;
    p.batches = p.input_h = p.output_h = 1;
    return true;
  }
  // With one column of taps the weights lie the same either way.
  if (p.input_w != 1 || p.output_w != 1 || p.kernel_w != 1 || p.pad_left != 0 || p.output_h == 1) return false;
  std::swap(p.input_h, p.input_w), std::swap(p.output_h, p.output_w), std::swap(p.kernel_h, p.kernel_w);
  std::swap(p.stride_h, p.stride_w), std::swap(p.pad_top, p.pad_left), std::swap(p.dilation_h, p.dilation_w);
  return true;
}

template <class Kernel>
std::optional<std::vector<program::Parameter>> lengthened(const SourceCall& call) {
  auto params = call.params<typename Kernel::Params>();
  if (!lengthen_rows(params)) return std::nullopt;
  return ops::to_parameters(params);
}

}  // namespace

std::optional<std::vector<program::Parameter>> parameters_with_long_rows(const SourceCall& call) {
  if (call.call().kernel == kernels::Conv2dS8::name) return lengthened<kernels::Conv2dS8>(call);
  if (call.call().kernel == kernels::DepthwiseConv2dS8::name) return lengthened<kernels::DepthwiseConv2dS8>(call);
  return std::nullopt;
}

}  // namespace pudu::prepare
