// conv2d_s8 as conv2d_lanes_s8: streams that are ready, or records with strips as long as some scratch allows.
#include <fmt/format.h>

#include <algorithm>

#include "kernels/conv2d_lanes/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/pieces.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::Conv2dLanesS8;
using kernels::Conv2dLanesS8Params;
using kernels::conv2d_lanes::PreparedChannel;
using kernels::conv2d_lanes::Step;

/// Blocks of which a strip takes about `bytes`; a longer one makes streams less often, and scratch is RAM.
std::int32_t strip_blocks(const Conv2dLanesS8Params& p, Optimize optimize) {
  const std::int32_t bytes = optimize == Optimize::Size ? 4096 : 20480;
  const std::int32_t block_bytes = static_cast<std::int32_t>(Conv2dLanesS8::block_bytes(p));
  const std::int32_t blocks = (Conv2dLanesS8::positions(p) + 7) / 8;
  return std::clamp(bytes / block_bytes, 1, std::min(blocks, 6));
}

/// Of the end of a channel's block: folding, both halves of the sums, eight outputs of which some saturate.
double step_instructions(Step step) {
  switch (step) {
    case Step::Medium:
      return 125;
    case Step::Narrow:
      return 130;
    case Step::Wide:
      return 145;
    case Step::NarrowTwoSided:
      return 165;
    case Step::WideTwoSided:
      return 190;
    default:
      return 650;
  }
}

/// Of the layer's weights, whatever the image.
struct ChannelSums {
  double instructions = 0;  ///< of eight positions
  double runs = 0;
};

ChannelSums sums_of(const std::vector<PreparedChannel>& channels) {
  ChannelSums sums;
  for (const PreparedChannel& channel : channels) {
    for (const std::uint8_t length : channel.runs) sums.instructions += kernels::conv2d_lanes::run_cost(length);
    sums.runs += static_cast<double>(channel.runs.size());
    sums.instructions += step_instructions(channel.fitted.step);
  }
  return sums;
}

/// Fitted on counts of kernel_device_test.
double instructions_of(const Conv2dLanesS8Params& p, const ChannelSums& channels) {
  const double taps = Conv2dLanesS8::taps(p), blocks = pieces_of(Conv2dLanesS8::positions(p), 8);
  const double gather = (p.input_channels % 4 == 0 ? 32 : 45) * taps + 300 + 40 * p.kernel_h;
  const double strips = blocks / p.strip_blocks;
  const double records = p.ready_streams != 0 ? 0 : strips * (4 * taps * p.output_channels + 25 * channels.runs);
  const double calls = p.ready_streams != 0 ? blocks * 100 : (strips * 200 + blocks * 12) * p.output_channels;
  return p.batches * (blocks * (channels.instructions + gather) + records + calls);
}

Candidate candidate_of(const Conv2dLanesS8Params& p, const std::vector<PreparedChannel>& channels,
                       const std::vector<std::uint8_t>& weights) {
  const ChannelSums sums = sums_of(channels);
  const double taps = static_cast<double>(Conv2dLanesS8::taps(p)) * p.output_channels;
  Candidate candidate;
  candidate.kernel = Conv2dLanesS8::name;
  candidate.description = fmt::format("two positions a word, {}, {:.1f} weights a run",
                                      p.ready_streams != 0 ? "ready streams" : "int8 weights", taps / sums.runs);
  candidate.parameters = ops::to_parameters(p);
  candidate.constants = {prepared_constant<std::uint8_t>("weights", weights)};
  candidate.cost = {instructions_of(p, sums), weights.size()};
  candidate.instructions_of = [sums](std::span<const program::Parameter> parameters) {
    return instructions_of(ops::detail::to_params<Conv2dLanesS8Params>(parameters), sums);
  };
  return candidate;
}

}  // namespace

std::vector<Candidate> conv2d_lanes_candidates(const SourceCall& call, Optimize optimize) {
  const auto base = call.params<kernels::Conv2dS8Params>();
  if (!kernels::conv2d_lanes::applies(base)) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  const kernels::conv2d_lanes::Layer layer{source->weights.data(), source->bias_or_null(), source->multipliers.data(),
                                           source->shifts.data()};
  Conv2dLanesS8Params p = kernels::conv2d_lanes::params_of(base);
  const std::vector<PreparedChannel> channels = kernels::conv2d_lanes::prepare_channels(p, layer);
  std::vector<Candidate> candidates;
  candidates.push_back(candidate_of(p, channels, kernels::conv2d_lanes::make_streams(p, layer, channels)));
  const std::vector<std::uint8_t> records =
      kernels::conv2d_lanes::make_records(p, layer, channels, strip_blocks(p, optimize));
  candidates.push_back(candidate_of(p, channels, records));
  return candidates;
}

}  // namespace pudu::prepare
