// Upsampling of sequences and images. Its source positions follow aten/src/ATen/native/UpSample.h: in float32 for the
// nearest element, where they decide which one it is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Sizes = std::vector<std::int64_t>;
using Positions = NodeTranslator::Positions;

constexpr std::int64_t max_output_size = std::int64_t{1} << 20;

/// Sizes of the result's spatial dimensions; `scales` where the model gives them, else empty.
struct Target {
  Sizes sizes;
  std::vector<double> scales;
};

Result<Target> check_target(const ir::Shape& shape, std::size_t spatial, Target target) {
  if (shape.size() != spatial + 2) {
    return unsupported_here(
        fmt::format("upsampling over {} dimensions of a tensor of shape {}", spatial, ir::to_string(shape)),
        fmt::format("{} dimensions", spatial + 2));
  }
  const auto is_scale = [](double scale) { return scale > 0.0; };
  if (!std::all_of(target.scales.begin(), target.scales.end(), is_scale)) target.scales.clear();
  if (target.sizes.empty() && target.scales.size() == spatial) {
    for (std::size_t i = 0; i < spatial; ++i) {
      const double size = std::floor(static_cast<double>(shape[2 + i]) * target.scales[i]);
      target.sizes.push_back(static_cast<std::int64_t>(std::min(size, static_cast<double>(max_output_size + 1))));
    }
  }
  if (target.sizes.size() != spatial) return invalid_here("upsampling without a size or scale for each dimension");
  for (const std::int64_t size : target.sizes) {
    if (size >= 1 && size <= max_output_size) continue;
    return unsupported_here(fmt::format("upsampling to sizes {}", ir::to_string(target.sizes)),
                            fmt::format("1 to {}", max_output_size));
  }
  return target;
}

/// The form with lists: a size or scale factors.
struct ListForm {
  static ValueId input(const NodeTranslator& node) { return node.args.tensor("input"); }

  static Result<Target> target(const NodeTranslator& node, std::size_t spatial) {
    return check_target(node.shape(input(node)), spatial,
                        {node.args.integers("output_size"), node.args.reals("scale_factors")});
  }
};

/// The form with a size, and scales that may be known beside it.
struct SizeForm {
  static ValueId input(const NodeTranslator& node) { return node.args.tensor("self"); }

  static Result<Target> target(const NodeTranslator& node, std::size_t spatial) {
    Target target{node.args.integers("output_size"), {}};
    const auto scales = spatial == 1
                            ? std::vector{node.args.optional_number("scales")}
                            : std::vector{node.args.optional_number("scales_h"), node.args.optional_number("scales_w")};
    const bool all_known =
        std::all_of(scales.begin(), scales.end(), [](const auto& scale) { return scale.has_value(); });
    if (all_known) {
      for (const auto& scale : scales) target.scales.push_back(*scale);
    }
    return check_target(node.shape(input(node)), spatial, std::move(target));
  }
};

/// Whether an output element takes the input element under its corner or under its center.
enum class Sampling : std::uint8_t { Corner, Center };

/// `scale` is 0 where the model gives none.
Sizes nearest_positions(std::int64_t input, std::int64_t output, double scale, Sampling sampling) {
  const float step =
      scale > 0.0 ? static_cast<float>(1.0 / scale) : static_cast<float>(input) / static_cast<float>(output);
  Sizes positions;
  for (std::int64_t i = 0; i < output; ++i) {
    const float center = static_cast<float>(i) + (sampling == Sampling::Center ? 0.5F : 0.0F);
    positions.push_back(std::min(static_cast<std::int64_t>(std::floor(center * step)), input - 1));
  }
  return positions;
}

template <std::size_t Spatial, class Form, Sampling How>
Result<ValueId> translate_nearest(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Target target, Form::target(node, Spatial));
  const ValueId input = Form::input(node);
  std::vector<Positions> positions;
  for (std::size_t i = 0; i < Spatial; ++i) {
    const double scale = target.scales.empty() ? 0.0 : target.scales[i];
    positions.push_back({2 + i, nearest_positions(node.shape(input)[2 + i], target.sizes[i], scale, How)});
  }
  return node.index_select(input, std::move(positions));
}

template <std::size_t Spatial, class Form>
Result<ValueId> translate_linear(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Target target, Form::target(node, Spatial));
  ir::Shape shape = node.shape(Form::input(node));
  if (Spatial == 1) {
    shape.insert(shape.begin() + 2, 1);
    target.sizes.insert(target.sizes.begin(), 1);
    if (!target.scales.empty()) target.scales.insert(target.scales.begin(), 1.0);
  }
  std::vector<double> steps;
  for (const double scale : target.scales) steps.push_back(1.0 / scale);
  PUDU_TRY_ASSIGN(const ValueId image, node.reshape(Form::input(node), std::move(shape)));
  PUDU_TRY_ASSIGN(const ValueId result,
                  node.emit("upsample_bilinear2d", {image},
                            attributes({{"output_size", target.sizes},
                                        {"align_corners", std::int64_t{node.args.flag("align_corners")}},
                                        {"steps", std::move(steps)}})));
  ir::Shape result_shape = node.shape(result);
  if (Spatial == 1) result_shape.erase(result_shape.begin() + 2);
  return node.reshape(result, std::move(result_shape));
}

constexpr std::string_view nearest_lists = "Tensor input, int[]? output_size, float[]? scale_factors";
constexpr std::string_view nearest1d = "Tensor self, int[1] output_size, float? scales=None";
constexpr std::string_view nearest2d = "Tensor self, int[2] output_size, float? scales_h=None, float? scales_w=None";
constexpr std::string_view linear_lists =
    "Tensor input, int[]? output_size, bool align_corners, float[]? scale_factors";
constexpr auto corner = Sampling::Corner;
constexpr auto center = Sampling::Center;

constexpr AtenRow rows[] = {
    {"upsample_nearest1d", nearest1d, translate_nearest<1, SizeForm, corner>},
    {"upsample_nearest1d.vec", nearest_lists, translate_nearest<1, ListForm, corner>},
    {"upsample_nearest2d", nearest2d, translate_nearest<2, SizeForm, corner>},
    {"upsample_nearest2d.vec", nearest_lists, translate_nearest<2, ListForm, corner>},
    {"_upsample_nearest_exact1d", nearest1d, translate_nearest<1, SizeForm, center>},
    {"_upsample_nearest_exact1d.vec", nearest_lists, translate_nearest<1, ListForm, center>},
    {"_upsample_nearest_exact2d", nearest2d, translate_nearest<2, SizeForm, center>},
    {"_upsample_nearest_exact2d.vec", nearest_lists, translate_nearest<2, ListForm, center>},
    {"upsample_linear1d", "Tensor self, int[1] output_size, bool align_corners, float? scales=None",
     translate_linear<1, SizeForm>},
    {"upsample_linear1d.vec", linear_lists, translate_linear<1, ListForm>},
    {"upsample_bilinear2d",
     "Tensor self, int[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None",
     translate_linear<2, SizeForm>},
    {"upsample_bilinear2d.vec", linear_lists, translate_linear<2, ListForm>},
};

}  // namespace

std::span<const AtenRow> resize_rows() {
  return rows;
}

}  // namespace pudu::frontends
