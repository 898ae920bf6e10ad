// linear_s8 as linear_mve_s8.
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "kernels/linear_mve/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {

std::vector<Candidate> linear_mve_candidates(const SourceCall& call, Optimize) {
  using kernels::LinearMveS8;
  namespace kernel = kernels::linear_mve;
  const auto base = call.params<kernels::LinearS8Params>();
  const std::optional<LayerConstants> layer = layer_constants(call);
  if (!layer || base.output_features < 4) return {};
  const auto operands = layer->operands<kernels::LinearS8Operands>();
  const kernels::LinearMveS8Params params = kernel::params_of(base);
  std::vector<std::int32_t> constants(kernel::constant_words(params));
  if (!kernel::pack_constants(params, base.input_offset, operands, constants.data())) return {};
  std::vector<std::int8_t> packed(kernel::packed_weight_bytes(params));
  kernel::pack_weights(params, layer->weights.data(), packed.data());
  const double groups = LinearMveS8::groups(params), units = LinearMveS8::units(params);
  const double instructions =
      40 + params.batches * (50 + groups * (18 + (params.input_features % 16 == 0 ? 9.25 : 10) * units));
  return {layer_candidate<LinearMveS8>(params, "four outputs", packed, constants, instructions)};
}

}  // namespace pudu::prepare
