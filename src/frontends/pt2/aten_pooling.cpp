// Pooling, sums, means, norms and softmax.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Sizes = std::vector<std::int64_t>;

/// Runs `pool` on the input seen as an image batch [N, C, H, W]: without a batch it is a batch of one, and one spatial
/// dimension is an image of height 1.
Result<ValueId> pool_as_image(NodeTranslator& node, std::size_t spatial,
                              const std::function<Result<ValueId>(ValueId image)>& pool) {
  const ValueId input = node.args.tensor("self");
  const std::size_t rank = node.rank(input);
  if (rank != spatial + 2 && rank != spatial + 1) {
    return invalid_here(
        fmt::format("pooling over {} dimensions of a tensor of shape {}", spatial, ir::to_string(node.shape(input))),
        fmt::format("{} or {} dimensions", spatial + 1, spatial + 2));
  }
  const bool has_batch = rank == spatial + 2;
  ir::Shape shape = node.shape(input);
  if (!has_batch) shape.insert(shape.begin(), 1);
  if (spatial == 1) shape.insert(shape.begin() + 2, 1);
  PUDU_TRY_ASSIGN(const ValueId image, node.reshape(input, std::move(shape)));
  PUDU_TRY_ASSIGN(const ValueId result, pool(image));
  ir::Shape result_shape = node.shape(result);
  if (spatial == 1) result_shape.erase(result_shape.begin() + 2);
  if (!has_batch) result_shape.erase(result_shape.begin());
  return node.reshape(result, std::move(result_shape));
}

/// A list argument for both dimensions of an image; `neutral` is its entry for the height of one dimension.
Result<Sizes> image_sizes(const NodeTranslator& node, std::string_view name, std::size_t spatial,
                          std::int64_t neutral) {
  Sizes sizes = node.args.integers(name);
  if (sizes.size() != spatial) {
    return invalid_here(fmt::format("argument '{}' has {} entries", name, sizes.size()), fmt::format("{}", spatial));
  }
  if (spatial == 1) sizes.insert(sizes.begin(), neutral);
  return sizes;
}

/// The attributes that both kinds of pooling have.
Result<ir::Attributes> window_attributes(const NodeTranslator& node, std::size_t spatial) {
  PUDU_TRY_ASSIGN(Sizes kernel, image_sizes(node, "kernel_size", spatial, 1));
  Sizes stride = kernel;
  if (!node.args.integers("stride").empty()) {
    PUDU_TRY_ASSIGN(stride, image_sizes(node, "stride", spatial, 1));
  }
  PUDU_TRY_ASSIGN(const Sizes padding, image_sizes(node, "padding", spatial, 0));
  return attributes({{"kernel", std::move(kernel)},
                     {"stride", std::move(stride)},
                     {"padding", Sizes{padding[0], padding[0], padding[1], padding[1]}},
                     {"ceil_mode", std::int64_t{node.args.flag("ceil_mode")}}});
}

template <std::size_t Spatial>
Result<ValueId> translate_max_pool(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(ir::Attributes window, window_attributes(node, Spatial));
  PUDU_TRY_ASSIGN(Sizes dilation, image_sizes(node, "dilation", Spatial, 1));
  window.set("dilation", std::move(dilation));
  return pool_as_image(node, Spatial, [&](ValueId image) { return node.emit("max_pool2d", {image}, window); });
}

Result<ValueId> translate_avg_pool1d(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(ir::Attributes window, window_attributes(node, 1));
  window.set("count_include_pad", node.args.flag("count_include_pad"));
  return pool_as_image(node, 1, [&](ValueId image) { return node.emit("avg_pool2d", {image}, window); });
}

