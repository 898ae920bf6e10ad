// detector::keep_peaks(Tensor heat, int radius) for Pudu: shapes, float reference, quantization, lowering.
#include <algorithm>

#include "driver/extension.hpp"
#include "kernels/keep_peaks/keep_peaks_s8.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace {

using namespace pudu;

PUDU_KERNEL_BINDING(keep_peaks_s8, KeepPeaksS8)

// What is accepted here, every later stage must handle.
Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(ops::check_image_input(graph, node, 0));
  const std::int64_t radius = node.attributes.integer("radius");
  if (radius < 0 || radius > 64) {
    return invalid_input({.found = "radius " + std::to_string(radius), .allowed = "0 to 64"});
  }
  const ir::TensorType& input = ops::input_type(graph, node, 0);
  return ops::single_result(input.dtype, input.shape);
}

// The float network's result, NCHW.
Status reference(const ir::Node& node, std::span<const ops::Tensor> inputs, std::span<ops::Tensor> outputs) {
  const std::int64_t radius = node.attributes.integer("radius");
  const std::int64_t height = inputs[0].dim(2), width = inputs[0].dim(3);
  const float* plane = inputs[0].data().data();
  float* result = outputs[0].mutable_data().data();
  for (std::int64_t i = 0; i < inputs[0].dim(0) * inputs[0].dim(1); ++i, plane += height * width) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const float center = plane[y * width + x];
        float largest = center;
        for (std::int64_t row = std::max<std::int64_t>(0, y - radius); row <= std::min(height - 1, y + radius); ++row) {
          const std::int64_t end = std::min(width - 1, x + radius);
          for (std::int64_t column = std::max<std::int64_t>(0, x - radius); column <= end; ++column) {
            largest = std::max(largest, plane[row * width + column]);
          }
        }
        *result++ = center == largest ? center : 0.0F;
      }
    }
  }
  return {};
}

// One kernel call for a quantized node; images lie as NHWC.
Status lower(ops::LowerContext& context) {
  PUDU_TRY(ops::require_shared_quantization(context));
  const ir::Value& value = context.input_value(0);
  const auto size = [&](std::size_t dim) { return static_cast<std::int32_t>(value.type.shape[dim]); };
  const kernels::KeepPeaksS8Params params{
      .batches = size(0),
      .height = size(2),
      .width = size(3),
      .channels = size(1),
      .radius = static_cast<std::int32_t>(context.node().attributes.integer("radius")),
      .zero_point = value.quant->zero_point};
  const ops::DimOrder nhwc = ops::channels_last_order(4);
  const program::BufferId input = context.input(0, nhwc);
  context.emit(keep_peaks_s8(), params, {{"input", input}, {"output", context.output(0, nhwc)}});
  return {};
}

const ops::OpDefinition& keep_peaks_definition() {
  static const ops::OpDefinition definition{
      .name = "keep_peaks",
      .summary = "Elements of an image that are the largest around them; 0 elsewhere.",
      .inputs = {{.name = "heat", .meaning = "[N, C, H, W]"}},
      .attributes = {{"radius", ops::AttributeType::Integer, std::nullopt, "rows and columns on each side, 0 to 64"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = ops::OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&keep_peaks_s8()}};
  return definition;
}

// A compiled folder can be edited: the simulator runs a call only when its numbers fit its buffers.
void check_keep_peaks(ops::Bounds& bounds, const program::KernelCall& call) {
  const auto p = ops::params_of<kernels::KeepPeaksS8>(call);
  bounds.require(std::min({p.batches, p.height, p.width, p.channels}) > 0, "a size", p.height, "1 or more");
  bounds.require(p.radius >= 0 && p.radius <= 64, "radius", p.radius, "0 to 64");
  bounds.require(p.zero_point >= -128 && p.zero_point <= 127, "zero_point", p.zero_point, "-128 to 127");
  for (const char* operand : {"input", "output"}) {
    bounds.touches(operand, {p.batches, p.height, p.width, p.channels});
  }
}

// From the exported node: operands in the order of the definition, numbers by name.
Result<ir::ValueId> translate(frontends::NodeTranslator& node) {
  return node.emit("keep_peaks", {node.args.tensor("heat")},
                   frontends::attributes({{"radius", node.args.integer("radius")}}));
}

}  // namespace

pudu::driver::Extension keep_peaks_extension() {
  return {.definition = &keep_peaks_definition(),
          .checks = {{"keep_peaks_s8", check_keep_peaks}},
          .exported = {{.name = "detector.keep_peaks", .schema = "Tensor heat, int radius", .translate = translate}}};
}
