// depthwise_conv2d_s8 as depthwise_conv2d_mve_s8: the slide goes in the direction that costs less.
#include <fmt/format.h>

#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::DepthwiseConv2dMveS8;
using kernels::DepthwiseConv2dMveS8Params;

/// Fitted on counts of kernel_device_test.
double instructions_of(const DepthwiseConv2dMveS8Params& p) {
  const double along = DepthwiseConv2dMveS8::outputs_along(p), across = DepthwiseConv2dMveS8::outputs_across(p);
  const double blocks = (DepthwiseConv2dMveS8::outputs_along(p) + 7) / 8;
  const double block = p.stride_h == 1 ? 31 : 35, positions = along * p.stride_h + 2;
  const double line = p.stride_h * (25 + 5 * positions) + 20 + 8 * (26 + block * blocks);
  return p.batches * ((p.channels + 7) / 8) * (60 + across * line);
}

}  // namespace

std::vector<Candidate> depthwise_conv2d_mve_candidates(const SourceCall& call, Optimize) {
  namespace kernel = kernels::depthwise_conv2d_mve;
  const auto base = call.params<kernels::DepthwiseConv2dS8Params>();
  if (!kernel::applies(base)) return {};
  const auto weights = call.constant<std::int8_t>("weights");
  const auto bias = call.constant<std::int32_t>("bias");
  const auto multipliers = call.constant<std::int32_t>("multipliers");
  const auto shifts = call.constant<std::int32_t>("shifts");
  if (weights.empty() || multipliers.empty() || shifts.empty()) return {};
  kernels::DepthwiseConv2dS8Operands operands{};
  operands.weights = weights.data(), operands.bias = bias.empty() ? nullptr : bias.data();
  operands.multipliers = multipliers.data(), operands.shifts = shifts.data();
  std::vector<Candidate> candidates;
  for (const std::int32_t down : {0, 1}) {
    const DepthwiseConv2dMveS8Params params = kernel::params_of(base, down);
    if (!kernel::has_small_distances(params)) continue;
    std::vector<std::int32_t> constants(static_cast<std::size_t>(4 * params.channels));
    if (!kernel::pack_constants(params, operands, constants.data())) return {};
    std::vector<std::int8_t> packed(static_cast<std::size_t>(32 * params.channels));
    kernel::pack_weights(params, weights.data(), packed.data());
    Candidate candidate;
    candidate.kernel = DepthwiseConv2dMveS8::name;
    candidate.description = fmt::format("slides {}", down != 0 ? "down" : "along rows");
    candidate.parameters = ops::to_parameters(params);
    candidate.constants = {prepared_constant<std::int8_t>("weights", packed),
                           prepared_constant<std::int32_t>("constants", constants)};
    candidate.cost = {instructions_of(params), packed.size() + constants.size() * sizeof(std::int32_t),
                      DepthwiseConv2dMveS8::scratch_bytes(params, targets::Isa::Mve)};
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace pudu::prepare
