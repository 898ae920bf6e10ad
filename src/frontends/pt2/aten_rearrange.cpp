// Padding, and operators that repeat elements, turn them around or pick them by position.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Sizes = std::vector<std::int64_t>;
using Positions = NodeTranslator::Positions;

// Positions are attributes of a node; a hostile file could ask for billions.
constexpr std::int64_t max_positions = std::int64_t{1} << 20;

ValueId self(const NodeTranslator& node) {
  return node.args.tensor("self");
}

/// What is added before and behind each dimension, outermost first.
struct PadAmounts {
  Sizes before, after;

  bool is_nothing() const {
    const auto is_zero = [](std::int64_t amount) { return amount == 0; };
    return std::all_of(before.begin(), before.end(), is_zero) && std::all_of(after.begin(), after.end(), is_zero);
  }
};

/// PyTorch lists [begin, end] from the last dimension to the first.
Result<PadAmounts> pad_amounts(const NodeTranslator& node, std::string_view name) {
  const Sizes pad = node.args.integers(name);
  const std::size_t rank = node.rank(self(node));
  if (pad.size() % 2 != 0 || pad.size() > 2 * rank) {
    return invalid_here(fmt::format("padding of {} numbers for a tensor of {} dimensions", pad.size(), rank),
                        "two for each dimension");
  }
  PadAmounts amounts{Sizes(rank, 0), Sizes(rank, 0)};
  for (std::size_t i = 0; i < pad.size() / 2; ++i) {
    amounts.before[rank - 1 - i] = pad[2 * i];
    amounts.after[rank - 1 - i] = pad[2 * i + 1];
  }
  return amounts;
}

Result<ValueId> emit_constant_pad(NodeTranslator& node, double value) {
  PUDU_TRY_ASSIGN(PadAmounts amounts, pad_amounts(node, "pad"));
  if (amounts.is_nothing()) return self(node);
  return node.emit(
      "pad", {self(node)},
      attributes({{"before", std::move(amounts.before)}, {"after", std::move(amounts.after)}, {"value", value}}));
}

/// The position within [0, size) whose element stands at `position`, which lies outside.
using Border = std::int64_t (*)(std::int64_t position, std::int64_t size);

std::int64_t reflect(std::int64_t position, std::int64_t size) {
  return position < 0 ? -position : 2 * (size - 1) - position;
}
std::int64_t replicate(std::int64_t position, std::int64_t size) {
  return position < 0 ? 0 : size - 1;
}
std::int64_t wrap(std::int64_t position, std::int64_t size) {
  return position < 0 ? position + size : position - size;
}

/// Negative amounts cut elements off.
Result<ValueId> emit_border_pad(NodeTranslator& node, std::string_view amounts_name, Border border) {
  PUDU_TRY_ASSIGN(const PadAmounts amounts, pad_amounts(node, amounts_name));
  const ir::Shape& shape = node.shape(self(node));
  std::vector<Positions> positions;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::int64_t size = shape[axis];
    const std::int64_t end = size + amounts.after[axis];
    if (end + amounts.before[axis] > max_positions) {
      return unsupported_here(fmt::format("a padded dimension of {} elements", end + amounts.before[axis]),
                              fmt::format("at most {}", max_positions));
    }
    Positions taken{axis, {}};
    for (std::int64_t position = -amounts.before[axis]; position < end; ++position) {
      const bool is_inside = position >= 0 && position < size;
      const std::int64_t source = is_inside ? position : border(position, size);
      if (source < 0 || source >= size) {
        return invalid_here(fmt::format("padding [{}, {}] of a dimension of {} elements", amounts.before[axis],
                                        amounts.after[axis], size),
                            "no more than its elements, and one less with mode 'reflect'");
      }
      taken.indices.push_back(source);
    }
    positions.push_back(std::move(taken));
  }
  return node.index_select(self(node), std::move(positions));
}