Result<ValueId> translate_avg_pool2d(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(ir::Attributes window, window_attributes(node, 2));
  window.set("count_include_pad", node.args.flag("count_include_pad"));
  const std::optional<std::int64_t> divisor = node.args.optional_integer("divisor_override");
  if (divisor == 0) return invalid_here("divisor_override is 0");
  window.set("divisor_override", divisor.value_or(0));
  return pool_as_image(node, 2, [&](ValueId image) { return node.emit("avg_pool2d", {image}, window); });
}

template <std::size_t Spatial>
Result<ValueId> translate_adaptive_avg_pool(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Sizes size, image_sizes(node, "output_size", Spatial, 1));
  const ir::Attributes window = attributes({{"output_size", std::move(size)}});
  return pool_as_image(node, Spatial, [&](ValueId image) { return node.emit("adaptive_avg_pool2d", {image}, window); });
}

Status require_float(const NodeTranslator& node) {
  const std::optional<ScalarType> dtype = node.args.dtype("dtype");
  if (!dtype || is_floating(*dtype)) return {};
  return unsupported_here("a result of type " + to_string(*dtype), "float types");
}

Result<ValueId> emit_reduction(NodeTranslator& node, std::string_view op, const Sizes& dims, std::int64_t keepdim) {
  PUDU_TRY(require_float(node));
  const ValueId input = node.args.tensor("self");
  const std::size_t rank = node.rank(input);
  if (rank == 0) return input;
  Sizes reduced(rank);
  std::iota(reduced.begin(), reduced.end(), 0);
  if (!dims.empty()) {  // an empty list means all of them
    PUDU_TRY_ASSIGN(const std::vector<std::size_t> axes, node.axes(dims, rank));
    reduced.assign(axes.begin(), axes.end());
  }
  return node.emit(op, {input}, attributes({{"dims", std::move(reduced)}, {"keepdim", keepdim}}));
}

template <const char* Op>
Result<ValueId> translate_reduction(NodeTranslator& node) {
  return emit_reduction(node, Op, node.args.integers("dim"), std::int64_t{node.args.flag("keepdim")});
}
template <const char* Op>
Result<ValueId> translate_whole_reduction(NodeTranslator& node) {
  return emit_reduction(node, Op, {}, 0);
}

/// Only the Euclidean norm: the root of the sum of squares.
Result<ValueId> translate_vector_norm(NodeTranslator& node) {
  PUDU_TRY(require_float(node));
  if (const double order = node.args.number("ord"); order != 2.0) {
    return unsupported_here(fmt::format("a norm of order {}", order), "order 2");
  }
  const ValueId input = node.args.tensor("self");
  PUDU_TRY_ASSIGN(const ValueId squares, node.unary(input, "pow", {2.0}));
  ir::Attributes reduced = attributes({{"dims", Sizes{}}, {"keepdim", std::int64_t{node.args.flag("keepdim")}}});
  if (const Sizes dims = node.args.integers("dim"); !dims.empty()) {
    PUDU_TRY_ASSIGN(const std::vector<std::size_t> axes, node.axes(dims, node.rank(input)));
    reduced.set("dims", Sizes(axes.begin(), axes.end()));
  }
  PUDU_TRY_ASSIGN(const ValueId sum, node.emit("sum", {squares}, reduced));
  return node.unary(sum, "sqrt");
}

Result<ValueId> emit_softmax(NodeTranslator& node, std::string_view op) {
  const ValueId input = node.args.tensor("self");
  PUDU_TRY_ASSIGN(const std::size_t dim, node.axis(node.args.integer("dim"), node.rank(input)));
  return node.emit(op, {input}, attributes({{"dim", static_cast<std::int64_t>(dim)}}));
}

template <const char* Op>
Result<ValueId> translate_softmax(NodeTranslator& node) {
  PUDU_TRY(require_float(node));
  return emit_softmax(node, Op);
}

template <const char* Op>
Result<ValueId> translate_safe_softmax(NodeTranslator& node) {
  if (node.args.flag("half_to_float")) return unsupported_here("softmax with half_to_float", "half_to_float=False");
  return emit_softmax(node, Op);
}

