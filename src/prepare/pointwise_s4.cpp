// conv2d_s8 and linear_s8 whose weights are codes of 4 bits, as pointwise_s4: half of their flash.
#include "kernels/pointwise_s4/pointwise_s4.hpp"

#include <cmath>

#include "kernels/pointwise_s4/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::PointwiseS4;
using kernels::PointwiseS4Params;

/// Fitted on counts of kernel_device_test.
double instructions_of(const PointwiseS4Params& p, targets::Isa isa) {
  const double positions = double{1} * p.batches * p.output_h * p.output_w;
  const double outputs = positions * p.output_channels;
  const double products = outputs * p.input_channels;
  const double weights = double{1} * p.output_channels * p.input_channels;
  switch (isa) {
    case targets::Isa::Mve:
      if (PointwiseS4::runs_by_pairs(p, kernels::Isa::Mve)) return 0.125 * products + 4.2 * outputs + 0.4 * weights;
      return 0.25 * products + 14 * outputs;
    case targets::Isa::Dsp:
      if (PointwiseS4::runs_by_pairs(p, kernels::Isa::Dsp)) {
        return 0.7 * products + 10 * outputs + 3 * weights * std::ceil(positions / PointwiseS4::strip_positions(p));
      }
      return 2.3 * products + 60 * outputs;
    case targets::Isa::Scalar:
      break;
  }
  return 7.0 * products + 110 * outputs;
}

}  // namespace

std::vector<Candidate> pointwise_s4_candidates(const SourceCall& call, Optimize) {
  namespace kernel = kernels::pointwise_s4;
  const std::optional<LayerConstants> layer = all_layer_constants(call);
  if (!layer || !has_int4_weights(call, *layer)) return {};
  PointwiseS4Params params{};
  std::int32_t input_offset = 0;
  if (call.call().kernel == kernels::LinearS8::name) {
    const auto base = call.params<kernels::LinearS8Params>();
    params = kernel::params_of(base), input_offset = base.input_offset;
  } else {
    const auto base = call.params<kernels::Conv2dS8Params>();
    params = kernel::params_of(base), input_offset = base.input_offset;
  }
  std::vector<std::int32_t> bias(static_cast<std::size_t>(params.output_channels));
  if (!kernel::fold_biases(params, input_offset, layer->weights.data(), layer->bias_or_null(), bias.data())) return {};
  std::vector<std::uint8_t> packed(kernel::packed_weight_bytes(params));
  kernel::pack_weights(params, layer->weights.data(), packed.data());
  std::vector<Candidate> candidates;
  for (const bool by_pairs : {true, false}) {
    params.by_pairs = by_pairs ? 1 : 0;
    Candidate candidate;
    candidate.kernel = PointwiseS4::name;
    candidate.description = by_pairs ? "int4 weights, unpacked two channels at a time" : "int4 weights";
    candidate.parameters = ops::to_parameters(params);
    candidate.constants = {prepared_constant<std::uint8_t>("weights", packed),
                           prepared_constant<std::int32_t>("bias", bias),
                           prepared_constant<std::int32_t>("multipliers", layer->multipliers),
                           prepared_constant<std::int32_t>("shifts", layer->shifts)};
    candidate.cost = {instructions_of(params, call.isa()), packed.size() + 12 * bias.size()};
    // Two candidates only where they differ.
    if (!by_pairs || call.scratch_bytes(candidate) > 0) candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace pudu::prepare
