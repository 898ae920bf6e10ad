// Operators that move elements: shapes, slices, joins, padding, gathers.
#include <algorithm>
#include <numeric>

#include "tflite/case_builder.hpp"

namespace pudu::testing {
namespace {

using Shape = std::vector<std::int32_t>;

std::int32_t product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), 1, [](std::int32_t a, std::int32_t b) { return a * b; });
}

std::int32_t rank_of(const Shape& shape) {
  return static_cast<std::int32_t>(shape.size());
}

std::int32_t random_axis(Random& random, const Shape& shape) {
  return random.integer(0, rank_of(shape) - 1);
}

/// The axis itself, or counted from the end.
std::int32_t either_way(Random& random, std::int32_t axis, std::int32_t rank) {
  return random.chance(50) ? axis : axis - rank;
}

void reshape(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(1, 4);
  Shape result = {product(shape)};
  for (std::int32_t factor = 2; factor <= 5; ++factor) {
    if (result[0] % factor != 0 || random.chance(40)) continue;
    result[0] /= factor;
    result.push_back(factor);
  }
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  wire::ReshapeOptionsT options;
  options.new_shape = result;
  Shape operand = result;
  if (random.chance(50)) operand[0] = -1;
  builder.operation(Builtin::Reshape, {x, builder.integers(operand)}, {builder.result(result, both)}, options, 1);
}

void squeeze(CaseBuilder& builder) {
  Random& random = builder.random();
  Shape shape = random.shape(2, 4);
  wire::SqueezeOptionsT options;
  Shape result;
  for (std::int32_t i = 0; i < rank_of(shape); ++i) {
    if (random.chance(40)) {
      shape[static_cast<std::size_t>(i)] = 1;
      options.squeeze_dims.push_back(i);
    } else {
      result.push_back(shape[static_cast<std::size_t>(i)]);
    }
  }
  if (options.squeeze_dims.empty()) {
    result.clear();
    for (const std::int32_t size : shape) {
      if (size != 1) result.push_back(size);
    }
  }
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  builder.operation(Builtin::Squeeze, {x}, {builder.result(result, both)}, options, 1);
}

void expand_dims(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(1, 3);
  const std::int32_t axis = random.integer(0, rank_of(shape));
  Shape result = shape;
  result.insert(result.begin() + axis, 1);
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  const TensorIndex dim = builder.scalar(either_way(random, axis, rank_of(result)));
  builder.operation(Builtin::ExpandDims, {x, dim}, {builder.result(result, both)}, 1);
}

void transpose(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(2, 4);
  Shape order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[static_cast<std::size_t>(random.integer(0, static_cast<std::int32_t>(i)))]);
  }
  Shape result;
  for (const std::int32_t dim : order) result.push_back(shape[static_cast<std::size_t>(dim)]);
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  builder.operation(Builtin::Transpose, {x, builder.integers(order)}, {builder.result(result, both)}, 2);
}

void pad(CaseBuilder& builder, Builtin code) {
  Random& random = builder.random();
  const Shape shape = random.shape(2, 4, 6);
  Shape amounts;
  Shape result = shape;
  for (std::int32_t& size : result) {
    amounts.push_back(random.chance(40) ? 0 : random.integer(0, 3));
    amounts.push_back(random.chance(40) ? 0 : random.integer(0, 3));
    size += amounts[amounts.size() - 1] + amounts[amounts.size() - 2];
  }
  const Quantization all = builder.quantization();
  const TensorIndex x = builder.input(shape, all);
  std::vector<TensorIndex> inputs = {x, builder.integer_matrix({rank_of(shape), 2}, amounts)};
  if (code == Builtin::PadV2) inputs.push_back(builder.codes({1}, all, -128));
  builder.operation(code, std::move(inputs), {builder.result(result, all)}, 2);
}

void concatenation(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(1, 4, 6);
  const std::int32_t axis = random_axis(random, shape);
  const Quantization all = builder.quantization();
  Shape result = shape;
  result[static_cast<std::size_t>(axis)] = 0;
  std::vector<TensorIndex> inputs;
  for (std::int32_t i = random.integer(1, 5); i > 0; --i) {
    Shape part = shape;
    part[static_cast<std::size_t>(axis)] = random.integer(1, 6);
    result[static_cast<std::size_t>(axis)] += part[static_cast<std::size_t>(axis)];
    inputs.push_back(random.chance(85) || inputs.empty() ? builder.input(part, all) : builder.codes(part, all));
  }
  wire::ConcatenationOptionsT options;
  options.axis = either_way(random, axis, rank_of(shape));
  builder.operation(Builtin::Concatenation, std::move(inputs), {builder.result(result, all)}, options, 2);
}

