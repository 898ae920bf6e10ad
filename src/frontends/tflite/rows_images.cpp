// Images of other sizes: interpolation, and blocks of pixels turned into channels and back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

using Integers = std::vector<std::int64_t>;

Status require_images(NodeImporter& node, ir::ValueId value) {
  if (node.shape(value).size() == 4) return {};
  return invalid_here(fmt::format("an input of shape {}", ir::to_string(node.shape(value))), "[N, H, W, C]");
}

struct Resizing {
  ir::ValueId input;
  std::int64_t height, width;
};

Result<Resizing> resizing_of(NodeImporter& node, bool align_corners, bool half_pixel_centers) {
  PUDU_TRY(node.check_operands(2, 2));
  if (align_corners && half_pixel_centers) {
    return invalid_here("align_corners and half_pixel_centers", "one of them at most");
  }
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY(require_images(node, input));
  PUDU_TRY_ASSIGN(const Integers size, node.integers(1));
  if (size.size() != 2) return invalid_here(fmt::format("{} sizes", size.size()), "[height, width]");
  PUDU_TRY(check_positive("a height", size[0]));
  PUDU_TRY(check_positive("a width", size[1]));
  return Resizing{input, size[0], size[1]};
}

Status import_resize_bilinear(NodeImporter& node) {
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::ResizeBilinearOptions>());
  PUDU_TRY_ASSIGN(const Resizing resizing, resizing_of(node, options->align_corners(), options->half_pixel_centers()));
  PUDU_TRY_ASSIGN(const ir::ValueId image, node.to_nchw(resizing.input));
  ir::Attributes attributes;
  attributes.set("output_size", ir::AttributeValue(Integers{resizing.height, resizing.width}));
  attributes.set("align_corners", std::int64_t{options->align_corners() ? 1 : 0});
  attributes.set("half_pixel_centers", std::int64_t{options->half_pixel_centers() ? 1 : 0});
  PUDU_TRY_ASSIGN(const ir::ValueId result,
                  node.emit("upsample_bilinear2d", {image}, std::move(attributes), node.format(resizing.input)));
  PUDU_TRY_ASSIGN(const ir::ValueId output, node.to_nhwc(result));
  return node.set_output(0, output);
}

/// GetNearestNeighbor of reference/resize_nearest_neighbor.h, in float32 as there.
Integers nearest_positions(std::int64_t size, std::int64_t output_size, bool align_corners, bool half_pixel_centers) {
  const bool is_between = align_corners && output_size > 1;
  const float step = is_between ? static_cast<float>(size - 1) / static_cast<float>(output_size - 1)
                                : static_cast<float>(size) / static_cast<float>(output_size);
  const float offset = half_pixel_centers ? 0.5F : 0.0F;
  Integers positions;
  for (std::int64_t i = 0; i < output_size; ++i) {
    const float place = (static_cast<float>(i) + offset) * step;
    const auto position = static_cast<std::int64_t>(align_corners ? std::round(place) : std::floor(place));
    positions.push_back(std::clamp<std::int64_t>(position, 0, size - 1));
  }
  return positions;
}

Status import_resize_nearest_neighbor(NodeImporter& node) {
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::ResizeNearestNeighborOptions>());
  const bool align_corners = options->align_corners();
  const bool half_pixel_centers = options->half_pixel_centers();
  PUDU_TRY_ASSIGN(const Resizing resizing, resizing_of(node, align_corners, half_pixel_centers));
  const ir::Shape& shape = node.shape(resizing.input);
  ir::Attributes attributes;
  attributes.set("dims", ir::AttributeValue(Integers{1, 2}));
  attributes.set("indices",
                 ir::AttributeValue(nearest_positions(shape[1], resizing.height, align_corners, half_pixel_centers)));
  attributes.set("indices2",
                 ir::AttributeValue(nearest_positions(shape[2], resizing.width, align_corners, half_pixel_centers)));
  PUDU_TRY_ASSIGN(const ir::ValueId result,
                  node.emit("index_select", {resizing.input}, std::move(attributes), node.format(resizing.input)));
  return node.set_output(0, result);
}

/// Views the value as `split`, permutes it and views it as the output.
Status rearrange(NodeImporter& node, ir::ValueId value, ir::Shape split, const Integers& dims, ir::Shape shape) {
  PUDU_TRY_ASSIGN(const ir::ValueId blocks, node.reshape(value, std::move(split)));
  PUDU_TRY_ASSIGN(const ir::ValueId permuted, node.permute(blocks, dims));
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.reshape(permuted, std::move(shape)));
  return node.set_output(0, result);
}

Status import_depth_to_space(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::DepthToSpaceOptions>());
  const std::int64_t block = options->block_size();
  PUDU_TRY(check_positive("block_size", block));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY(require_images(node, input));
  const ir::Shape in = node.shape(input);
  if (in[3] % (block * block) != 0) {
    return invalid_here(fmt::format("{} channels", in[3]), fmt::format("a multiple of {}", block * block));
  }
  const std::int64_t channels = in[3] / (block * block);
  return rearrange(node, input, {in[0], in[1], in[2], block, block, channels}, {0, 1, 3, 2, 4, 5},
                   {in[0], in[1] * block, in[2] * block, channels});
}

Status import_space_to_depth(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::SpaceToDepthOptions>());
  const std::int64_t block = options->block_size();
  PUDU_TRY(check_positive("block_size", block));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY(require_images(node, input));
  const ir::Shape in = node.shape(input);
  if (in[1] % block != 0 || in[2] % block != 0) {
    return invalid_here(fmt::format("an image of {} x {}", in[1], in[2]), fmt::format("multiples of {}", block));
  }
  const std::int64_t height = in[1] / block;
  const std::int64_t width = in[2] / block;
  return rearrange(node, input, {in[0], height, block, width, block, in[3]}, {0, 1, 3, 2, 4, 5},
                   {in[0], height, width, in[3] * block * block});
}

}  // namespace

std::span<const OperatorRow> image_rows() {
  static constexpr std::array rows = {
      OperatorRow{"DEPTH_TO_SPACE", 2, import_depth_to_space, ""},
      OperatorRow{"RESIZE_BILINEAR", 4, import_resize_bilinear, "a constant size"},
      OperatorRow{"RESIZE_NEAREST_NEIGHBOR", 4, import_resize_nearest_neighbor, "a constant size"},
      OperatorRow{"SPACE_TO_DEPTH", 2, import_space_to_depth, ""},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
