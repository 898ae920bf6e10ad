// depthwise_conv2d_s8 as depthwise_conv2d_mve_s8: the slide goes in the direction that costs less.
#include <fmt/format.h>

#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/pieces.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::DepthwiseConv2dMveS8;
using kernels::DepthwiseConv2dMveS8Params;

/// Fitted on counts of kernel_device_test.
double instructions_of(const DepthwiseConv2dMveS8Params& p) {
  if (DepthwiseConv2dMveS8::joins_rows(p)) {
    const double fours = pieces_of(DepthwiseConv2dMveS8::joined_outputs(p), 4);
    const double gather = 2.0 * p.output_h * (30 + 4.5 * p.input_w);
    return 150 + 30 * fours + p.batches * pieces_of(p.channels, 8) * (60 + gather + 25 + 8 * (23 + 29 * fours));
  }
  const double along = DepthwiseConv2dMveS8::outputs_along(p), across = DepthwiseConv2dMveS8::outputs_across(p);
  const double line = 20 + 20 + 4 * (along * p.stride_h + p.kernel_h - 1);  // gathered
  const double singles = pieces_of(DepthwiseConv2dMveS8::outputs_along(p), 8);
  double slides = across * (25 + 8 * (21 + (p.kernel_h == 5 ? 55 : (p.stride_h == 1 ? 31 : 35)) * singles));
  if (p.kernel_h == 3 && p.stride_h == 1) {
    const std::int32_t odd = DepthwiseConv2dMveS8::outputs_across(p) % 2;
    const double pairs = (across - odd) / 2, fours = pieces_of(DepthwiseConv2dMveS8::outputs_along(p), 4);
    slides = pairs * (25 + 8 * (22 + 28 * fours)) + odd * (25 + 8 * (21 + 31 * singles));
  }
  return p.batches * pieces_of(p.channels, 8) * (60 + (across * p.stride_h + p.kernel_h - 1) * line + slides);
}

}  // namespace

std::vector<Candidate> depthwise_conv2d_mve_candidates(const SourceCall& call, Optimize) {
  namespace kernel = kernels::depthwise_conv2d_mve;
  const auto base = call.params<kernels::DepthwiseConv2dS8Params>();
  if (!kernel::applies(base)) return {};
  const std::optional<LayerConstants> layer = layer_constants(call);
  if (!layer) return {};
  const auto operands = layer->operands<kernels::DepthwiseConv2dS8Operands>();
  std::vector<Candidate> candidates;
  for (const std::int32_t down : {0, 1}) {
    const DepthwiseConv2dMveS8Params params = kernel::params_of(base, down);
    if (!kernel::has_small_distances(params)) continue;
    std::vector<std::int32_t> constants(static_cast<std::size_t>(4 * params.channels));
    if (!kernel::pack_constants(params, operands, constants.data())) return {};
    std::vector<std::int8_t> packed(kernel::packed_weight_bytes(params));
    kernel::pack_weights(params, layer->weights.data(), packed.data());
    candidates.push_back(
        layer_candidate<DepthwiseConv2dMveS8>(params, fmt::format("slides {}", down != 0 ? "down" : "along rows"),
                                              packed, constants, instructions_of(params)));
  }
  return candidates;
}

double depthwise_conv2d_mve_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of(ops::detail::to_params<DepthwiseConv2dMveS8Params>(parameters));
}

}  // namespace pudu::prepare
