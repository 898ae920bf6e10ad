// linear_s8 as linear_dsp_s8: widened or narrow weights, the best form of requantization.
#include <fmt/format.h>

#include <optional>

#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/linear_dsp/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::LinearDspS8;
using kernels::LinearDspS8Params;
using kernels::RequantizeForm;

struct FittedForm {
  LinearDspS8Params params;
  std::vector<kernels::ChannelConstants> constants;
};

/// A line for as many outputs as can be, else Rounded, else General.
FittedForm fit(const LinearDspS8Params& params, const kernels::linear_dsp::Layer& layer) {
  std::optional<FittedForm> best;
  std::int32_t fewest_rounded = params.output_features;
  for (const RequantizeForm form : {RequantizeForm::Line9, RequantizeForm::Line11, RequantizeForm::Line13,
                                    RequantizeForm::Line15, RequantizeForm::Rounded, RequantizeForm::General}) {
    FittedForm fitted{params, std::vector<kernels::ChannelConstants>(static_cast<std::size_t>(params.output_features))};
    fitted.params.form = static_cast<std::int32_t>(form);
    const bool is_line = form != RequantizeForm::Rounded && form != RequantizeForm::General;
    if (!is_line && best) break;
    std::int32_t rounded = 0;
    if (!kernels::linear_dsp::fit_constants(layer, fitted.params, fitted.constants.data(), rounded)) continue;
    if (is_line && rounded >= fewest_rounded) continue;
    if (is_line) fewest_rounded = rounded;
    fitted.params.constant_words = kernels::linear_dsp::constant_words(fitted.params.form, rounded);
    best = std::move(fitted);
  }
  return std::move(best).value();
}

/// Rounded with one scale for all outputs, of which only the biases are stored; none where outputs have several.
std::optional<FittedForm> fit_one_scale(const LinearDspS8Params& params, const kernels::linear_dsp::Layer& layer) {
  FittedForm fitted{params, std::vector<kernels::ChannelConstants>(static_cast<std::size_t>(params.output_features))};
  fitted.params.form = static_cast<std::int32_t>(RequantizeForm::Rounded);
  fitted.params.constant_words = 1;
  std::int32_t rounded = 0;
  const bool fits = kernels::linear_dsp::fit_constants(layer, fitted.params, fitted.constants.data(), rounded) &&
                    kernels::linear_dsp::have_one_scale(fitted.constants.data(), params.output_features);
  return fits ? std::optional(std::move(fitted)) : std::nullopt;
}

/// Fitted on counts of kernel_device_test.
double instructions_of(const LinearDspS8Params& p) {
  const double units = LinearDspS8::units(p), groups = LinearDspS8::groups(p);
  const double unit = p.weight_bits == 16 ? 11.5 : 18.5;
  const double end =
      p.form == 0 ? 75 + 4 * 25 : (p.constant_words == 2 ? 40 : (p.constant_words == 1 ? 50 : (p.form == 1 ? 62 : 56)));
  return p.batches * (90 + 6 * units + groups * (unit * units + end));
}

}  // namespace

std::vector<Candidate> linear_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<kernels::LinearS8Params>();
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const kernels::linear_dsp::Layer layer{source->weights.data(), source->bias_or_null(), source->multipliers.data(),
                                         source->shifts.data(), base.input_offset};
  LinearDspS8Params params{};
  params.batches = base.batches;
  params.input_features = base.input_features, params.output_features = base.output_features;
  params.output_offset = base.output_offset;
  params.activation_min = base.activation_min, params.activation_max = base.activation_max;
  std::vector<FittedForm> forms = {fit(params, layer)};
  if (std::optional<FittedForm> uniform = fit_one_scale(params, layer)) forms.push_back(std::move(*uniform));
  std::vector<Candidate> candidates;
  for (FittedForm& fitted : forms) {
    const std::int32_t channel_words = fitted.params.constant_words;
    std::vector<std::int32_t> words(
        static_cast<std::size_t>(kernels::linear_dsp::packed_constant_words(params.output_features, channel_words)));
    kernels::linear_dsp::pack_constants(fitted.constants.data(), params.output_features, channel_words, words.data());
    for (const std::int32_t bits : {16, 8}) {
      fitted.params.weight_bits = bits;
      std::vector<std::uint8_t> packed(kernels::linear_dsp::packed_weight_bytes(fitted.params));
      kernels::linear_dsp::pack_weights(fitted.params, source->weights.data(), packed.data());
      candidates.push_back(layer_candidate<LinearDspS8>(
          fitted.params,
          fmt::format("int{} weights, {} requantization{}", bits, form_name(fitted.params.form),
                      channel_words == 1 ? ", one scale" : ""),
          packed, words, instructions_of(fitted.params)));
    }
  }
  return candidates;
}

}  // namespace pudu::prepare