Result<ValueId> translate_pad(NodeTranslator& node) {
  const std::string& mode = node.args.text("mode");
  if (mode == "constant") return emit_constant_pad(node, node.args.optional_number("value").value_or(0.0));
  if (mode == "reflect") return emit_border_pad(node, "pad", reflect);
  if (mode == "replicate") return emit_border_pad(node, "pad", replicate);
  if (mode == "circular") return emit_border_pad(node, "pad", wrap);
  return unsupported_here("padding mode '" + mode + "'", "modes constant, reflect, replicate, circular");
}
Result<ValueId> translate_constant_pad(NodeTranslator& node) {
  return emit_constant_pad(node, node.args.number("value"));
}
Result<ValueId> translate_reflection_pad(NodeTranslator& node) {
  return emit_border_pad(node, "padding", reflect);
}
Result<ValueId> translate_replication_pad(NodeTranslator& node) {
  return emit_border_pad(node, "padding", replicate);
}

Result<ValueId> translate_flip(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> axes, node.axes(node.args.integers("dims"), node.rank(self(node))));
  if (node.rank(self(node)) == 0) return self(node);
  std::vector<Positions> positions;
  for (const std::size_t axis : axes) {
    Positions taken{axis, Sizes(static_cast<std::size_t>(node.shape(self(node))[axis]))};
    std::iota(taken.indices.rbegin(), taken.indices.rend(), 0);
    positions.push_back(std::move(taken));
  }
  return node.index_select(self(node), std::move(positions));
}

/// Where the elements of `input` come from when they move by `shift` places along `axis`.
Positions rolled(const NodeTranslator& node, ValueId input, std::size_t axis, std::int64_t shift) {
  const std::int64_t size = node.shape(input)[axis];
  Positions taken{axis, {}};
  for (std::int64_t i = 0; i < size; ++i) taken.indices.push_back((((i - shift) % size) + size) % size);
  return taken;
}

Result<ValueId> translate_roll(NodeTranslator& node) {
  const Sizes shifts = node.args.integers("shifts");
  const Sizes dims = node.args.integers("dims");
  const ir::Shape shape = node.shape(self(node));
  if (dims.empty()) {  // all elements as one row
    if (shifts.size() != 1) return invalid_here(fmt::format("{} shifts without dimensions", shifts.size()), "one");
    PUDU_TRY_ASSIGN(const ValueId row, node.reshape(self(node), {ir::element_count(shape)}));
    PUDU_TRY_ASSIGN(const ValueId moved, node.index_select(row, {rolled(node, row, 0, shifts[0])}));
    return node.reshape(moved, shape);
  }
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> axes, node.axes(dims, shape.size()));
  if (axes.size() != shifts.size()) {
    return invalid_here(fmt::format("{} shifts for {} dimensions", shifts.size(), axes.size()));
  }
  if (shape.empty()) return self(node);
  std::vector<Positions> positions;
  for (std::size_t i = 0; i < axes.size(); ++i) positions.push_back(rolled(node, self(node), axes[i], shifts[i]));
  return node.index_select(self(node), std::move(positions));
}

/// Copies side by side: every dimension that is repeated gets one of size 1 in front, which is expanded.
Result<ValueId> emit_repeat(NodeTranslator& node, const Sizes& repeats) {
  ir::Shape shape = node.shape(self(node));
  if (repeats.size() < shape.size()) {
    return invalid_here(fmt::format("{} repeats of a tensor of {} dimensions", repeats.size(), shape.size()));
  }
  shape.insert(shape.begin(), repeats.size() - shape.size(), 1);
  ir::Shape split;
  ir::Shape expanded;
  ir::Shape result = shape;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (repeats[axis] < 1) return unsupported_here(fmt::format("{} repeats", repeats[axis]), "1 or more");
    if (repeats[axis] > 1 && shape[axis] > 1) {
      split.push_back(1);
      expanded.push_back(repeats[axis]);
    }
    split.push_back(shape[axis]);
    expanded.push_back(shape[axis] > 1 ? shape[axis] : repeats[axis]);
    result[axis] *= repeats[axis];
  }
  PUDU_TRY_ASSIGN(const ValueId separate, node.reshape(self(node), std::move(split)));
  PUDU_TRY_ASSIGN(const ValueId copies, node.expand(separate, std::move(expanded)));
  return node.reshape(copies, std::move(result));
}