void strided_slice(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(1, 4);
  wire::StridedSliceOptionsT options;
  Shape begin;
  Shape end;
  Shape strides;
  Shape result;
  for (std::int32_t i = 0; i < rank_of(shape); ++i) {
    const std::int32_t size = shape[static_cast<std::size_t>(i)];
    const std::int32_t first = random.integer(0, size - 1);
    const std::int32_t last = random.integer(first + 1, size);
    const std::int32_t stride = random.chance(70) ? 1 : random.integer(2, 3);
    const std::int32_t masks = random.integer(0, 9);
    if (masks == 0) options.begin_mask |= 1 << i;
    if (masks == 1) options.end_mask |= 1 << i;
    const bool shrinks = masks == 2 && rank_of(shape) > 1;
    if (shrinks) options.shrink_axis_mask |= 1 << i;
    begin.push_back(random.chance(20) ? first - size : first);
    end.push_back(last < size && random.chance(20) ? last - size : last);
    strides.push_back(shrinks ? 1 : stride);
    const std::int32_t from = masks == 0 ? 0 : first;
    const std::int32_t to = masks == 1 ? size : last;
    if (!shrinks) result.push_back((to - from + stride - 1) / stride);
  }
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  builder.operation(Builtin::StridedSlice,
                    {x, builder.integers(begin), builder.integers(end), builder.integers(strides)},
                    {builder.result(result, both)}, options, 2);
}

void split(CaseBuilder& builder) {
  Random& random = builder.random();
  Shape shape = random.shape(1, 4, 5);
  const std::int32_t axis = random_axis(random, shape);
  const std::int32_t parts = random.integer(1, 4);
  const Shape part = shape;
  shape[static_cast<std::size_t>(axis)] *= parts;
  const Quantization all = builder.quantization();
  const TensorIndex dim = builder.scalar(either_way(random, axis, rank_of(shape)));
  const TensorIndex x = builder.input(shape, all);
  std::vector<TensorIndex> results;
  for (std::int32_t i = 0; i < parts; ++i) results.push_back(builder.result(part, all));
  wire::SplitOptionsT options;
  options.num_splits = parts;
  builder.operation(Builtin::Split, {dim, x}, std::move(results), options, 2);
}

void split_unevenly(CaseBuilder& builder) {
  Random& random = builder.random();
  Shape shape = random.shape(1, 4, 5);
  const std::int32_t axis = random_axis(random, shape);
  const Quantization all = builder.quantization();
  Shape sizes(static_cast<std::size_t>(random.integer(1, 4)));
  std::generate(sizes.begin(), sizes.end(), [&] { return random.integer(1, 4); });
  shape[static_cast<std::size_t>(axis)] = std::accumulate(sizes.begin(), sizes.end(), 0);
  const TensorIndex x = builder.input(shape, all);
  std::vector<TensorIndex> results;
  for (const std::int32_t size : sizes) {
    Shape part = shape;
    part[static_cast<std::size_t>(axis)] = size;
    results.push_back(builder.result(part, all));
  }
  if (random.chance(30)) sizes[0] = -1;
  wire::SplitVOptionsT options;
  options.num_splits = static_cast<std::int32_t>(sizes.size());
  const TensorIndex dim = builder.scalar(either_way(random, axis, rank_of(shape)));
  builder.operation(Builtin::SplitV, {x, builder.integers(sizes), dim}, std::move(results), options, 2);
}

void gather(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(1, 4, 6);
  const std::int32_t axis = random_axis(random, shape);
  Shape indices(static_cast<std::size_t>(random.integer(1, 6)));
  std::generate(indices.begin(), indices.end(),
                [&] { return random.integer(0, shape[static_cast<std::size_t>(axis)] - 1); });
  Shape result = shape;
  result[static_cast<std::size_t>(axis)] = rank_of(indices);
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  wire::GatherOptionsT options;
  options.axis = either_way(random, axis, rank_of(shape));
  builder.operation(Builtin::Gather, {x, builder.integers(indices)}, {builder.result(result, both)}, options, 2);
}

