// linear_s8 as linear_mve_s8.
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "kernels/linear_mve/prepare.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {

std::vector<Candidate> linear_mve_candidates(const SourceCall& call, Optimize) {
  using kernels::LinearMveS8;
  namespace kernel = kernels::linear_mve;
  const auto base = call.params<kernels::LinearS8Params>();
  const auto weights = call.constant<std::int8_t>("weights");
  const auto bias = call.constant<std::int32_t>("bias");
  const auto multipliers = call.constant<std::int32_t>("multipliers");
  const auto shifts = call.constant<std::int32_t>("shifts");
  if (base.output_features < 4 || weights.empty() || multipliers.empty() || shifts.empty()) return {};
  kernels::LinearS8Operands operands{};
  operands.weights = weights.data(), operands.bias = bias.empty() ? nullptr : bias.data();
  operands.multipliers = multipliers.data(), operands.shifts = shifts.data();
  const kernels::LinearMveS8Params params = kernel::params_of(base);
  std::vector<std::int32_t> constants(kernel::constant_words(params));
  if (!kernel::pack_constants(params, base.input_offset, operands, constants.data())) return {};
  std::vector<std::int8_t> packed(kernel::packed_weight_bytes(params));
  kernel::pack_weights(params, weights.data(), packed.data());
  Candidate candidate;
  candidate.kernel = LinearMveS8::name;
  candidate.description = "four outputs";
  candidate.parameters = ops::to_parameters(params);
  candidate.constants = {prepared_constant<std::int8_t>("weights", packed),
                         prepared_constant<std::int32_t>("constants", constants)};
  const double groups = LinearMveS8::groups(params), units = LinearMveS8::units(params);
  candidate.cost = {40 + params.batches * (50 + groups * (18 + 10 * units)),
                    packed.size() + constants.size() * sizeof(std::int32_t), 0};
  std::vector<Candidate> candidates;
  candidates.push_back(std::move(candidate));
  return candidates;
}

}  // namespace pudu::prepare