Result<ValueId> translate_repeat(NodeTranslator& node) {
  return emit_repeat(node, node.args.integers("repeats"));
}
Result<ValueId> translate_tile(NodeTranslator& node) {
  Sizes repeats = node.args.integers("dims");
  const std::size_t rank = node.rank(self(node));
  if (repeats.size() < rank) repeats.insert(repeats.begin(), rank - repeats.size(), 1);
  return emit_repeat(node, repeats);
}

/// Each element several times in a row.
Result<ValueId> translate_repeat_interleave(NodeTranslator& node) {
  const std::int64_t repeats = node.args.integer("repeats");
  if (repeats < 1) return unsupported_here(fmt::format("{} repeats", repeats), "1 or more");
  ValueId input = self(node);
  const std::optional<std::int64_t> dim = node.args.optional_integer("dim");
  if (!dim) {
    PUDU_TRY_ASSIGN(input, node.reshape(input, {ir::element_count(node.shape(input))}));
  }
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(dim.value_or(0), node.rank(input)));
  ir::Shape shape = node.shape(input);
  if (shape.empty()) return invalid_here("a scalar has no dimension to repeat along");
  ir::Shape result = shape;
  result[axis] *= repeats;
  const auto behind = static_cast<std::ptrdiff_t>(axis) + 1;
  shape.insert(shape.begin() + behind, 1);
  ir::Shape expanded = shape;
  expanded[axis + 1] = repeats;
  PUDU_TRY_ASSIGN(const ValueId separate, node.reshape(input, std::move(shape)));
  PUDU_TRY_ASSIGN(const ValueId copies, node.expand(separate, std::move(expanded)));
  return node.reshape(copies, std::move(result));
}

/// Integers of a constant, each within [-size, size), as positions.
Result<Sizes> constant_positions(const NodeTranslator& node, ValueId index, std::int64_t size) {
  if (!node.is_constant(index)) {
    return unsupported_here("positions that the model computes", "constant positions",
                            "an embedding takes its positions from an integer input of the model");
  }
  Sizes positions;
  for (const float element : node.elements(index)) {
    const double number = static_cast<double>(element);
    if (std::trunc(number) != number || number < static_cast<double>(-size) || number >= static_cast<double>(size)) {
      return invalid_here(fmt::format("position {}", number), fmt::format("integers from {} to {}", -size, size - 1));
    }
    positions.push_back(static_cast<std::int64_t>(number) + (number < 0.0 ? size : 0));
  }
  if (std::ssize(positions) > max_positions) {
    return unsupported_here(fmt::format("{} positions", positions.size()), fmt::format("at most {}", max_positions));
  }
  return positions;
}

/// Takes the positions of `index` along `axis`, whose place the dimensions of `index` take.
Result<ValueId> emit_take(NodeTranslator& node, ValueId input, std::size_t axis, ValueId index) {
  PUDU_TRY_ASSIGN(Sizes positions, constant_positions(node, index, node.shape(input)[axis]));
  PUDU_TRY_ASSIGN(const ValueId taken, node.index_select(input, {{axis, std::move(positions)}}));
  ir::Shape shape = node.shape(taken);
  const ir::Shape& places = node.shape(index);
  const auto place = shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(place, places.begin(), places.end());
  return node.reshape(taken, std::move(shape));
}

Result<ValueId> translate_index_select(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  if (node.rank(self(node)) == 0) return self(node);
  return emit_take(node, self(node), axis, node.args.tensor("index"));
}

/// Positions of one dimension: what NumPy calls advanced indexing with one array.
Result<ValueId> translate_index(NodeTranslator& node) {
  const std::vector<std::optional<ValueId>>& indices = node.args.optional_tensors("indices");
  std::optional<std::size_t> axis;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!indices[i]) continue;
    if (axis) return unsupported_here("an index of positions along several dimensions", "along one dimension");
    axis = i;
  }
  if (!axis) return self(node);
  if (*axis >= node.rank(self(node))) return invalid_here("an index of more dimensions than the tensor has");
  return emit_take(node, self(node), *axis, *indices[*axis]);
}

