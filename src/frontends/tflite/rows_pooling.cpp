// Pooling: windows over images.
#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

using Sizes = std::vector<std::int64_t>;

Status import_pool(NodeImporter& node, std::string_view op, ir::Attributes attributes) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::Pool2DOptions>());
  PUDU_TRY(check_positive("stride_h", options->stride_h()));
  PUDU_TRY(check_positive("stride_w", options->stride_w()));
  PUDU_TRY(check_positive("filter_height", options->filter_height()));
  PUDU_TRY(check_positive("filter_width", options->filter_width()));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId image, node.to_nchw(input));
  const ir::Shape& shape = node.shape(image);
  PUDU_TRY_ASSIGN(const Padding rows,
                  padding_of(options->padding(), shape[2], options->filter_height(), options->stride_h()));
  PUDU_TRY_ASSIGN(const Padding columns,
                  padding_of(options->padding(), shape[3], options->filter_width(), options->stride_w()));
  attributes.set("kernel", ir::AttributeValue(Sizes{options->filter_height(), options->filter_width()}));
  attributes.set("stride", ir::AttributeValue(Sizes{options->stride_h(), options->stride_w()}));
  attributes.set("padding", ir::AttributeValue(Sizes{rows.before, rows.after, columns.before, columns.after}));
  const Format format = node.format(input);
  ir::Attributes bounds;
  PUDU_TRY(set_activation(options->fused_activation_function(), bounds));
  if (format.quant) {
    for (const auto& [name, value] : bounds) attributes.set(name, value);
  }
  PUDU_TRY_ASSIGN(ir::ValueId result, node.emit(op, {image}, std::move(attributes), format));
  if (!format.quant && !bounds.empty()) {  // passes on float graphs know pools without bounds only
    PUDU_TRY_ASSIGN(result, node.clamp(result, bounds));
  }
  PUDU_TRY_ASSIGN(const ir::ValueId output, node.to_nhwc(result));
  return node.set_output(0, output);
}

Status import_average_pool_2d(NodeImporter& node) {
  ir::Attributes attributes;
  attributes.set("count_include_pad", 0);
  return import_pool(node, "avg_pool2d", std::move(attributes));
}

Status import_max_pool_2d(NodeImporter& node) {
  return import_pool(node, "max_pool2d", {});
}

}  // namespace

std::span<const OperatorRow> pooling_rows() {
  static constexpr std::array rows = {
      OperatorRow{"AVERAGE_POOL_2D", 3, import_average_pool_2d, ""},
      OperatorRow{"MAX_POOL_2D", 3, import_max_pool_2d, ""},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
