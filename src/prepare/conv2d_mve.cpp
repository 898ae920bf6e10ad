// conv2d_s8 as conv2d_mve_s8.
#include <fmt/format.h>

#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_mve/prepare.hpp"
#include "prepare/layer.hpp"
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
  const std::optional<LayerConstants> layer = layer_constants(call);
  if (!layer) return {};
  const Conv2dMveS8Params params = kernel::params_of(base);
  std::vector<std::int32_t> constants(kernel::constant_words(params));
  if (!kernel::pack_constants(params, layer->operands<kernels::Conv2dS8Operands>(), constants.data())) return {};
  std::vector<std::int8_t> packed(kernel::packed_weight_bytes(params));
  kernel::pack_weights(params, layer->weights.data(), packed.data());
  return {layer_candidate<Conv2dMveS8>(params,
                                       fmt::format("three positions by two channels, windows {}",
                                                   Conv2dMveS8::is_pointwise(params) ? "in place" : "gathered"),
                                       packed, constants, instructions_of(params))};
}

}  // namespace pudu::prepare