/// Windows of `size` elements along a dimension, every `step` of them; the elements of each are a new last dimension.
Result<ValueId> translate_unfold(NodeTranslator& node) {
  const std::size_t rank = node.rank(self(node));
  if (rank == 0) return unsupported_here("windows of a scalar", "1 or more dimensions");
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dimension"), rank));
  const std::int64_t length = node.shape(self(node))[axis];
  const std::int64_t size = node.args.integer("size");
  const std::int64_t step = node.args.integer("step");
  if (size < 1 || size > length || step < 1) {
    return invalid_here(fmt::format("windows of {} elements, every {}, of {} elements", size, step, length));
  }
  const std::int64_t windows = (length - size) / step + 1;
  if (windows > max_positions / size) {
    return unsupported_here(fmt::format("{} windows of {} elements", windows, size),
                            fmt::format("at most {} elements", max_positions));
  }
  Sizes positions;
  for (std::int64_t i = 0; i < windows * size; ++i) positions.push_back(i / size * step + i % size);
  PUDU_TRY_ASSIGN(const ValueId taken, node.index_select(self(node), {{axis, std::move(positions)}}));
  ir::Shape shape = node.shape(taken);
  shape[axis] = windows;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, size);
  PUDU_TRY_ASSIGN(const ValueId separate, node.reshape(taken, std::move(shape)));
  std::vector<std::int64_t> dims;
  for (std::size_t dim = 0; dim <= rank; ++dim) {
    if (dim != axis + 1) dims.push_back(static_cast<std::int64_t>(dim));
  }
  dims.push_back(static_cast<std::int64_t>(axis) + 1);
  return node.permute(separate, std::move(dims));
}

/// The elements at the positions of `index`, which differ along the other dimensions: positions in the flat tensor.
Result<ValueId> translate_gather(NodeTranslator& node) {
  const ir::Shape shape = node.shape(self(node));
  const ValueId index = node.args.tensor("index");
  const ir::Shape places = node.shape(index);
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), shape.size()));
  if (shape.empty()) return self(node);
  PUDU_TRY_ASSIGN(Sizes positions, constant_positions(node, index, shape[axis]));
  bool fits = places.size() == shape.size();
  for (std::size_t dim = 0; fits && dim < shape.size(); ++dim) fits = dim == axis || places[dim] <= shape[dim];
  if (!fits) return invalid_here(fmt::format("an index of shape {}", ir::to_string(places)));
  for (std::size_t i = 0; i < positions.size(); ++i) {
    std::int64_t flat = 0, stride = 1;
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t dim = shape.size(); dim-- > 0; rest /= places[dim], stride *= shape[dim]) {
      flat += (dim == axis ? positions[i] : rest % places[dim]) * stride;
    }
    // `positions` is read at i only, and written there.
    positions[i] = flat;
  }
  PUDU_TRY_ASSIGN(const ValueId row, node.reshape(self(node), {ir::element_count(shape)}));
  PUDU_TRY_ASSIGN(const ValueId taken, node.index_select(row, {{0, std::move(positions)}}));
  return node.reshape(taken, places);
}

/// `self` with the parts at `index` along `axis` replaced by those of `source`: both joined, then chosen from.
Result<ValueId> emit_put(NodeTranslator& node, std::size_t axis, ValueId index, ValueId source) {
  const std::int64_t size = node.shape(self(node))[axis];
  PUDU_TRY_ASSIGN(const Sizes targets, constant_positions(node, index, size));
  Sizes positions(static_cast<std::size_t>(size));
  std::iota(positions.begin(), positions.end(), 0);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    positions[static_cast<std::size_t>(targets[i])] = size + static_cast<std::int64_t>(i);
  }
  PUDU_TRY_ASSIGN(const ValueId both,
                  node.emit("concat", {self(node), source}, attributes({{"dim", static_cast<std::int64_t>(axis)}})));
  return node.index_select(both, {{axis, std::move(positions)}});
}

Result<ValueId> translate_index_copy(NodeTranslator& node) {
  const std::size_t rank = node.rank(self(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), rank));
  if (rank == 0) return unsupported_here("index_copy of a scalar", "1 or more dimensions");
  return emit_put(node, axis, node.args.tensor("index"), node.args.tensor("source"));
}

