// Operators that move or rename elements and compute nothing: views, permutations, slices, concatenation.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Sizes = std::vector<std::int64_t>;

// A split makes a node for each piece; a hostile file could ask for a billion.
constexpr std::int64_t max_pieces = 1024;

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

template <const char* sizes_name>
Result<ValueId> translate_view(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Sizes sizes,
                  resolve_sizes(node.args.integers(sizes_name), ir::element_count(node.shape(self(node)))));
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

template <const char* name0, const char* name1>
Result<ValueId> translate_transpose(NodeTranslator& node) {
  const std::size_t rank = node.rank(self(node));
  PUDU_TRY_ASSIGN(const std::size_t axis0, node.axis(node.args.integer(name0), rank));
  PUDU_TRY_ASSIGN(const std::size_t axis1, node.axis(node.args.integer(name1), rank));
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

/// Elements repeated along dimensions of size 1: only where nothing is repeated, or once and for all in a constant.
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
  if (sizes == shape) return input;
  if (!node.is_constant(input)) {
    return unsupported_here(
        fmt::format("repeating a computed tensor of shape {} to {}", ir::to_string(shape), ir::to_string(sizes)),
        "repeated constants");
  }
  PUDU_TRY_ASSIGN(const ValueId zeros, node.filled(std::move(sizes), 0.0));
  return node.emit("add", {input, zeros});
}

Result<ValueId> translate_expand(NodeTranslator& node) {
  return emit_expand(node, node.args.integers("size"));
}
Result<ValueId> translate_expand_as(NodeTranslator& node) {
  return emit_expand(node, node.shape(node.args.tensor("other")));
}

/// A bound of a Python slice: counted from the end when negative, and clipped.
std::int64_t slice_bound(std::int64_t bound, std::int64_t size) {
  return std::clamp(bound < 0 ? bound + size : bound, std::int64_t{0}, size);
}

Status require_dimension(const NodeTranslator& node) {
  if (node.rank(self(node)) > 0) return {};
  return invalid_here("a scalar has no elements to choose from");
}

Result<ValueId> translate_slice(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  const std::int64_t size = node.shape(self(node))[axis];
  const std::int64_t start = slice_bound(node.args.optional_integer("start").value_or(0), size);
  const std::int64_t end = slice_bound(node.args.optional_integer("end").value_or(size), size);
  return node.slice(self(node), axis, start, std::max(start, end), node.args.integer("step"));
}

/// Elements [start, start + length) of dimension `axis`.
Result<ValueId> emit_narrow(NodeTranslator& node, std::size_t axis, std::int64_t start, std::int64_t length) {
  const std::int64_t size = node.shape(self(node))[axis];
  if (start < 0 || length < 0 || start + length > size) {
    return invalid_here(fmt::format("elements {} to {} of a dimension of {}", start, start + length, size));
  }
  return node.slice(self(node), axis, start, start + length);
}

Result<ValueId> translate_narrow(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  std::int64_t start = node.args.integer("start");
  if (start < 0) start += node.shape(self(node))[axis];
  return emit_narrow(node, axis, start, node.args.integer("length"));
}

/// One element of dimension `axis`, which is dropped.
Result<ValueId> emit_select(NodeTranslator& node, std::size_t axis, std::int64_t index) {
  PUDU_TRY_ASSIGN(const ValueId element, emit_narrow(node, axis, index, 1));
  ir::Shape shape = node.shape(element);
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return node.reshape(element, std::move(shape));
}

Result<ValueId> translate_select(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  const std::int64_t index = node.args.integer("index");
  return emit_select(node, axis, index < 0 ? index + node.shape(self(node))[axis] : index);
}

Status check_pieces(std::int64_t pieces) {
  if (pieces <= max_pieces) return {};
  return unsupported_here(fmt::format("a split into {} pieces", pieces), fmt::format("at most {}", max_pieces));
}

Result<std::vector<ValueId>> emit_pieces(NodeTranslator& node, std::size_t axis, const Sizes& lengths) {
  std::vector<ValueId> pieces;
  std::int64_t start = 0;
  for (const std::int64_t length : lengths) {
    PUDU_TRY_ASSIGN(const ValueId piece, emit_narrow(node, axis, start, length));
    pieces.push_back(piece);
    start += length;
  }
  return pieces;
}

/// Pieces of `length` elements, the last one shorter.
Result<std::vector<ValueId>> emit_equal_pieces(NodeTranslator& node, std::size_t axis, std::int64_t length) {
  if (length < 1) return invalid_here(fmt::format("pieces of {} elements", length), "1 or more");
  const std::int64_t size = node.shape(self(node))[axis];
  PUDU_TRY(check_pieces((size + length - 1) / length));
  Sizes lengths;
  for (std::int64_t start = 0; start < size; start += length) lengths.push_back(std::min(length, size - start));
  return emit_pieces(node, axis, lengths);
}

