#include "ops/avg_pool2d/pool2d.hpp"

#include <cmath>
#include <string>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"

namespace pudu::ops {
namespace {

Status check_padding(std::string_view axis_name, const PoolAxis& axis) {
  if (axis.pad_before < axis.extent() && axis.pad_after < axis.extent()) return {};
  return invalid_input({.found = "padding " + to_text({axis.pad_before, axis.pad_after}) + " of the " +
                                 std::string(axis_name) + " reaches a whole window of " + std::to_string(axis.extent()),
                        .allowed = "padding is smaller than the window"});
}

Result<std::int64_t> pooled_size(std::string_view axis_name, std::int64_t size, const PoolAxis& axis,
                                 SizeRounding rounding) {
  PUDU_TRY(check_padding(axis_name, axis));
  const std::int64_t count = window_count(size, axis, rounding);
  if (count >= 1) return count;
  return invalid_input({.found = "a window of " + std::to_string(axis.extent()) + " does not fit the " +
                                 std::string(axis_name) + " of " + std::to_string(size) + " with padding " +
                                 to_text({axis.pad_before, axis.pad_after}),
                        .allowed = "the window fits the padded image"});
}

}  // namespace

std::int64_t window_count(std::int64_t size, const PoolAxis& axis, SizeRounding rounding) {
  const std::int64_t slack =
      size + axis.pad_before + axis.pad_after - axis.extent() + (rounding == SizeRounding::Ceil ? axis.stride - 1 : 0);
  if (slack < 0) return 0;
  const std::int64_t count = slack / axis.stride + 1;
  const bool last_starts_outside = (count - 1) * axis.stride >= size + axis.pad_before;
  return rounding == SizeRounding::Ceil && last_starts_outside ? count - 1 : count;
}

PoolWindows pool_windows(const ir::Node& node) {
  const auto& kernel = node.attributes.integers("kernel");
  const auto& stride = node.attributes.integers("stride");
  const auto& padding = node.attributes.integers("padding");  // top, bottom, left, right
  PoolWindows windows{
      .h = {.kernel = kernel[0], .stride = stride[0], .pad_before = padding[0], .pad_after = padding[1]},
      .w = {.kernel = kernel[1], .stride = stride[1], .pad_before = padding[2], .pad_after = padding[3]},
      .rounding = node.attributes.integer("ceil_mode") != 0 ? SizeRounding::Ceil : SizeRounding::Floor};
  if (node.attributes.has("dilation")) {
    windows.h.dilation = node.attributes.integers("dilation")[0];
    windows.w.dilation = node.attributes.integers("dilation")[1];
  }
  return windows;
}

Result<ir::Shape> pooled_shape(const ir::Node& node, const ir::Shape& input) {
  PUDU_TRY(check_integers(node, "kernel", 2, 1, max_attribute_size));
  PUDU_TRY(check_integers(node, "stride", 2, 1, max_attribute_size));
  PUDU_TRY(check_integers(node, "padding", 4, 0, max_attribute_size));
  if (node.attributes.has("dilation")) PUDU_TRY(check_integers(node, "dilation", 2, 1, max_attribute_size));
  const PoolWindows windows = pool_windows(node);
  if (windows.h.kernel * windows.w.kernel > max_mean_elements) {
    return unsupported({.found = "a window of " + to_text({windows.h.kernel, windows.w.kernel}),
                        .allowed = "a window has at most " + std::to_string(max_mean_elements) + " elements"});
  }
  PUDU_TRY_ASSIGN(const std::int64_t height, pooled_size("height", input[2], windows.h, windows.rounding));
  PUDU_TRY_ASSIGN(const std::int64_t width, pooled_size("width", input[3], windows.w, windows.rounding));
  return ir::Shape{input[0], input[1], height, width};
}

PUDU_KERNEL_BINDING(avg_pool2d_s8, AvgPool2dS8)

Result<CodeRange> pool_activation(const LowerContext& context) {
  if (!is_float(context)) return activation_codes(context);
  const ir::Attributes& attributes = context.node().attributes;
  if (std::isinf(attributes.real("activation_min")) && std::isinf(attributes.real("activation_max"))) {
    return CodeRange{INT8_MIN, INT8_MAX};
  }
  return unsupported({.found = "an activation fused into a pooling that stays float32", .allowed = "none"});
}

}  // namespace pudu::ops
