// Means, sums, softmax, argmax and interpolation.
#include <algorithm>
#include <numeric>

#include "tflite/case_builder.hpp"

namespace pudu::testing {
namespace {

using Shape = std::vector<std::int32_t>;

/// Some dimensions of `rank`, at least one, in order.
Shape random_axes(Random& random, std::int32_t rank) {
  Shape axes;
  for (std::int32_t axis = 0; axis < rank; ++axis) {
    if (random.chance(45)) axes.push_back(axis);
  }
  if (axes.empty()) axes.push_back(random.integer(0, rank - 1));
  return axes;
}

Shape reduced_shape(const Shape& shape, const Shape& axes, bool keeps_dims) {
  Shape result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::count(axes.begin(), axes.end(), static_cast<std::int32_t>(i)) > 0;
    if (!reduced) result.push_back(shape[i]);
    if (reduced && keeps_dims) result.push_back(1);
  }
  return result;
}

/// The default kernels have another formula for the mean over an image with keep_dims: see docs/arithmetic.md. Their
/// sums are computed in float32, which is the same but for some ties; the reference kernel of sums reads int8 as uint8.
void reduction(CaseBuilder& builder, Builtin code, float least_ratio, float most_ratio) {
  Random& random = builder.random();
  const Shape shape = random.shape(2, 4);
  const Shape axes = random_axes(random, static_cast<std::int32_t>(shape.size()));
  wire::ReducerOptionsT options;
  options.keep_dims = random.chance(50);
  if (code == Builtin::Mean && options.keep_dims && axes == Shape{1, 2}) builder.ask_reference_kernels();
  const Quantization input = builder.quantization();
  Quantization output = builder.quantization();
  output.scales[0] = input.scales[0] * random.scale(least_ratio, most_ratio);
  if (random.chance(20)) output = input;
  const TensorIndex x = builder.input(shape, input);
  Shape stated_axes = axes;
  if (random.chance(30)) stated_axes[0] -= static_cast<std::int32_t>(shape.size());
  const TensorIndex dims = builder.integers(stated_axes);
  const TensorIndex y = builder.result(reduced_shape(shape, axes, options.keep_dims), output);
  builder.operation(code, {x, dims}, {y}, options);
}

/// The default kernels compute in float32; the reference kernels and TensorFlow Lite Micro in fixed point.
void softmax(CaseBuilder& builder) {
  const Shape shape = builder.random().shape(1, 4, 12);
  const TensorIndex x = builder.input(shape, builder.quantization(0.005F, 1.0F));
  wire::SoftmaxOptionsT options;
  options.beta = 1.0F;
  builder.ask_reference_kernels();
  builder.operation(Builtin::Softmax, {x}, {builder.result(shape, {{1.0F / 256.0F}, -128})}, options);
}

/// A few codes only, so that the largest is often there twice.
void argmax(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(1, 4);
  const std::int32_t axis = random.integer(0, static_cast<std::int32_t>(shape.size()) - 1);
  Shape result = shape;
  result.erase(result.begin() + axis);
  const TensorIndex x = builder.input(shape, builder.quantization(), -3, 4);
  const TensorIndex dim = builder.scalar(random.chance(50) ? axis : axis - static_cast<std::int32_t>(shape.size()));
  wire::ArgMaxOptionsT options;
  options.output_type = static_cast<std::int8_t>(TensorCode::Int32);
  builder.operation(Builtin::ArgMax, {x, dim}, {builder.result(result, TensorCode::Int32)}, options);
}

/// Codes of one sign: the reference kernels of LiteRT's build round ties up, and those of TensorFlow Lite Micro away
/// from zero; above zero that is the same. The default kernels compute in float32.
void bilinear(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = {1, random.integer(1, 8), random.integer(1, 8), random.integer(1, 9)};
  const Shape size = {random.integer(1, 16), random.integer(1, 16)};
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both, 0, 127);
  wire::ResizeBilinearOptionsT options;
  options.align_corners = random.chance(35);
  options.half_pixel_centers = !options.align_corners && random.chance(50);
  builder.ask_reference_kernels();
  builder.operation(Builtin::ResizeBilinear, {x, builder.integers(size)},
                    {builder.result({1, size[0], size[1], shape[3]}, both)}, options, 3);
}

void nearest(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = {random.integer(1, 2), random.integer(1, 8), random.integer(1, 8), random.integer(1, 9)};
  const Shape size = {random.integer(1, 16), random.integer(1, 16)};
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  wire::ResizeNearestNeighborOptionsT options;
  options.align_corners = random.chance(35);
  options.half_pixel_centers = !options.align_corners && random.chance(50);
  builder.operation(Builtin::ResizeNearestNeighbor, {x, builder.integers(size)},
                    {builder.result({shape[0], size[0], size[1], shape[3]}, both)}, options, 3);
}

}  // namespace

std::vector<Family> reduction_families() {
  return {{"MEAN", [](CaseBuilder& builder) { reduction(builder, Builtin::Mean, 0.2F, 1.5F); }},
          {"SUM", [](CaseBuilder& builder) { reduction(builder, Builtin::Sum, 1.0F, 20.0F); }},
          {"SOFTMAX", softmax},
          {"ARG_MAX", argmax},
          {"RESIZE_BILINEAR", bilinear},
          {"RESIZE_NEAREST_NEIGHBOR", nearest}};
}

}  // namespace pudu::testing
