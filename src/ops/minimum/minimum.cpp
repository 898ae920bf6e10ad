// The smaller of two elements. See minimum.md.
#include "kernels/minimum/minimum_s8.hpp"

#include <algorithm>

#include "ops/extremum.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(minimum_s8, MinimumS8)

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  for_each_broadcast(inputs[0], inputs[1], outputs[0], [](float a, float b) { return std::min(a, b); });
  return {};
}

Status lower(LowerContext& context) {
  return lower_extremum<kernels::MinimumS8Params>(context, minimum_s8());
}

}  // namespace

const OpDefinition& minimum_definition() {
  static const OpDefinition definition{
      .name = "minimum",
      .summary = "The smaller of two elements, with broadcasting.",
      .inputs = {{.name = "a", .meaning = "any tensor"}, {.name = "b", .meaning = "any tensor; shapes broadcast"}},
      .attributes = {},
      .infer = infer_extremum,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&minimum_s8()}};
  return definition;
}

}  // namespace pudu::ops