/// Windows [begin, end) of one axis, as PyTorch's adaptive pools have them.
struct AdaptiveWindows {
  Sizes positions;           ///< those of all windows, each filled up to the longest by its last element
  std::int64_t longest = 0;  ///< elements of a window
};

Result<AdaptiveWindows> adaptive_windows(std::int64_t input, std::int64_t output) {
  constexpr std::int64_t max_positions = std::int64_t{1} << 20;
  if (output < 1 || output > max_positions) {
    return unsupported_here(fmt::format("an output size of {}", output), fmt::format("1 to {}", max_positions));
  }
  const auto begin = [&](std::int64_t i) { return i * input / output; };
  const auto end = [&](std::int64_t i) { return ((i + 1) * input + output - 1) / output; };
  AdaptiveWindows result;
  for (std::int64_t i = 0; i < output; ++i) result.longest = std::max(result.longest, end(i) - begin(i));
  if (result.longest * output > max_positions) return unsupported_here("windows of too many elements in all");
  for (std::int64_t i = 0; i < output; ++i) {
    for (std::int64_t k = 0; k < result.longest; ++k) result.positions.push_back(std::min(begin(i) + k, end(i) - 1));
  }
  return result;
}

/// The windows side by side, as an ordinary pool without overlap: the largest element does not mind being there twice.
/// Where windows neither overlap nor differ, that moves nothing.
template <std::size_t Spatial>
Result<ValueId> translate_adaptive_max_pool(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Sizes size, image_sizes(node, "output_size", Spatial, 1));
  return pool_as_image(node, Spatial, [&](ValueId image) -> Result<ValueId> {
    PUDU_TRY_ASSIGN(const AdaptiveWindows rows, adaptive_windows(node.shape(image)[2], size[0]));
    PUDU_TRY_ASSIGN(const AdaptiveWindows columns, adaptive_windows(node.shape(image)[3], size[1]));
    PUDU_TRY_ASSIGN(const ValueId windows, node.index_select(image, {{2, rows.positions}, {3, columns.positions}}));
    const Sizes kernel = {rows.longest, columns.longest};
    return node.emit("max_pool2d", {windows}, attributes({{"kernel", kernel}, {"stride", kernel}}));
  });
}

enum class Extremum : std::uint8_t { Largest, Smallest };

/// The largest element over some dimensions: a pool of one window; the smallest is the largest of the negated input.
template <Extremum Which>
Result<ValueId> emit_extremum(NodeTranslator& node, const Sizes& given_dims) {
  ValueId input = node.args.tensor("self");
  const ir::Shape shape = node.shape(input);
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> dims, node.axes(given_dims, shape.size()));
  std::vector<std::int64_t> kept, reduced;
  ir::Shape result, image = {1, 1, 1, 1};
  for (std::size_t dim = 0; dim < shape.size(); ++dim) {
    const bool is_reduced = dims.empty() || std::find(dims.begin(), dims.end(), dim) != dims.end();
    (is_reduced ? reduced : kept).push_back(static_cast<std::int64_t>(dim));
    if (!is_reduced || node.args.flag("keepdim")) result.push_back(is_reduced ? 1 : shape[dim]);
    image[is_reduced ? 2 : kept.size() > 1 ? 1 : 0] *= shape[dim];
  }
  kept.insert(kept.end(), reduced.begin(), reduced.end());
  if (Which == Extremum::Smallest) {
    PUDU_TRY_ASSIGN(input, node.unary(input, "neg"));
  }
  PUDU_TRY_ASSIGN(input, node.permute(input, kept));
  const Sizes window = {image[2], 1};
  PUDU_TRY_ASSIGN(input, node.reshape(input, std::move(image)));
  PUDU_TRY_ASSIGN(input, node.emit("max_pool2d", {input}, attributes({{"kernel", window}, {"stride", window}})));
  PUDU_TRY_ASSIGN(input, node.reshape(input, std::move(result)));
  return Which == Extremum::Smallest ? node.unary(input, "neg") : input;
}

