// Operators that see the elements of a tensor in another shape or order: views, permutations, expansions.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Sizes = std::vector<std::int64_t>;

ValueId self(const NodeTranslator& node) {
  return node.args.tensor("self");
}

/// Sizes of `elements` elements, with a -1 among them worked out.
Result<Sizes> resolve_sizes(Sizes sizes, std::int64_t elements) {
  std::int64_t known = 1;
  std::int64_t* unknown = nullptr;
  for (std::int64_t& size : sizes) {
    if (size == -1 && unknown == nullptr) {
      unknown = &size;
    } else if (size < 1 || size > elements || known > elements / size) {
      return invalid_here(fmt::format("sizes {} for {} elements", ir::to_string(sizes), elements));
    } else {
      known *= size;
    }
  }
  if (elements % known != 0 || (unknown == nullptr && known != elements)) {
    return invalid_here(fmt::format("sizes {} for {} elements", ir::to_string(sizes), elements));
  }
  if (unknown != nullptr) *unknown = elements / known;
  return sizes;
}

template <const char* SizesName>
Result<ValueId> translate_view(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Sizes sizes, resolve_sizes(node.args.integers(SizesName), ir::element_count(node.shape(self(node)))));
  return node.reshape(self(node), std::move(sizes));
}

Result<ValueId> translate_view_as(NodeTranslator& node) {
  return node.reshape(self(node), node.shape(node.args.tensor("other")));
}

Result<ValueId> translate_unflatten(NodeTranslator& node) {
  ir::Shape shape = node.shape(self(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), shape.size()));
  if (shape.empty()) return invalid_here("a scalar cannot be unflattened");
  PUDU_TRY_ASSIGN(const Sizes sizes, resolve_sizes(node.args.integers("sizes"), shape[axis]));
  const auto position = shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(position, sizes.begin(), sizes.end());
  return node.reshape(self(node), std::move(shape));
}

Result<ValueId> translate_flatten(NodeTranslator& node) {
  const ir::Shape& shape = node.shape(self(node));
  if (shape.empty()) return node.reshape(self(node), {1});
  PUDU_TRY_ASSIGN(const std::size_t begin, node.axis(node.args.integer("start_dim"), shape.size()));
  PUDU_TRY_ASSIGN(const std::size_t last, node.axis(node.args.integer("end_dim"), shape.size()));
  if (begin > last) return invalid_here(fmt::format("dimensions {} to {} cannot be flattened", begin, last));
  const auto first = shape.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto end = shape.begin() + static_cast<std::ptrdiff_t>(last) + 1;
  ir::Shape result(shape.begin(), first);
  result.push_back(ir::element_count({first, end}));
  result.insert(result.end(), end, shape.end());
  return node.reshape(self(node), std::move(result));
}

/// Drops those of the dimensions `axes` that have one element.
Result<ValueId> emit_squeeze(NodeTranslator& node, const std::vector<std::size_t>& axes) {
  const ir::Shape& shape = node.shape(self(node));
  ir::Shape result;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const bool is_listed = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!is_listed || shape[axis] != 1) result.push_back(shape[axis]);
  }
  return node.reshape(self(node), std::move(result));
}

Result<ValueId> translate_squeeze(NodeTranslator& node) {
  std::vector<std::size_t> axes(node.rank(self(node)));
  std::iota(axes.begin(), axes.end(), 0);
  return emit_squeeze(node, axes);
}

Result<ValueId> translate_squeeze_dims(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> axes, node.axes(node.args.integers("dim"), node.rank(self(node))));
  return emit_squeeze(node, axes);
}

Result<ValueId> translate_unsqueeze(NodeTranslator& node) {
  ir::Shape shape = node.shape(self(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), shape.size() + 1));
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  return node.reshape(self(node), std::move(shape));
}

Result<ValueId> translate_permute(NodeTranslator& node) {
  const std::size_t rank = node.rank(self(node));
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> axes, node.axes(node.args.integers("dims"), rank));
  if (axes.size() != rank) {
    return invalid_here(fmt::format("a permutation of {} dimensions", axes.size()), fmt::format("{}", rank));
  }
  return node.permute(self(node), Sizes(axes.begin(), axes.end()));
}

template <const char* Name0, const char* Name1>
Result<ValueId> translate_transpose(NodeTranslator& node) {
  const std::size_t rank = node.rank(self(node));
  PUDU_TRY_ASSIGN(const std::size_t axis0, node.axis(node.args.integer(Name0), rank));
  PUDU_TRY_ASSIGN(const std::size_t axis1, node.axis(node.args.integer(Name1), rank));
  return node.transpose(self(node), axis0, axis1);
}

/// The last two dimensions exchanged; a vector stays as it is.
Result<ValueId> translate_t(NodeTranslator& node) {
  const std::size_t rank = node.rank(self(node));
  return rank < 2 ? Result<ValueId>(self(node)) : node.transpose(self(node), rank - 2, rank - 1);
}

/// All dimensions in reverse.
Result<ValueId> translate_reverse_dims(NodeTranslator& node) {
  Sizes dims(node.rank(self(node)));
  std::iota(dims.rbegin(), dims.rend(), 0);
  return node.permute(self(node), std::move(dims));
}

Result<ValueId> translate_movedim(NodeTranslator& node) {
  const std::size_t rank = node.rank(self(node));
  PUDU_TRY_ASSIGN(const std::size_t source, node.axis(node.args.integer("source"), rank));
  PUDU_TRY_ASSIGN(const std::size_t destination, node.axis(node.args.integer("destination"), rank));
  if (rank == 0) return self(node);
  Sizes dims(rank);
  std::iota(dims.begin(), dims.end(), 0);
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(source));
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(destination), static_cast<std::int64_t>(source));
  return node.permute(self(node), std::move(dims));
}

