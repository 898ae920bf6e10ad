// conv2d_s8 as conv2d_dsp_s8: widened or narrow weights, the best form of requantization that every channel has.
#include <fmt/format.h>

#include <algorithm>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "prepare/conv2d_dsp_form.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::Conv2dDspS8;
using kernels::Conv2dDspS8Params;
using kernels::Conv2dS8Params;
using kernels::RequantizeForm;

bool applies(const Conv2dS8Params& p) {
  return p.groups == 1 && p.dilation_h == 1 && p.dilation_w == 1 && p.output_channels >= 2;
}

Conv2dDspS8Params params_of(const Conv2dS8Params& p, Optimize optimize) {
  Conv2dDspS8Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.input_channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w, result.output_channels = p.output_channels;
  result.kernel_h = p.kernel_h, result.kernel_w = p.kernel_w;
  result.stride_h = p.stride_h, result.stride_w = p.stride_w;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  result.pads_image = Conv2dDspS8::is_better_padded(result) ? 1 : 0;
  result.strip_positions = strip_positions(result, optimize);
  return result;
}

/// Fitted on counts of kernel_device_test: 10 a unit of the inner loop, the block's end, packing, and a pair's set-up.
double instructions_of(const Conv2dDspS8Params& p) {
  const double units = Conv2dDspS8::units(p), pairs = Conv2dDspS8::channel_pairs(p);
  const double positions = static_cast<double>(p.output_h) * p.output_w;
  const double strips = positions / p.strip_positions, blocks = positions / 2 * pairs;
  const double block_end = p.form == 0 ? 9 + 4 * 20 : (p.form == 1 ? 32 : 23);
  const double pack_block =
      Conv2dDspS8::reads_positions_in_order(p) ? 8 * units + 10 : 8 * units + 12 * p.kernel_h + 30;
  const double widen_pair = p.weight_bits == 16 ? 0 : 9 * units;
  const double total = blocks * (10 * units + (units > 16 ? 0.4 * units : 0) + block_end) + positions / 2 * pack_block +
                       strips * (pairs * (60 + widen_pair) + 60);
  return p.batches * total;
}

}  // namespace

std::int32_t strip_positions(const Conv2dDspS8Params& p, Optimize optimize) {
  constexpr std::int32_t most = 48, fewest = 8;
  const std::int32_t bytes = optimize == Optimize::Size ? 1024 : 4096;
  const std::int32_t positions = p.output_h * p.output_w;
  return std::clamp(std::min(bytes / (8 * Conv2dDspS8::units(p)), positions + 1) / 2 * 2,
                    std::min(fewest, (positions + 1) / 2 * 2), most);
}

FittedForm<Conv2dDspS8Params> fit_form_of(const Conv2dDspS8Params& params, const kernels::conv2d_dsp::Layer& layer) {
  const ChannelGroups<Conv2dDspS8Params> pairs{Conv2dDspS8::channel_pairs(params), 2,
                                               &Conv2dDspS8Params::rounded_pairs};
  const auto fit = [&](Conv2dDspS8Params& p, kernels::ChannelConstants* constants) {
    return kernels::conv2d_dsp::fit_constants(layer, p, constants);
  };
  return fit_form(params, pairs, fit, {RequantizeForm::Rounded, RequantizeForm::General}).value();
}

std::vector<Candidate> conv2d_dsp_candidates(const SourceCall& call, Optimize optimize) {
  const auto base = call.params<Conv2dS8Params>();
  if (!applies(base)) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const kernels::conv2d_dsp::Layer layer{source->weights.data(), source->bias_or_null(), source->multipliers.data(),
                                         source->shifts.data()};
  const FittedForm<Conv2dDspS8Params> fitted = fit_form_of(params_of(base, optimize), layer);
  const std::span<const std::int32_t> words(&fitted.constants.front().bias, fitted.constants.size() * 4);
  std::vector<Candidate> candidates;
  for (const std::int32_t bits : {16, 8}) {
    Conv2dDspS8Params params = fitted.params;
    params.weight_bits = bits;
    std::vector<std::uint8_t> packed(kernels::conv2d_dsp::packed_weight_bytes(params));
    kernels::conv2d_dsp::pack_weights(params, source->weights.data(), packed.data());
    candidates.push_back(
        layer_candidate<Conv2dDspS8>(params,
                                     fmt::format("int{} weights, strips of {} positions, {} requantization", bits,
                                                 params.strip_positions, form_name(params.form)),
                                     packed, words, instructions_of(params)));
  }
  return candidates;
}

double conv2d_dsp_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of(ops::detail::to_params<Conv2dDspS8Params>(parameters));
}

}  // namespace pudu::prepare