template <Extremum Which>
Result<ValueId> translate_extremum(NodeTranslator& node) {
  return emit_extremum<Which>(node, node.args.integers("dim"));
}
/// The elements; their positions are refused where they are used.
template <Extremum Which>
Result<ValueId> translate_extremum_dim(NodeTranslator& node) {
  return emit_extremum<Which>(node, {node.args.integer("dim")});
}

constexpr char log_softmax_name[] = "log_softmax";
constexpr char mean_name[] = "mean";
constexpr char softmax_name[] = "softmax";
constexpr char sum_name[] = "sum";

constexpr std::string_view max_pool1d_schema =
    "Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, bool ceil_mode=False";
constexpr std::string_view max_pool2d_schema =
    "Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False";

constexpr std::string_view softmax_schema = "Tensor self, int dim, ScalarType? dtype=None";
constexpr std::string_view safe_softmax_schema = "Tensor self, int dim, bool half_to_float";
constexpr std::string_view whole_schema = "Tensor self, ScalarType? dtype=None";
constexpr std::string_view reduction_schema = "Tensor self, int[]? dim, bool keepdim=False, ScalarType? dtype=None";

constexpr AtenRow rows[] = {
    {"adaptive_avg_pool1d", "Tensor self, int[1] output_size", translate_adaptive_avg_pool<1>},
    {"adaptive_avg_pool2d", "Tensor self, int[2] output_size", translate_adaptive_avg_pool<2>},
    {"_adaptive_avg_pool2d", "Tensor self, int[2] output_size", translate_adaptive_avg_pool<2>},
    {"adaptive_max_pool1d", "Tensor self, int[1] output_size", translate_adaptive_max_pool<1>},
    {"adaptive_max_pool2d", "Tensor self, int[2] output_size", translate_adaptive_max_pool<2>},
    {"avg_pool1d",
     "Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, "
     "bool count_include_pad=True",
     translate_avg_pool1d},
    {"avg_pool2d",
     "Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, "
     "bool count_include_pad=True, int? divisor_override=None",
     translate_avg_pool2d},
    {"max_pool1d", max_pool1d_schema, translate_max_pool<1>},
    {"max_pool2d", max_pool2d_schema, translate_max_pool<2>},
    {"max_pool2d_with_indices", max_pool2d_schema, translate_max_pool<2>},
    {"linalg_vector_norm", "Tensor self, Scalar ord=2, int[]? dim=None, bool keepdim=False, ScalarType? dtype=None",
     translate_vector_norm},
    {"log_softmax.int", softmax_schema, translate_softmax<log_softmax_name>},
    {"_log_softmax", safe_softmax_schema, translate_safe_softmax<log_softmax_name>},
    {"mean", whole_schema, translate_whole_reduction<mean_name>},
    {"amax", "Tensor self, int[] dim=[], bool keepdim=False", translate_extremum<Extremum::Largest>},
    {"amin", "Tensor self, int[] dim=[], bool keepdim=False", translate_extremum<Extremum::Smallest>},
    {"max.dim", "Tensor self, int dim, bool keepdim=False", translate_extremum_dim<Extremum::Largest>},
    {"min.dim", "Tensor self, int dim, bool keepdim=False", translate_extremum_dim<Extremum::Smallest>},
    {"mean.dim", reduction_schema, translate_reduction<mean_name>},
    {"softmax.int", softmax_schema, translate_softmax<softmax_name>},
    {"_softmax", safe_softmax_schema, translate_safe_softmax<softmax_name>},
    {"sum", whole_schema, translate_whole_reduction<sum_name>},
    {"sum.dim_IntList", reduction_schema, translate_reduction<sum_name>},
};

}  // namespace

std::span<const AtenRow> pooling_rows() {
  return rows;
}

}  // namespace pudu::frontends