Result<std::vector<ValueId>> translate_chunk(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  const std::int64_t chunks = node.args.integer("chunks");
  if (chunks < 1) return invalid_here(fmt::format("a split into {} chunks", chunks), "1 or more");
  return emit_equal_pieces(node, axis, (node.shape(self(node))[axis] + chunks - 1) / chunks);
}

Result<std::vector<ValueId>> translate_split(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  return emit_equal_pieces(node, axis, node.args.integer("split_size"));
}

Result<std::vector<ValueId>> translate_split_sizes(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  const Sizes lengths = node.args.integers("split_sizes");
  PUDU_TRY(check_pieces(static_cast<std::int64_t>(lengths.size())));
  return emit_pieces(node, axis, lengths);
}

Result<std::vector<ValueId>> translate_unbind(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  const std::int64_t size = node.shape(self(node))[axis];
  PUDU_TRY(check_pieces(size));
  std::vector<ValueId> pieces;
  for (std::int64_t index = 0; index < size; ++index) {
    PUDU_TRY_ASSIGN(const ValueId piece, emit_select(node, axis, index));
    pieces.push_back(piece);
  }
  return pieces;
}

Result<ValueId> emit_concat(NodeTranslator& node, const std::vector<ValueId>& tensors, std::size_t axis) {
  if (tensors.size() == 1) return tensors[0];
  return node.emit("concat", {tensors.begin(), tensors.end()}, attributes({{"dim", static_cast<std::int64_t>(axis)}}));
}

Result<ValueId> translate_cat(NodeTranslator& node) {
  const std::vector<ValueId>& tensors = node.args.tensors("tensors");
  if (tensors.empty()) return invalid_here("nothing to concatenate");
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(tensors[0])));
  return emit_concat(node, tensors, axis);
}

Result<ValueId> translate_stack(NodeTranslator& node) {
  std::vector<ValueId> tensors = node.args.tensors("tensors");
  if (tensors.empty()) return invalid_here("nothing to stack");
  ir::Shape shape = node.shape(tensors[0]);
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), shape.size() + 1));
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  for (ValueId& tensor : tensors) {
    PUDU_TRY_ASSIGN(tensor, node.reshape(tensor, shape));
  }
  return emit_concat(node, tensors, axis);
}

/// The input as [batch, channels, height, width], and those sizes.
struct Image {
  ValueId value{};
  std::int64_t n = 0, c = 0, h = 0, w = 0;
};

Result<Image> require_image(NodeTranslator& node) {
  const ir::Shape& shape = node.shape(self(node));
  if (shape.size() != 4) {
    return unsupported_here(fmt::format("an input of {} dimensions", shape.size()), "[N, C, H, W]");
  }
  return Image{self(node), shape[0], shape[1], shape[2], shape[3]};
}

Error not_divisible(std::string_view what, std::int64_t size, std::int64_t divisor) {
  return invalid_here(fmt::format("{} {} cannot be divided by {}", size, what, divisor));
}

/// [N, C*r*r, H, W] to [N, C, H*r, W*r]
Result<ValueId> translate_pixel_shuffle(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Image image, require_image(node));
  const std::int64_t r = node.args.integer("upscale_factor");
  if (r < 1 || r > image.c || image.c % (r * r) != 0) return not_divisible("channels", image.c, r * r);
  const std::int64_t channels = image.c / (r * r);
  PUDU_TRY_ASSIGN(const ValueId split, node.reshape(image.value, {image.n, channels, r, r, image.h, image.w}));
  PUDU_TRY_ASSIGN(const ValueId moved, node.permute(split, {0, 1, 4, 2, 5, 3}));
  return node.reshape(moved, {image.n, channels, image.h * r, image.w * r});
}

/// [N, C, H*r, W*r] to [N, C*r*r, H, W]
Result<ValueId> translate_pixel_unshuffle(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Image image, require_image(node));
  const std::int64_t r = node.args.integer("downscale_factor");
  if (r < 1 || image.h % r != 0) return not_divisible("rows", image.h, r);
  if (image.w % r != 0) return not_divisible("columns", image.w, r);
  PUDU_TRY_ASSIGN(const ValueId split, node.reshape(image.value, {image.n, image.c, image.h / r, r, image.w / r, r}));
  PUDU_TRY_ASSIGN(const ValueId moved, node.permute(split, {0, 1, 3, 5, 2, 4}));
  return node.reshape(moved, {image.n, image.c * r * r, image.h / r, image.w / r});
}