void pack(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape shape = random.shape(1, 3, 6);
  const std::int32_t axis = random.integer(0, rank_of(shape));
  const std::int32_t parts = random.integer(1, 4);
  const Quantization all = builder.quantization();
  std::vector<TensorIndex> inputs;
  for (std::int32_t i = 0; i < parts; ++i) inputs.push_back(builder.input(shape, all));
  Shape result = shape;
  result.insert(result.begin() + axis, parts);
  wire::PackOptionsT options;
  options.values_count = parts;
  options.axis = either_way(random, axis, rank_of(result));
  builder.operation(Builtin::Pack, std::move(inputs), {builder.result(result, all)}, options, 2);
}

void unpack(CaseBuilder& builder) {
  Random& random = builder.random();
  const Shape part = random.shape(1, 3, 6);
  const std::int32_t axis = random.integer(0, rank_of(part));
  const std::int32_t parts = random.integer(1, 4);
  Shape shape = part;
  shape.insert(shape.begin() + axis, parts);
  const Quantization all = builder.quantization();
  const TensorIndex x = builder.input(shape, all);
  std::vector<TensorIndex> results;
  for (std::int32_t i = 0; i < parts; ++i) results.push_back(builder.result(part, all));
  wire::UnpackOptionsT options;
  options.num = parts;
  options.axis = either_way(random, axis, rank_of(shape));
  builder.operation(Builtin::Unpack, {x}, std::move(results), options, 2);
}

void depth_to_space(CaseBuilder& builder) {
  Random& random = builder.random();
  wire::DepthToSpaceOptionsT options;
  options.block_size = random.integer(1, 3);
  const std::int32_t block = options.block_size;
  const Shape result = {random.integer(1, 2), random.integer(1, 5) * block, random.integer(1, 5) * block,
                        random.integer(1, 5)};
  const Shape shape = {result[0], result[1] / block, result[2] / block, result[3] * block * block};
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  builder.operation(Builtin::DepthToSpace, {x}, {builder.result(result, both)}, options, 1);
}

void space_to_depth(CaseBuilder& builder) {
  Random& random = builder.random();
  wire::SpaceToDepthOptionsT options;
  options.block_size = random.integer(1, 3);
  const std::int32_t block = options.block_size;
  const Shape shape = {random.integer(1, 2), random.integer(1, 5) * block, random.integer(1, 5) * block,
                       random.integer(1, 5)};
  const Shape result = {shape[0], shape[1] / block, shape[2] / block, shape[3] * block * block};
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  builder.operation(Builtin::SpaceToDepth, {x}, {builder.result(result, both)}, options, 1);
}

/// The shape of a tensor as the shape of a reshape: both are known to the compiler.
void shape_of_tensor(CaseBuilder& builder) {
  const Shape shape = builder.random().shape(1, 4);
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input(shape, both);
  const TensorIndex other = builder.input({product(shape)}, both);
  const TensorIndex size = builder.result({rank_of(shape)}, TensorCode::Int32);
  wire::ShapeOptionsT options;
  options.out_type = static_cast<std::int8_t>(TensorCode::Int32);
  builder.operation(Builtin::Shape, {x}, {size}, options, 1);
  builder.operation(Builtin::Reshape, {other, size}, {builder.result(shape, both)}, wire::ReshapeOptionsT{}, 1);
}

}  // namespace

std::vector<Family> movement_families() {
  return {{"RESHAPE", reshape},
          {"SQUEEZE", squeeze},
          {"EXPAND_DIMS", expand_dims},
          {"TRANSPOSE", transpose},
          {"PAD", [](CaseBuilder& builder) { pad(builder, Builtin::Pad); }},
          {"PADV2", [](CaseBuilder& builder) { pad(builder, Builtin::PadV2); }},
          {"CONCATENATION", concatenation},
          {"STRIDED_SLICE", strided_slice},
          {"SPLIT", split},
          {"SPLIT_V", split_unevenly},
          {"GATHER", gather},
          {"PACK", pack},
          {"UNPACK", unpack},
          {"DEPTH_TO_SPACE", depth_to_space},
          {"SPACE_TO_DEPTH", space_to_depth},
          {"SHAPE", shape_of_tensor}};
}

}  // namespace pudu::testing
