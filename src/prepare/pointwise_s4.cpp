// conv2d_s8 and linear_s8 whose weights are codes of 4 bits, as pointwise_s4: half of their flash.
#include "kernels/pointwise_s4/pointwise_s4.hpp"

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
  switch (isa) {
    case targets::Isa::Mve:
      return 0.25 * products + 14 * outputs;
    case targets::Isa::Dsp:
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
  Candidate candidate;
  candidate.kernel = PointwiseS4::name;
  candidate.description = "int4 weights";
  candidate.parameters = ops::to_parameters(params);
  candidate.constants = {prepared_constant<std::uint8_t>("weights", packed),
                         prepared_constant<std::int32_t>("bias", bias),
                         prepared_constant<std::int32_t>("multipliers", layer->multipliers),
                         prepared_constant<std::int32_t>("shifts", layer->shifts)};
  candidate.cost = {instructions_of(params, call.isa()), packed.size() + 12 * bias.size()};
  return {std::move(candidate)};
}

}  // namespace pudu::prepare
