// linear_s8 as linear_lanes_s8: with weights of one or two bytes.
#include "kernels/linear_lanes/linear_lanes_s8.hpp"

#include <fmt/format.h>

#include <optional>

#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_lanes/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

namespace lanes = kernels::linear_lanes;
using kernels::LinearLanesS8;
using kernels::LinearLanesS8Params;

/// Fitted on counts of kernel_device_test.
double instructions_of(const LinearLanesS8Params& p, std::int32_t general, bool has_long_products) {
  const bool is_wide = p.weight_bits == 16;
  const double features = LinearLanesS8::features(p), groups = LinearLanesS8::groups(p);
  const double feature = has_long_products ? (is_wide ? 5.7 : 10.2) : (is_wide ? 9.7 : 14.2);
  const double run = is_wide ? 55 : 85;
  return p.batches * (100 + (is_wide ? 6 : 13) * features + groups * (feature * features + 150) + run * p.runs +
                      35.0 * p.output_features + 60.0 * general);
}

}  // namespace

std::vector<Candidate> linear_lanes_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<kernels::LinearS8Params>();
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const lanes::Layer layer{source->weights.data(), source->bias_or_null(), source->multipliers.data(),
                           source->shifts.data(), base.input_offset};
  LinearLanesS8Params params = lanes::params_of(base, 16);
  std::vector<std::int32_t> constants(lanes::most_constant_words(params));
  std::int32_t general = 0;
  if (!lanes::fit_runs(params, source->weights.data(), constants.data()) ||
      !lanes::fit_constants(layer, params, constants.data(), general)) {
    return {};
  }
  constants.resize(lanes::constant_words(params));
  std::vector<Candidate> candidates;
  for (const std::int32_t bits : {16, 8}) {
    params.weight_bits = bits;
    std::vector<std::int32_t> packed(lanes::packed_words(params));
    lanes::pack_weights(params, source->weights.data(), packed.data());
    candidates.push_back(layer_candidate<LinearLanesS8>(
        params,
        fmt::format("{} weights a word, {:.0f} features a run", 32 / bits,
                    static_cast<double>(LinearLanesS8::features(params)) * LinearLanesS8::groups(params) / params.runs),
        packed, constants, instructions_of(params, general, call.has_long_products())));
    candidates.back().cost.constant_bytes = 4 * (packed.size() + constants.size());
  }
  return candidates;
}

}  // namespace pudu::prepare
