// conv2d_s8 as conv2d_mve_s8.
#include <fmt/format.h>

#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_mve/prepare.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::Conv2dMveS8;
using kernels::Conv2dMveS8Params;

/// Fitted on counts of kernel_device_test.
double instructions_of(const Conv2dMveS8Params& p) {
  const double units = Conv2dMveS8::units(p), groups = Conv2dMveS8::groups(p);
  const double threes = (p.output_h * p.output_w + 2) / 3;
  const double copy = 35 + p.kernel_h * (7 + 3 * ((p.kernel_w * p.input_channels + 15) / 16));
  const double gather = Conv2dMveS8::is_pointwise(p) ? 0 : 3 * copy;
  return p.batches * threes * (45 + gather + groups * (57 + 24 * units));
}

}  // namespace

std::vector<Candidate> conv2d_mve_candidates(const SourceCall& call, Optimize) {
  namespace kernel = kernels::conv2d_mve;
  const auto base = call.params<kernels::Conv2dS8Params>();
  if (!kernel::applies(base)) return {};
  const auto weights = call.constant<std::int8_t>("weights");
  const auto bias = call.constant<std::int32_t>("bias");
  const auto multipliers = call.constant<std::int32_t>("multipliers");
  const auto shifts = call.constant<std::int32_t>("shifts");
  if (weights.empty() || multipliers.empty() || shifts.empty()) return {};
  kernels::Conv2dS8Operands operands{};
  operands.weights = weights.data(), operands.bias = bias.empty() ? nullptr : bias.data();
  operands.multipliers = multipliers.data(), operands.shifts = shifts.data();
  const Conv2dMveS8Params params = kernel::params_of(base);
  std::vector<std::int32_t> constants(kernel::constant_words(params));
  if (!kernel::pack_constants(params, operands, constants.data())) return {};
  std::vector<std::int8_t> packed(kernel::packed_weight_bytes(params));
  kernel::pack_weights(params, weights.data(), packed.data());
  Candidate candidate;
  candidate.kernel = Conv2dMveS8::name;
  candidate.description = fmt::format("three positions by two channels, windows {}",
                                      Conv2dMveS8::is_pointwise(params) ? "in place" : "gathered");
  candidate.parameters = ops::to_parameters(params);
  candidate.constants = {prepared_constant<std::int8_t>("weights", packed),
                         prepared_constant<std::int32_t>("constants", constants)};
  candidate.cost = {instructions_of(params), packed.size() + constants.size() * sizeof(std::int32_t),
                    Conv2dMveS8::scratch_bytes(params, targets::Isa::Mve)};
  std::vector<Candidate> candidates;
  candidates.push_back(std::move(candidate));
  return candidates;
}

}  // namespace pudu::prepare
