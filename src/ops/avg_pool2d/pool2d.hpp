// What the pooling operators share: windows read from a node's attributes, output sizes, the binding of the average
// kernel. Sizes follow PyTorch (aten/src/ATen/native/Pool.h): in ceil mode a window that would start beyond the image
// and its leading padding is dropped.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/lower_context.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {

/// Windows along one axis of an image. Sizes in elements; padding is at least 0, the others at least 1.
struct PoolAxis {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t pad_before = 0;
  std::int64_t pad_after = 0;
  std::int64_t dilation = 1;

  /// Elements from a window's first tap to its last, both included.
  std::int64_t extent() const { return (kernel - 1) * dilation + 1; }
  /// Position of a window's first tap; negative in the padding.
  std::int64_t window_begin(std::int64_t window) const { return window * stride - pad_before; }
};

enum class SizeRounding : std::uint8_t { Floor, Ceil };

struct PoolWindows {
  PoolAxis h;
  PoolAxis w;
  SizeRounding rounding = SizeRounding::Floor;
};

/// Windows along an axis of `size` elements; below 1 when none fits.
std::int64_t window_count(std::int64_t size, const PoolAxis& axis, SizeRounding rounding);

/// Reads kernel, stride, padding, ceil_mode and, where the operator has it, dilation. The attributes were checked.
PoolWindows pool_windows(const ir::Node& node);

/// Checks those attributes (InvalidInput) and returns [N, C, H', W'] for an input [N, C, H, W].
Result<ir::Shape> pooled_shape(const ir::Node& node, const ir::Shape& input);

/// Codes of the fused activation; all of them for a node that stays float32, which is Unsupported with bounds.
Result<CodeRange> pool_activation(const LowerContext& context);

/// The kernel of average pooling, which also computes means.
const KernelBinding& avg_pool2d_s8();

/// What the kernels of both pools are told of the images, the windows and the result's bounds; the rest is 0.
template <class Params>
Params pool_params(const LowerContext& context, const PoolWindows& windows, CodeRange activation) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  const ir::Shape& in = context.input_value(0).type.shape;
  const ir::Shape& out = context.output_value().type.shape;
  Params params{};
  params.batches = narrow(in[0]), params.channels = narrow(in[1]);
  params.input_h = narrow(in[2]), params.input_w = narrow(in[3]);
  params.output_h = narrow(out[2]), params.output_w = narrow(out[3]);
  params.kernel_h = narrow(windows.h.kernel), params.kernel_w = narrow(windows.w.kernel);
  params.stride_h = narrow(windows.h.stride), params.stride_w = narrow(windows.w.stride);
  params.pad_top = narrow(windows.h.pad_before), params.pad_left = narrow(windows.w.pad_before);
  params.activation_min = activation.min, params.activation_max = activation.max;
  return params;
}

/// The parameters of an int8 pool for its int16 kernel: fields of the same name, and bounds under the names that they
/// have there.
template <class Wide, class Narrow>
Wide widened_pool(const Narrow& narrow) {
  Wide wide{};
  Wide::visit(wide, [&](std::string_view name, std::int32_t& to) {
    Narrow::visit(narrow, [&](std::string_view other, std::int32_t from) {
      if (name == other) to = from;
    });
  });
  wide.output_min = narrow.activation_min;
  wide.output_max = narrow.activation_max;
  return wide;
}

}  // namespace pudu::ops
