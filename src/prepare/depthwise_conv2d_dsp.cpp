// depthwise_conv2d_s8 as depthwise_conv2d_dsp_s8: the slide goes in the direction that costs less.
#include <fmt/format.h>

#include <optional>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "prepare/fitted_form.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::DepthwiseConv2dDspS8;
using kernels::DepthwiseConv2dDspS8Params;
using kernels::DepthwiseConv2dS8Params;
using kernels::RequantizeForm;

bool applies(const DepthwiseConv2dS8Params& p) {
  const bool has_stride = p.stride_h == p.stride_w && p.stride_h <= 2;
  return p.kernel_h == 3 && p.kernel_w == 3 && has_stride && p.dilation_h == 1 && p.dilation_w == 1 &&
         p.depth_multiplier == 1 && p.input_channels >= 4;
}

DepthwiseConv2dDspS8Params params_of(const DepthwiseConv2dS8Params& p) {
  DepthwiseConv2dDspS8Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w;
  result.stride_h = p.stride_h, result.stride_w = p.stride_w;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  result.weight_bits = 8;
  return result;
}

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
  const double along = p.slide_down != 0 ? p.output_h : p.output_w;
  const double across = p.slide_down != 0 ? p.output_w : p.output_h;
  const double groups = DepthwiseConv2dDspS8::groups(p);
  const double rounding = p.form == 1 ? 8 : 0;
  const double gather = p.stride_h == 1 ? 26 * (along + 2) + 220 : 37 * (along + 1) + 350;
  const double one_row = gather + 4 * ((14.5 + rounding / 2) * along + 35);
  const double widening = p.weight_bits == 16 ? 50 : 250;
  if (p.stride_h == 2) return p.batches * groups * (widening + across * one_row);
  const double pairs = p.slide_down != 0 ? p.output_w / 2 : p.output_h / 2;
  const double two_rows = gather + 4 * ((27 + rounding) * along + 35);
  const double last_row = p.weight_bits == 16 ? two_rows : one_row + 200;
  return p.batches * groups * (widening + pairs * two_rows + (across - 2 * pairs) * last_row);
}

}  // namespace

std::vector<Candidate> depthwise_conv2d_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<DepthwiseConv2dS8Params>();
  if (!applies(base)) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const kernels::depthwise_conv2d_dsp::Layer layer{
      source->weights.data(), source->bias_or_null(), source->multipliers.data(), source->shifts.data(),
      base.output_offset,     base.activation_min,    base.activation_max};
  const auto fitted = fit(params_of(base), layer);
  if (!fitted) return {};
  std::vector<Candidate> candidates;
  const std::span<const std::int32_t> words(&fitted->constants.front().bias, fitted->constants.size() * 4);
  for (const std::int32_t bits : {8, 16}) {
    for (const std::int32_t down : {0, 1}) {
      DepthwiseConv2dDspS8Params params = fitted->params;
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
