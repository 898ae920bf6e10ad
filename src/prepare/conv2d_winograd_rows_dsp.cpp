// conv2d_s8 as conv2d_winograd_rows_dsp_s8: weights transformed ahead of time, which are four times as many bytes.
#include <fmt/format.h>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "prepare/fitted_form.hpp"
#include "prepare/layer.hpp"
#include "prepare/pieces.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::Conv2dS8Params;
using kernels::Conv2dWinogradRowsDspS8;
using kernels::Conv2dWinogradRowsDspS8Params;
using kernels::RequantizeForm;

bool applies(const Conv2dS8Params& p) {
  const bool is_3x3 = p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == 1 && p.stride_w == 1;
  const bool has_channels =
      p.input_channels % 8 == 0 && p.input_channels >= 8 && p.input_channels <= 128 && p.output_channels >= 4;
  return is_3x3 && has_channels && p.groups == 1 && p.dilation_h == 1 && p.dilation_w == 1 && p.output_w >= 4;
}

Conv2dWinogradRowsDspS8Params params_of(const Conv2dS8Params& p) {
  Conv2dWinogradRowsDspS8Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.input_channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w, result.output_channels = p.output_channels;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

/// A line for as many groups of channels as can be, else Rounded, else General.
FittedForm<Conv2dWinogradRowsDspS8Params> fit(const Conv2dWinogradRowsDspS8Params& params,
                                              const kernels::conv2d_winograd_rows_dsp::Layer& layer) {
  const ChannelGroups<Conv2dWinogradRowsDspS8Params> groups{Conv2dWinogradRowsDspS8::channel_groups(params), 4,
                                                            &Conv2dWinogradRowsDspS8Params::rounded_groups};
  const auto fit_all = [&](Conv2dWinogradRowsDspS8Params& p, kernels::ChannelConstants* constants) {
    return kernels::conv2d_winograd_rows_dsp::fit_constants(layer, p, constants);
  };
  return fit_form(params, groups, fit_all, {RequantizeForm::Rounded, RequantizeForm::General}).value();
}

/// Counted in kernel_device_test: 11 a quad of the inner loop, the transforms of outputs and values.
double instructions_of(const Conv2dWinogradRowsDspS8Params& p) {
  const double groups = Conv2dWinogradRowsDspS8::channel_groups(p), quads = Conv2dWinogradRowsDspS8::quads(p);
  const double outputs = p.form == 0 ? 1000 : (p.form == 1 ? 220 : 160);
  const double block = 6 * (33 * quads + quads + 12) + outputs;
  const double tiles = p.output_h * pieces_of(p.output_w, 4);
  return p.batches * tiles * (groups * block + 3 * (80 * quads + 90) + 120);
}

}  // namespace

std::vector<Candidate> conv2d_winograd_rows_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<Conv2dS8Params>();
  if (!applies(base)) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  namespace winograd = kernels::conv2d_winograd_rows_dsp;
  const auto fitted = fit(params_of(base), {source->weights.data(), source->bias_or_null(), source->multipliers.data(),
                                            source->shifts.data()});
  const std::span<const std::int32_t> words(&fitted.constants.front().bias, fitted.constants.size() * 4);
  std::vector<std::int16_t> packed(winograd::packed_weight_bytes(fitted.params) / sizeof(std::int16_t));
  winograd::pack_weights(fitted.params, source->weights.data(), packed.data());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(packed.data());
  return {layer_candidate<Conv2dWinogradRowsDspS8>(
      fitted.params,
      fmt::format("Winograd F(4, 3) along rows, transformed weights, {} requantization", form_name(fitted.params.form)),
      std::vector<std::uint8_t>(bytes, bytes + packed.size() * sizeof packed[0]), words,
      instructions_of(fitted.params))};
}

double conv2d_winograd_rows_dsp_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of(ops::detail::to_params<Conv2dWinogradRowsDspS8Params>(parameters));
}

}  // namespace pudu::prepare
