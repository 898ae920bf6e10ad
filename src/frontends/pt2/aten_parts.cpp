// Operators that take tensors apart and put them together: slices, splits, concatenation, shuffles.
#include <fmt/format.h>

#include <algorithm>
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
  node.add_view_range({axis, start, std::max(start, end), node.args.integer("step")});
  return node.slice(self(node), axis, start, std::max(start, end), node.args.integer("step"));
}

/// The tensor with a part replaced by another tensor.
Result<ValueId> translate_slice_scatter(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  const std::int64_t size = node.shape(self(node))[axis];
  const std::int64_t start = slice_bound(node.args.optional_integer("start").value_or(0), size);
  const std::int64_t end = slice_bound(node.args.optional_integer("end").value_or(size), size);
  const std::int64_t step = node.args.integer("step");
  if (step < 1) return invalid_here(fmt::format("a slice in steps of {}", step), "1 or more");
  return node.replace_range(self(node), {axis, start, std::max(start, end), step}, node.args.tensor("src"));
}

/// Elements [start, start + length) of dimension `axis`.
Result<ValueId> emit_narrow(NodeTranslator& node, std::size_t axis, std::int64_t start, std::int64_t length) {
  const std::int64_t size = node.shape(self(node))[axis];
  if (start < 0 || length < 0 || start + length > size) {
    return invalid_here(fmt::format("elements {} to {} of a dimension of {}", start, start + length, size));
  }
  node.add_view_range({axis, start, start + length, 1});
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

Result<ValueId> translate_select_scatter(NodeTranslator& node) {
  PUDU_TRY(require_dimension(node));
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), node.rank(self(node))));
  const std::int64_t size = node.shape(self(node))[axis];
  std::int64_t index = node.args.integer("index");
  if (index < 0) index += size;
  if (index < 0 || index >= size) return invalid_here(fmt::format("element {} of a dimension of {}", index, size));
  return node.replace_range(self(node), {axis, index, index + 1, 1}, node.args.tensor("src"));
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

constexpr auto fresh = ResultMemory::Fresh;
constexpr auto view = ResultMemory::View;
constexpr auto functional = InPlaceForm::No;

constexpr AtenRow rows[] = {
    {"cat", "Tensor[] tensors, int dim=0", translate_cat},
    {"channel_shuffle", "Tensor self, int groups", translate_channel_shuffle},
    {"chunk", "Tensor self, int chunks, int dim=0", nullptr, view, functional, translate_chunk},
    {"concat", "Tensor[] tensors, int dim=0", translate_cat},
    {"concatenate", "Tensor[] tensors, int dim=0", translate_cat},
    {"narrow", "Tensor self, int dim, int start, int length", translate_narrow, view},
    {"native_channel_shuffle", "Tensor self, int groups", translate_channel_shuffle},
    {"pixel_shuffle", "Tensor self, int upscale_factor", translate_pixel_shuffle},
    {"pixel_unshuffle", "Tensor self, int downscale_factor", translate_pixel_unshuffle},
    {"select.int", "Tensor self, int dim, int index", translate_select, view},
    {"select_copy.int", "Tensor self, int dim, int index", translate_select},
    {"select_scatter", "Tensor self, Tensor src, int dim, int index", translate_select_scatter},
    {"slice_scatter", "Tensor self, Tensor src, int dim=0, int? start=None, int? end=None, int step=1",
     translate_slice_scatter},
    {"slice.Tensor", "Tensor self, int dim=0, int? start=None, int? end=None, int step=1", translate_slice, view},
    {"slice_copy.Tensor", "Tensor self, int dim=0, int? start=None, int? end=None, int step=1", translate_slice},
    {"split.Tensor", "Tensor self, int split_size, int dim=0", nullptr, view, functional, translate_split},
    {"split_copy.Tensor", "Tensor self, int split_size, int dim=0", nullptr, fresh, functional, translate_split},
    {"split.sizes", "Tensor self, int[] split_sizes, int dim=0", nullptr, view, functional, translate_split_sizes},
    {"split_with_sizes", "Tensor self, int[] split_sizes, int dim=0", nullptr, view, functional, translate_split_sizes},
    {"split_with_sizes_copy", "Tensor self, int[] split_sizes, int dim=0", nullptr, fresh, functional,
     translate_split_sizes},
    {"stack", "Tensor[] tensors, int dim=0", translate_stack},
    {"unbind.int", "Tensor self, int dim=0", nullptr, view, functional, translate_unbind},
    {"unbind_copy.int", "Tensor self, int dim=0", nullptr, fresh, functional, translate_unbind},
    {"unsafe_chunk", "Tensor self, int chunks, int dim=0", nullptr, view, functional, translate_chunk},
    {"unsafe_split.Tensor", "Tensor self, int split_size, int dim=0", nullptr, view, functional, translate_split},
};

}  // namespace

std::span<const AtenRow> part_rows() {
  return rows;
}

}  // namespace pudu::frontends