Result<ValueId> translate_channel_shuffle(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Image image, require_image(node));
  const std::int64_t groups = node.args.integer("groups");
  if (groups < 1 || image.c % groups != 0) return not_divisible("channels", image.c, groups);
  PUDU_TRY_ASSIGN(const ValueId split,
                  node.reshape(image.value, {image.n, groups, image.c / groups, image.h, image.w}));
  PUDU_TRY_ASSIGN(const ValueId moved, node.permute(split, {0, 2, 1, 3, 4}));
  return node.reshape(moved, {image.n, image.c, image.h, image.w});
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
constexpr auto fresh = ResultMemory::Fresh;
constexpr auto same_order = ResultMemory::SameOrder;
constexpr auto view = ResultMemory::View;
constexpr auto functional = InPlaceForm::No;

constexpr AtenRow rows[] = {
    {"as_strided", "Tensor self, int[] size, int[] stride, int? storage_offset=None", translate_as_strided, view},
    {"cat", "Tensor[] tensors, int dim=0", translate_cat},
    {"channel_shuffle", "Tensor self, int groups", translate_channel_shuffle},
    {"chunk", "Tensor self, int chunks, int dim=0", nullptr, view, functional, translate_chunk},
    {"concat", "Tensor[] tensors, int dim=0", translate_cat},
    {"concatenate", "Tensor[] tensors, int dim=0", translate_cat},
    {"broadcast_to", "Tensor self, int[] size", translate_expand, view},
    {"expand", "Tensor self, int[] size, bool implicit=False", translate_expand, view},
    {"expand_as", "Tensor self, Tensor other", translate_expand_as, view},
    {"flatten.using_ints", "Tensor self, int start_dim=0, int end_dim=-1", translate_flatten, same_order},
    {"mT", "Tensor self", translate_t, view},
    {"movedim.int", "Tensor self, int source, int destination", translate_movedim, view},
    {"narrow", "Tensor self, int dim, int start, int length", translate_narrow, view},
    {"native_channel_shuffle", "Tensor self, int groups", translate_channel_shuffle},
    {"numpy_T", "Tensor self", translate_reverse_dims, view},
    {"permute", "Tensor self, int[] dims", translate_permute, view},
    {"pixel_shuffle", "Tensor self, int upscale_factor", translate_pixel_shuffle},
    {"pixel_unshuffle", "Tensor self, int downscale_factor", translate_pixel_unshuffle},
    {"reshape", "Tensor self, int[] shape", translate_view<shape_name>, same_order},
    {"reshape_as", "Tensor self, Tensor other", translate_view_as, same_order},
    {"select.int", "Tensor self, int dim, int index", translate_select, view},
    {"slice.Tensor", "Tensor self, int dim=0, int? start=None, int? end=None, int step=1", translate_slice, view},
    {"split.Tensor", "Tensor self, int split_size, int dim=0", nullptr, view, functional, translate_split},
    {"split.sizes", "Tensor self, int[] split_sizes, int dim=0", nullptr, view, functional, translate_split_sizes},
    {"split_with_sizes", "Tensor self, int[] split_sizes, int dim=0", nullptr, view, functional, translate_split_sizes},
    {"split_with_sizes_copy", "Tensor self, int[] split_sizes, int dim=0", nullptr, fresh, functional,
     translate_split_sizes},
    {"squeeze", "Tensor self", translate_squeeze, same_order},
    {"squeeze.dim", "Tensor self, int[] dim", translate_squeeze_dims, same_order},
    {"squeeze.dims", "Tensor self, int[] dim", translate_squeeze_dims, same_order},
    {"stack", "Tensor[] tensors, int dim=0", translate_stack},
    {"swapaxes", "Tensor self, int axis0, int axis1", translate_transpose<axis0_name, axis1_name>, view},
    {"swapdims", "Tensor self, int dim0, int dim1", translate_transpose<dim0_name, dim1_name>, view},
    {"t", "Tensor self", translate_t, view},
    {"transpose.int", "Tensor self, int dim0, int dim1", translate_transpose<dim0_name, dim1_name>, view},
    {"unbind.int", "Tensor self, int dim=0", nullptr, view, functional, translate_unbind},
    {"unflatten.int", "Tensor self, int dim, int[] sizes", translate_unflatten, same_order},
    {"unsafe_chunk", "Tensor self, int chunks, int dim=0", nullptr, view, functional, translate_chunk},
    {"unsafe_split.Tensor", "Tensor self, int split_size, int dim=0", nullptr, view, functional, translate_split},
    {"_unsafe_view", "Tensor self, int[] size", translate_view<size_name>, same_order},
    {"unsqueeze", "Tensor self, int dim", translate_unsqueeze, same_order},
    {"view", "Tensor self, int[] size", translate_view<size_name>, same_order},
    {"view_as", "Tensor self, Tensor other", translate_view_as, same_order},
};

}  // namespace

std::span<const AtenRow> shape_rows() {
  return rows;
}

}  // namespace pudu::frontends