/// Rows at constant positions of the first dimension.
Result<ValueId> translate_index_put(NodeTranslator& node) {
  const std::vector<std::optional<ValueId>>& indices = node.args.optional_tensors("indices");
  const bool is_one_list = indices.size() == 1 && indices[0] && node.rank(*indices[0]) == 1;
  if (!is_one_list || node.argument_dtype("indices") == ScalarType::Bool || node.args.flag("accumulate")) {
    return unsupported_here("index_put by a mask, along several dimensions, or that adds",
                            "one list of positions along the first dimension");
  }
  ir::Shape shape = node.shape(self(node));
  if (shape.empty()) return invalid_here("an index of more dimensions than the tensor has");
  shape[0] = node.shape(*indices[0])[0];
  ValueId values = node.args.tensor("values");
  ir::Shape aligned = node.shape(values);
  if (aligned.size() > shape.size()) return invalid_here("values of more dimensions than the tensor has");
  aligned.insert(aligned.begin(), shape.size() - aligned.size(), 1);
  PUDU_TRY_ASSIGN(values, node.reshape(values, std::move(aligned)));
  PUDU_TRY_ASSIGN(values, node.expand(values, std::move(shape)));
  return emit_put(node, 0, *indices[0], values);
}

/// Only integers of the model's input choose rows on the device; constant ones do so here.
Result<ValueId> translate_embedding(NodeTranslator& node) {
  const ValueId weight = node.args.tensor("weight");
  const ValueId indices = node.args.tensor("indices");
  if (node.is_constant(indices)) return emit_take(node, weight, 0, indices);
  return node.emit("embedding", {weight, indices});
}

/// Without a dimension, the position among all elements in a row.
Result<ValueId> translate_argmax(NodeTranslator& node) {
  ValueId input = self(node);
  const ir::Shape shape = node.shape(input);
  const std::optional<std::int64_t> dim = node.args.optional_integer("dim");
  if (node.args.flag("keepdim")) return unsupported_here("argmax with keepdim", "argmax without");
  if (!dim || shape.empty()) {
    PUDU_TRY_ASSIGN(input, node.reshape(input, {ir::element_count(shape)}));
  }
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(dim.value_or(0), node.rank(input)));
  return node.emit("argmax", {input}, attributes({{"dim", static_cast<std::int64_t>(axis)}}));
}

constexpr AtenRow rows[] = {
    {"argmax", "Tensor self, int? dim=None, bool keepdim=False", translate_argmax},
    {"constant_pad_nd", "Tensor self, int[] pad, Scalar value=0", translate_constant_pad},
    {"embedding", "Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False",
     translate_embedding},
    {"flip", "Tensor self, int[] dims", translate_flip},
    {"index.Tensor", "Tensor self, Tensor?[] indices", translate_index},
    {"gather", "Tensor self, int dim, Tensor index, bool sparse_grad=False", translate_gather},
    {"index_copy", "Tensor self, int dim, Tensor index, Tensor source", translate_index_copy, ResultMemory::Fresh,
     InPlaceForm::Yes},
    {"index_put", "Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False", translate_index_put,
     ResultMemory::Fresh, InPlaceForm::Yes},
    {"index_select", "Tensor self, int dim, Tensor index", translate_index_select},
    {"pad", "Tensor self, int[] pad, str mode=constant, float? value=None", translate_pad},
    {"reflection_pad1d", "Tensor self, int[2] padding", translate_reflection_pad},
    {"reflection_pad2d", "Tensor self, int[4] padding", translate_reflection_pad},
    {"repeat", "Tensor self, int[] repeats", translate_repeat},
    {"repeat_interleave.self_int", "Tensor self, int repeats, int? dim=None, int? output_size=None",
     translate_repeat_interleave},
    {"replication_pad1d", "Tensor self, int[2] padding", translate_replication_pad},
    {"replication_pad2d", "Tensor self, int[4] padding", translate_replication_pad},
    {"unfold", "Tensor self, int dimension, int size, int step", translate_unfold, ResultMemory::View},
    {"unfold_copy", "Tensor self, int dimension, int size, int step", translate_unfold},
    {"tile", "Tensor self, int[] dims", translate_tile},
    {"roll", "Tensor self, int[] shifts, int[] dims=[]", translate_roll},
};

}  // namespace

std::span<const AtenRow> rearrange_rows() {
  return rows;
}

}  // namespace pudu::frontends
