// Parts of a tensor by position: slices, splits, gathers; and tensors put together along a new dimension.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

using Integers = std::vector<std::int64_t>;

/// A dimension counted from the end when negative.
Result<std::int64_t> axis_of(std::int64_t axis, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis >= -count && axis < count) return axis < 0 ? axis + count : axis;
  return invalid_here(fmt::format("axis {}", axis), fmt::format("{} to {}", -count, count - 1));
}

/// Elements [begin, end) of a dimension, every `step`-th.
Result<ir::ValueId> slice(NodeImporter& node, ir::ValueId value, std::int64_t dim, std::int64_t begin, std::int64_t end,
                          std::int64_t step = 1) {
  const std::int64_t size = node.shape(value)[static_cast<std::size_t>(dim)];
  if (begin == 0 && end == size && step == 1) return value;
  ir::Attributes attributes;
  attributes.set("dim", ir::AttributeValue(dim));
  attributes.set("start", ir::AttributeValue(begin));
  attributes.set("end", ir::AttributeValue(end));
  attributes.set("step", ir::AttributeValue(step));
  return node.emit("slice", {value}, std::move(attributes), node.format(value));
}

/// Outputs 0, 1, ... are pieces of these sizes along `axis`.
Status set_pieces(NodeImporter& node, ir::ValueId value, std::int64_t axis, const Integers& sizes) {
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    PUDU_TRY_ASSIGN(const ir::ValueId piece, slice(node, value, axis, begin, begin + sizes[i]));
    PUDU_TRY(node.set_output(i, piece));
    begin += sizes[i];
  }
  return {};
}

Status import_split(NodeImporter& node) {
  const std::size_t parts = node.op().outputs.size();
  PUDU_TRY(node.check_operands(2, 2, parts));
  PUDU_TRY_ASSIGN(const std::int64_t stated_axis, node.integer(0));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(1));
  PUDU_TRY_ASSIGN(const std::int64_t axis, axis_of(stated_axis, node.shape(input).size()));
  const std::int64_t size = node.shape(input)[static_cast<std::size_t>(axis)];
  if (parts == 0 || size % static_cast<std::int64_t>(parts) != 0) {
    return invalid_here(fmt::format("{} parts of {} elements", parts, size), "parts of equal size");
  }
  return set_pieces(node, input, axis, Integers(parts, size / static_cast<std::int64_t>(parts)));
}

/// One size may be -1: what the others leave.
Result<Integers> split_sizes(Integers sizes, std::int64_t size) {
  std::int64_t known = 0;
  std::int64_t* open = nullptr;
  std::size_t open_sizes = 0;
  for (std::int64_t& part : sizes) {
    if (part == -1) {
      open = &part;
      ++open_sizes;
    } else if (part < 0 || part > size) {
      return invalid_here(fmt::format("a part of {} elements", part), fmt::format("0 to {}, or one -1", size));
    } else {
      known += part;
    }
  }
  if (open_sizes == 1 && known <= size) {
    *open = size - known;
    known = size;
  }
  if (open_sizes <= 1 && known == size) return sizes;
  return invalid_here(fmt::format("parts of {} elements together", known), fmt::format("{} elements", size));
}

Status import_split_v(NodeImporter& node) {
  const std::size_t parts = node.op().outputs.size();
  PUDU_TRY(node.check_operands(3, 3, parts));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(Integers stated_sizes, node.integers(1));
  PUDU_TRY_ASSIGN(const std::int64_t stated_axis, node.integer(2));
  PUDU_TRY_ASSIGN(const std::int64_t axis, axis_of(stated_axis, node.shape(input).size()));
  if (stated_sizes.size() != parts) {
    return invalid_here(fmt::format("{} sizes for {} outputs", stated_sizes.size(), parts), "one for each output");
  }
  PUDU_TRY_ASSIGN(const Integers sizes,
                  split_sizes(std::move(stated_sizes), node.shape(input)[static_cast<std::size_t>(axis)]));
  return set_pieces(node, input, axis, sizes);
}

/// Begin, end and stride of one dimension, as the file has them.
struct StatedSlice {
  std::int64_t begin, end, stride;
  bool begins_anywhere, ends_anywhere, shrinks;  ///< bits of the masks
};

/// Half-open; empty ranges are for the shape check to find.
struct SliceRange {
  std::int64_t begin, end;
};

Result<SliceRange> range_of(const StatedSlice& stated, std::int64_t size) {
  const auto within = [&](std::int64_t position) {
    if (position < 0) position += size;
    return std::min(std::max<std::int64_t>(position, 0), size);
  };
  if (stated.stride < 1) {
    return unsupported_here(fmt::format("a stride of {}", stated.stride), "positive strides");
  }
  const std::int64_t begin = stated.begins_anywhere ? 0 : within(stated.begin);
  if (stated.shrinks) return SliceRange{begin, std::min(begin + 1, size)};
  return SliceRange{begin, std::max(begin, stated.ends_anywhere ? size : within(stated.end))};
}

