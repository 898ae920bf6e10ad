// depthwise_conv2d_s8 as depthwise_conv2d_5x5_dsp_s8.
#include <fmt/format.h>

#include <optional>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/prepare.hpp"
#include "prepare/depthwise_layer.hpp"
#include "prepare/fitted_form.hpp"
#include "prepare/layer.hpp"
#include "prepare/pieces.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::DepthwiseConv2d5x5DspS8;
using kernels::DepthwiseConv2d5x5DspS8Params;
using kernels::DepthwiseConv2dS8Params;
using kernels::RequantizeForm;

/// A line for as many groups of channels as can be, else Rounded; none when the channels need form General.
std::optional<FittedForm<DepthwiseConv2d5x5DspS8Params>> fit(const DepthwiseConv2d5x5DspS8Params& params,
                                                             const kernels::depthwise_conv2d_5x5_dsp::Layer& layer) {
  const ChannelGroups<DepthwiseConv2d5x5DspS8Params> groups{DepthwiseConv2d5x5DspS8::groups(params), 4,
                                                            &DepthwiseConv2d5x5DspS8Params::rounded_groups};
  const auto fit_all = [&](DepthwiseConv2d5x5DspS8Params& p, kernels::ChannelConstants* constants) {
    return kernels::depthwise_conv2d_5x5_dsp::fit_constants(layer, p, constants);
  };
  return fit_form(params, groups, fit_all, {RequantizeForm::Rounded});
}

/// Fitted on counts of kernel_device_test: 15 a column and pair of rows, 118 (stride 2: 127) four outputs of a channel.
double instructions_of(const DepthwiseConv2d5x5DspS8Params& p) {
  const double columns = DepthwiseConv2d5x5DspS8::columns(p), fours = pieces_of(p.output_w, 4);
  const double pairs = kernels::depthwise_conv2d_5x5_dsp::pairs_of(p.stride_h);
  const double four = (p.stride_h == 1 ? 118 : 127) + (p.form == 1 ? 8 : 0);
  const double row_pair = pairs * (15 * columns + 160) + 8 * (four * fours + 60) + 120;
  return p.batches * DepthwiseConv2d5x5DspS8::groups(p) * (p.stride_h == 1 ? 1000 : 650) +
         p.batches * DepthwiseConv2d5x5DspS8::groups(p) * row_pair * pieces_of(p.output_h, 2);
}

}  // namespace

std::vector<Candidate> depthwise_conv2d_5x5_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<DepthwiseConv2dS8Params>();
  if (!is_depthwise_of(base, 5) || base.output_w < 4) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const kernels::depthwise_conv2d_5x5_dsp::Layer layer{
      source->weights.data(), source->bias_or_null(), source->multipliers.data(), source->shifts.data(),
      base.output_offset,     base.activation_min,    base.activation_max};
  const auto fitted = fit(depthwise_params<DepthwiseConv2d5x5DspS8Params>(base), layer);
  if (!fitted) return {};
  std::vector<std::int8_t> packed(static_cast<std::size_t>(100 * DepthwiseConv2d5x5DspS8::groups(fitted->params)));
  kernels::depthwise_conv2d_5x5_dsp::pack_weights(fitted->params, source->weights.data(), packed.data());
  const std::span<const std::int32_t> words(&fitted->constants.front().bias, fitted->constants.size() * 4);
  return {layer_candidate<DepthwiseConv2d5x5DspS8>(
      fitted->params, fmt::format("four outputs at a time, {} requantization", form_name(fitted->params.form)), packed,
      words, instructions_of(fitted->params))};
}

double depthwise_conv2d_5x5_dsp_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of(ops::detail::to_params<DepthwiseConv2d5x5DspS8Params>(parameters));
}

}  // namespace pudu::prepare
