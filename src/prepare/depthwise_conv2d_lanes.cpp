// depthwise_conv2d_s8 as depthwise_conv2d_lanes_s8: of the four ways to lay the plane, all are candidates.
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"

#include <fmt/format.h>

#include <optional>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_lanes/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

namespace lanes = kernels::depthwise_conv2d_lanes;
using kernels::DepthwiseConv2dLanesS8;
using kernels::DepthwiseConv2dLanesS8Params;
using kernels::RequantizeForm;

/// How outputs are made: constants, and what an output costs.
struct Requantization {
  std::int32_t channel_words, form;
  std::vector<std::int32_t> constants;
  double instructions;
};

/// For cores whose products have 32 bits.
std::optional<Requantization> fit_products32(const lanes::Layer& layer, DepthwiseConv2dLanesS8Params params) {
  const auto channels = static_cast<std::size_t>(params.channels);
  std::vector<std::int32_t> seven(7 * channels);
  std::int32_t general = 0;
  if (!lanes::fit_lanes_constants(layer, params, seven.data(), general)) return std::nullopt;
  Requantization result{params.channel_words, params.form, {}, 0};
  result.constants.resize(channels * static_cast<std::size_t>(params.channel_words));
  lanes::copy_constants(params, seven.data(), result.constants.data());
  result.instructions = (params.channel_words == 7 ? 19 : 15.5) + 80.0 * general / params.channels;
  return result;
}

/// For cores with SMULL: a line for as many channels as can be, else Rounded, else General.
std::optional<Requantization> fit_products64(const lanes::Layer& layer, DepthwiseConv2dLanesS8Params params) {
  const auto channels = static_cast<std::size_t>(params.channels);
  std::optional<Requantization> best;
  std::vector<kernels::ChannelConstants> constants(channels);
  for (const RequantizeForm form : {RequantizeForm::Line9, RequantizeForm::Line11, RequantizeForm::Line13,
                                    RequantizeForm::Line15, RequantizeForm::Rounded, RequantizeForm::General}) {
    params.form = static_cast<std::int32_t>(form);
    std::int32_t rounded = 0;
    if (!lanes::fit_form_constants(layer, params, constants.data(), rounded)) continue;
    double instructions = 9 + 3.0 * rounded / params.channels;
    if (form == RequantizeForm::Rounded) instructions = 12;
    if (form == RequantizeForm::General) instructions = 30;
    if (best && best->instructions <= instructions) continue;
    const std::int32_t* words = &constants.front().bias;
    best = Requantization{4, params.form, {words, words + 4 * channels}, instructions};
  }
  return best;
}

/// Fitted on counts of kernel_device_test.
double instructions_of(const DepthwiseConv2dLanesS8Params& p, double runs, double output, bool has_long_products) {
  const lanes::Plane plane = lanes::plane_of(p);
  const double words = plane.work(plane.chunk_rows), copied = static_cast<double>(plane.height) * plane.pitch;
  const double word = has_long_products ? 15 + 4 * runs : 32 + 4 * runs;
  const double jobs = plane.height * plane.stride * (has_long_products ? 12.0 : 16.0);
  const double outputs = 2.0 * plane.rows * plane.words;
  return 10 * copied + p.batches * p.channels * (400 + jobs + 6.5 * copied + word * words + output * outputs);
}

}  // namespace

std::vector<Candidate> depthwise_conv2d_lanes_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<kernels::DepthwiseConv2dS8Params>();
  if (!lanes::applies(base)) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const lanes::Layer layer{source->weights.data(), source->bias_or_null(), source->multipliers.data(),
                           source->shifts.data()};
  const DepthwiseConv2dLanesS8Params first = lanes::params_of(base, 0, 0);
  const std::optional<Requantization> requantization =
      call.has_long_products() ? fit_products64(layer, first) : fit_products32(layer, first);
  if (!requantization) return {};
  std::vector<Candidate> candidates;
  for (const std::int32_t down : {0, 1}) {
    for (const std::int32_t along : {0, 1}) {
      DepthwiseConv2dLanesS8Params params = lanes::params_of(base, down, along);
      params.channel_words = requantization->channel_words, params.form = requantization->form;
      std::vector<std::int8_t> packed(static_cast<std::size_t>(12 * params.channels));
      double runs = 0;
      if (!lanes::pack_weights(params, source->weights.data(), packed.data(), runs)) return {};
      const double output = requantization->instructions;
      const bool has_long_products = call.has_long_products();
      candidates.push_back(layer_candidate<DepthwiseConv2dLanesS8>(
          params,
          fmt::format("plane of {}, {} share words, {:.1f} runs of taps", down != 0 ? "columns" : "rows",
                      along != 0 ? "halves of a row" : "upper and lower half", runs),
          packed, requantization->constants, instructions_of(params, runs, output, has_long_products)));
      candidates.back().instructions_of = [=](std::span<const program::Parameter> parameters) {
        return instructions_of(ops::detail::to_params<DepthwiseConv2dLanesS8Params>(parameters), runs, output,
                               has_long_products);
      };
    }
  }
  return candidates;
}

}  // namespace pudu::prepare