Status import_strided_slice(NodeImporter& node) {
  PUDU_TRY(node.check_operands(4, 4));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::StridedSliceOptions>());
  if (options->ellipsis_mask() != 0 || options->new_axis_mask() != 0 || options->offset()) {
    return unsupported_here("ellipsis_mask, new_axis_mask or offset", "begin, end and shrink_axis masks");
  }
  PUDU_TRY_ASSIGN(ir::ValueId value, node.input(0));
  PUDU_TRY_ASSIGN(const Integers begins, node.integers(1));
  PUDU_TRY_ASSIGN(const Integers ends, node.integers(2));
  PUDU_TRY_ASSIGN(const Integers strides, node.integers(3));
  const std::size_t rank = node.shape(value).size();
  if (begins.size() > rank || ends.size() != begins.size() || strides.size() != begins.size()) {
    return invalid_here(fmt::format("{}, {} and {} begins, ends and strides of an input of shape {}", begins.size(),
                                    ends.size(), strides.size(), ir::to_string(node.shape(value))),
                        "as many of each, at most one a dimension");
  }
  ir::Shape shape;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t size = node.shape(value)[i];
    if (i >= begins.size()) {
      shape.push_back(size);
      continue;
    }
    const auto masked = [&](std::int32_t mask) { return (mask >> i & 1) != 0; };
    const StatedSlice stated{begins[i],
                             ends[i],
                             strides[i],
                             masked(options->begin_mask()),
                             masked(options->end_mask()),
                             masked(options->shrink_axis_mask())};
    PUDU_TRY_ASSIGN(const SliceRange range, range_of(stated, size));
    PUDU_TRY_ASSIGN(value, slice(node, value, static_cast<std::int64_t>(i), range.begin, range.end, stated.stride));
    if (!stated.shrinks) shape.push_back(node.shape(value)[i]);
  }
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.reshape(value, std::move(shape)));
  return node.set_output(0, result);
}

Status import_gather(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::GatherOptions>());
  if (options->batch_dims() != 0) return unsupported_here(fmt::format("batch_dims {}", options->batch_dims()), "0");
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(Integers indices, node.integers(1));
  PUDU_TRY_ASSIGN(const std::int64_t axis, axis_of(options->axis(), node.shape(input).size()));
  ir::Shape shape = node.shape(input);
  const auto place = shape.begin() + axis;
  const ir::Shape& stated = node.input_tensor(1).shape;
  shape.insert(shape.erase(place), stated.begin(), stated.end());
  ir::Attributes attributes;
  attributes.set("dims", ir::AttributeValue(Integers{axis}));
  attributes.set("indices", ir::AttributeValue(std::move(indices)));
  PUDU_TRY_ASSIGN(const ir::ValueId picked,
                  node.emit("index_select", {input}, std::move(attributes), node.format(input)));
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.reshape(picked, std::move(shape)));
  return node.set_output(0, result);
}

/// Tensors of one shape along a new dimension: each gets it with one element, and they are joined there.
Status import_pack(NodeImporter& node) {
  const std::size_t count = node.op().inputs.size();
  PUDU_TRY(node.check_operands(count, count));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::PackOptions>());
  if (count == 0) return invalid_here("no inputs", "at least one");
  PUDU_TRY_ASSIGN(const ir::ValueId first, node.input(0));
  ir::Shape shape = node.shape(first);
  PUDU_TRY_ASSIGN(const std::int64_t axis, axis_of(options->axis(), shape.size() + 1));
  shape.insert(shape.begin() + axis, 1);
  std::vector<std::optional<ir::ValueId>> parts;
  for (std::size_t i = 0; i < count; ++i) {
    PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(i));
    if (node.shape(input) != node.shape(first) || node.format(input) != node.format(first)) {
      return unsupported_here("inputs of different shapes or quantization parameters", "inputs that are alike");
    }
    PUDU_TRY_ASSIGN(const ir::ValueId part, node.reshape(input, shape));
    parts.emplace_back(part);
  }
  if (count == 1) return node.set_output(0, *parts[0]);
  ir::Attributes attributes;
  attributes.set("dim", ir::AttributeValue(axis));
  PUDU_TRY_ASSIGN(const ir::ValueId result,
                  node.emit("concat", std::move(parts), std::move(attributes), node.format(first)));
  return node.set_output(0, result);
}

Status import_unpack(NodeImporter& node) {
  const std::size_t parts = node.op().outputs.size();
  PUDU_TRY(node.check_operands(1, 1, parts));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::UnpackOptions>());
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const std::int64_t axis, axis_of(options->axis(), node.shape(input).size()));
  ir::Shape shape = node.shape(input);
  if (shape[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(parts)) {
    return invalid_here(fmt::format("{} outputs for an input of shape {}", parts, ir::to_string(shape)),
                        "one for each element of the dimension");
  }
  shape.erase(shape.begin() + axis);
  for (std::size_t i = 0; i < parts; ++i) {
    const auto position = static_cast<std::int64_t>(i);
    PUDU_TRY_ASSIGN(const ir::ValueId part, slice(node, input, axis, position, position + 1));
    PUDU_TRY_ASSIGN(const ir::ValueId result, node.reshape(part, shape));
    PUDU_TRY(node.set_output(i, result));
  }
  return {};
}

}  // namespace

std::span<const OperatorRow> selection_rows() {
  static constexpr std::array rows = {
      OperatorRow{"GATHER", 7, import_gather, "constant indices, batch_dims 0"},
      OperatorRow{"PACK", 4, import_pack, "inputs of one scale"},
      OperatorRow{"SPLIT", 4, import_split, "a constant axis"},
      OperatorRow{"SPLIT_V", 2, import_split_v, "constant sizes and axis"},
      OperatorRow{"STRIDED_SLICE", 8, import_strided_slice,
                  "constant operands, positive strides, no ellipsis_mask, new_axis_mask or offset"},
      OperatorRow{"UNPACK", 4, import_unpack, ""},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