/// Elements repeated along dimensions of size 1.
Result<ValueId> emit_expand(NodeTranslator& node, Sizes sizes) {
  ir::Shape shape = node.shape(self(node));
  if (sizes.size() < shape.size())
    return invalid_here(fmt::format("sizes {} for a larger tensor", ir::to_string(sizes)));
  shape.insert(shape.begin(), sizes.size() - shape.size(), 1);
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] == -1) sizes[axis] = shape[axis];
    if (shape[axis] != 1 && shape[axis] != sizes[axis]) {
      return invalid_here(fmt::format("sizes {} for a tensor of shape {}", ir::to_string(sizes), ir::to_string(shape)));
    }
  }
  PUDU_TRY_ASSIGN(const ValueId input, node.reshape(self(node), shape));
  return node.expand(input, std::move(sizes));
}

Result<ValueId> translate_expand(NodeTranslator& node) {
  return emit_expand(node, node.args.integers("size"));
}
Result<ValueId> translate_expand_as(NodeTranslator& node) {
  return emit_expand(node, node.shape(node.args.tensor("other")));
}

/// Only what reshape does, too: all elements, in order. Decomposed adaptive pooling ends so.
Result<ValueId> translate_as_strided(NodeTranslator& node) {
  const Sizes sizes = node.args.integers("size");
  const Sizes strides = node.args.integers("stride");
  bool is_contiguous = sizes.size() == strides.size() && node.args.optional_integer("storage_offset").value_or(0) == 0;
  std::int64_t elements = 1;
  const std::int64_t input_elements = ir::element_count(node.shape(self(node)));
  for (std::size_t axis = sizes.size(); is_contiguous && axis-- > 0;) {
    if (sizes[axis] < 1 || sizes[axis] > input_elements) return invalid_here("sizes beyond the tensor");
    is_contiguous = (sizes[axis] == 1 || strides[axis] == elements) && elements <= input_elements;
    elements *= sizes[axis];
  }
  if (!is_contiguous || elements != input_elements) {
    return unsupported_here(fmt::format("as_strided with strides {}", ir::to_string(strides)),
                            "strides of a contiguous tensor");
  }
  return node.reshape(self(node), sizes);
}

constexpr char size_name[] = "size";
constexpr char shape_name[] = "shape";
constexpr char dim0_name[] = "dim0";
constexpr char dim1_name[] = "dim1";
constexpr char axis0_name[] = "axis0";
constexpr char axis1_name[] = "axis1";
constexpr auto same_order = ResultMemory::SameOrder;
constexpr auto view = ResultMemory::View;

constexpr AtenRow rows[] = {
    {"as_strided", "Tensor self, int[] size, int[] stride, int? storage_offset=None", translate_as_strided, view},
    {"as_strided_copy", "Tensor self, int[] size, int[] stride, int? storage_offset=None", translate_as_strided},
    {"broadcast_to", "Tensor self, int[] size", translate_expand, view},
    {"expand", "Tensor self, int[] size, bool implicit=False", translate_expand, view},
    {"expand_as", "Tensor self, Tensor other", translate_expand_as, view},
    {"expand_copy", "Tensor self, int[] size, bool implicit=False", translate_expand},
    {"flatten.using_ints", "Tensor self, int start_dim=0, int end_dim=-1", translate_flatten, same_order},
    {"mT", "Tensor self", translate_t, view},
    {"movedim.int", "Tensor self, int source, int destination", translate_movedim, view},
    {"numpy_T", "Tensor self", translate_reverse_dims, view},
    {"permute", "Tensor self, int[] dims", translate_permute, view},
    {"permute_copy", "Tensor self, int[] dims", translate_permute},
    {"reshape", "Tensor self, int[] shape", translate_view<shape_name>, same_order},
    {"reshape_as", "Tensor self, Tensor other", translate_view_as, same_order},
    {"squeeze", "Tensor self", translate_squeeze, same_order},
    {"squeeze.dim", "Tensor self, int[] dim", translate_squeeze_dims, same_order},
    {"squeeze.dims", "Tensor self, int[] dim", translate_squeeze_dims, same_order},
    {"squeeze_copy", "Tensor self", translate_squeeze},
    {"squeeze_copy.dim", "Tensor self, int[] dim", translate_squeeze_dims},
    {"squeeze_copy.dims", "Tensor self, int[] dim", translate_squeeze_dims},
    {"swapaxes", "Tensor self, int axis0, int axis1", translate_transpose<axis0_name, axis1_name>, view},
    {"swapdims", "Tensor self, int dim0, int dim1", translate_transpose<dim0_name, dim1_name>, view},
    {"t", "Tensor self", translate_t, view},
    {"t_copy", "Tensor self", translate_t},
    {"transpose.int", "Tensor self, int dim0, int dim1", translate_transpose<dim0_name, dim1_name>, view},
    {"transpose_copy.int", "Tensor self, int dim0, int dim1", translate_transpose<dim0_name, dim1_name>},
    {"unflatten.int", "Tensor self, int dim, int[] sizes", translate_unflatten, same_order},
    {"_unsafe_view", "Tensor self, int[] size", translate_view<size_name>, same_order},
    {"unsqueeze", "Tensor self, int dim", translate_unsqueeze, same_order},
    {"unsqueeze_copy", "Tensor self, int dim", translate_unsqueeze},
    {"view", "Tensor self, int[] size", translate_view<size_name>, same_order},
    {"view_as", "Tensor self, Tensor other", translate_view_as, same_order},
    {"view_copy", "Tensor self, int[] size", translate_view<size_name>},
};

}  // namespace

std::span<const AtenRow> shape_rows() {
  return rows;
}

}  // namespace pudu::frontends
