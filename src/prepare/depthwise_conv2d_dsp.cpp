// depthwise_conv2d_s8 as depthwise_conv2d_dsp_s8: the slide goes in the direction that costs less.
#include <fmt/format.h>

#include <optional>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "prepare/depthwise_layer.hpp"
#include "prepare/fitted_form.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::DepthwiseConv2dDspS8;
using kernels::DepthwiseConv2dDspS8Params;
using kernels::DepthwiseConv2dS8Params;
using kernels::RequantizeForm;

/// A line for as many groups of channels as can be, else Rounded; none when the channels need form General.
std::optional<FittedForm<DepthwiseConv2dDspS8Params>> fit(const DepthwiseConv2dDspS8Params& params,
                                                          const kernels::depthwise_conv2d_dsp::Layer& layer) {
  const ChannelGroups<DepthwiseConv2dDspS8Params> groups{DepthwiseConv2dDspS8::groups(params), 4,
                                                         &DepthwiseConv2dDspS8Params::rounded_groups};
  const auto fit_all = [&](DepthwiseConv2dDspS8Params& p, kernels::ChannelConstants* constants) {
    return kernels::depthwise_conv2d_dsp::fit_constants(layer, p, constants);
  };
  return fit_form(params, groups, fit_all, {RequantizeForm::Rounded});
}

/// Fitted on counts of kernel_device_test.
double instructions_of(const DepthwiseConv2dDspS8Params& p) {
  const double rounding = p.form == 1 ? 8 : 0;
  const SlideCosts costs{.column = 26, .column_pair = 37, .one_row = 14.5 + rounding / 2, .two_rows = 27 + rounding};
  return slide_instructions(p, DepthwiseConv2dDspS8::groups(p), costs);
}

}  // namespace

std::vector<Candidate> depthwise_conv2d_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<DepthwiseConv2dS8Params>();
  if (!is_depthwise_of(base, 3)) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const kernels::depthwise_conv2d_dsp::Layer layer{
      source->weights.data(), source->bias_or_null(), source->multipliers.data(), source->shifts.data(),
      base.output_offset,     base.activation_min,    base.activation_max};
  auto params = depthwise_params<DepthwiseConv2dDspS8Params>(base);
  params.weight_bits = 8;
  const auto fitted = fit(params, layer);
  if (!fitted) return {};
  std::vector<Candidate> candidates;
  const std::span<const std::int32_t> words(&fitted->constants.front().bias, fitted->constants.size() * 4);
  for (const std::int32_t bits : {8, 16}) {
    for (const std::int32_t down : {0, 1}) {
      params = fitted->params;
      params.slide_down = down, params.weight_bits = bits;
      std::vector<std::int8_t> packed(kernels::depthwise_conv2d_dsp::packed_weight_bytes(params));
      kernels::depthwise_conv2d_dsp::pack_weights(params, source->weights.data(), packed.data());
      candidates.push_back(layer_candidate<DepthwiseConv2dDspS8>(
          params,
          fmt::format("slides {}{}, {} requantization", down != 0 ? "down" : "along rows",
                      bits == 16 ? ", int16 weights" : "", form_name(params.form)),
          packed, words, instructions_of(params)));
    }
  }
  return candidates;
}

double depthwise_conv2d_dsp_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of(ops::detail::to_params<DepthwiseConv2dDspS8Params>(parameters));
}

}  // namespace pudu::prepare
