// The larger of two elements. See maximum.md.
#include "kernels/binary_f32/binary_f32.hpp"
#include "kernels/maximum/maximum_s8.hpp"

#include <algorithm>

#include "ops/extremum.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(maximum_s8, MaximumS8)

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  for_each_broadcast(inputs[0], inputs[1], outputs[0], [](float a, float b) { return std::max(a, b); });
  return {};
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float_binary(context, kernels::BinaryF32::larger, 1.0, whole_range());
  return lower_extremum<kernels::MaximumS8Params>(context, maximum_s8());
}

}  // namespace

const OpDefinition& maximum_definition() {
  static const OpDefinition definition{
      .name = "maximum",
      .summary = "The larger of two elements, with broadcasting.",
      .inputs = {{.name = "a", .meaning = "any tensor"}, {.name = "b", .meaning = "any tensor; shapes broadcast"}},
      .attributes = {},
      .infer = infer_extremum,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&maximum_s8()},
      .float_kernels = {{&binary_f32()}}};
  return definition;
}

}  // namespace pudu::ops
