// Layers prepared for cores without the DSP extension: streams and records of convolutions
// (kernels/conv2d_lanes/stream.hpp), the nine taps and constants of depthwise layers.
#include <algorithm>
#include <cstring>

#include "host_kernels/unpack.hpp"
#include "kernels/conv2d_lanes/stream.hpp"

namespace pudu::host_kernels {
namespace {

using kernels::ChannelConstants;
using kernels::LanesForm;
using kernels::RequantizeForm;
using kernels::conv2d_lanes::Step;
namespace code = kernels::conv2d_lanes;

std::size_t size_of(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

/// What a channel's words say; gives the word behind them.
const std::int32_t* read_constants(Step step, std::int32_t bias, const std::int32_t* words, std::int32_t channel,
                                   ChannelScaling& scaling) {
  ChannelScaling::LanesChannel& lanes = scaling.lanes[size_of(channel)];
  lanes.form = code::form_of(step);
  if (lanes.form == LanesForm::General) {
    scaling.set_general(channel, words[0], words[1], words[2]);
  } else {
    lanes.constants = code::constants_at(step, words);
    lanes.constants.bias = bias;
  }
  return words + code::constant_words(step);
}

/// One channel's record; gives the next one.
const std::int32_t* read_record(const std::int32_t* record, std::int32_t channel, std::int8_t* weights,
                                ChannelScaling& scaling) {
  const auto step = static_cast<Step>(record[0] & 255);
  const std::int32_t* part = read_constants(step, record[1], record + 2, channel, scaling);
  for (std::int32_t fold = record[0] >> 8; fold > 0; --fold) {
    const std::int32_t count = *part & 0xffff, runs = *part >> 16;
    const auto* bytes = reinterpret_cast<const std::int8_t*>(++part);
    for (std::int32_t run = 0; run < runs; ++run, bytes += 1 + *bytes) {
      weights = std::copy(bytes + 1, bytes + 1 + *bytes, weights);
    }
    part += (count + runs + 3) / 4;
  }
  return part;
}

/// One channel's stream; gives the next one. The jumps say what comes next.
const std::int32_t* read_stream(const std::int32_t* words, std::int32_t channel, std::int8_t* weights,
                                ChannelScaling& scaling) {
  std::int32_t target = code::next_exit + 4 + *words++, bias = 0;
  const auto jump = [&](std::int32_t exit) { target = exit + 4 + *words++; };
  for (;;) {
    if (const std::int32_t length = code::run_length_at(target); target != code::fold_position && length > 0) {
      for (std::int32_t i = 0; i < length; ++i) *weights++ = static_cast<std::int8_t>(*words++);
      jump(code::run_exit(length));
      continue;
    }
    bias = words[1];
    target = code::chain_exit + 4 + words[2];
    words += 4;
    if (target == code::step_position(Step::Save)) {
      jump(code::save_exit);
    } else if (target == code::step_position(Step::Add)) {
      jump(code::add_exit);
    } else {
      break;
    }
  }
  if (target == code::step_position(Step::Merge)) {
    target = code::merge_exit + 4 + words[0];
    words += 2;
  }
  return read_constants(code::step_at(target), bias, words, channel, scaling);
}

}  // namespace

Unpacked unpack(const kernels::Conv2dLanesS8Params& p, const kernels::Conv2dLanesS8Operands& operands) {
  LayerConstants result{{}, ChannelScaling(ScalingForm::Lanes, p.output_channels)};
  set_output(p, result.scaling);
  const std::int32_t taps = kernels::Conv2dLanesS8::taps(p);
  result.weights.resize(size_of(p.output_channels) * size_of(taps));
  const auto* words = static_cast<const std::int32_t*>(__builtin_assume_aligned(operands.weights, 4));
  for (std::int32_t channel = 0; channel < p.output_channels; ++channel) {
    std::int8_t* weights = result.weights.data() + size_of(channel) * size_of(taps);
    words = p.ready_streams != 0 ? read_stream(words, channel, weights, result.scaling)
                                 : read_record(words, channel, weights, result.scaling);
  }
  return result;
}

Unpacked unpack(const kernels::DepthwiseConv2dLanesS8Params& p,
                const kernels::DepthwiseConv2dLanesS8Operands& operands) {
  const bool has_long_products = p.channel_words == 4;
  const auto form = static_cast<RequantizeForm>(p.form);
  ScalingForm kind = ScalingForm::Lanes;
  if (has_long_products) kind = form == RequantizeForm::General ? ScalingForm::General : ScalingForm::Folded;
  LayerConstants result{{}, ChannelScaling(kind, p.channels)};
  set_output(p, result.scaling);
  result.weights.resize(9 * size_of(p.channels));
  for (std::int32_t channel = 0; channel < p.channels; ++channel) {
    // In the order in which they are read: rows of the slide, at stride 2 the even columns first.
    for (std::int32_t i = 0; i < 9; ++i) {
      const std::int32_t across = i / 3, along = p.stride_h == 1 || i % 3 == 0 ? i % 3 : 3 - i % 3;
      const std::int32_t tap = p.slide_down != 0 ? 3 * along + across : 3 * across + along;
      result.weights[size_of(tap * p.channels + channel)] = operands.weights[12 * channel + i];
    }
    const std::int32_t* words = operands.constants + channel * p.channel_words;
    if (kind == ScalingForm::Folded) {
      const ChannelConstants constants{words[0], words[1], words[2], words[3]};
      result.scaling.set_folded(channel, constants.shift != 0 ? RequantizeForm::Rounded : form, constants);
      continue;
    }
    if (kind == ScalingForm::General) {
      result.scaling.set_general(channel, words[0], words[1], words[3]);
      continue;
    }
    ChannelScaling::LanesChannel& lanes = result.scaling.lanes[size_of(channel)];
    lanes.form = static_cast<LanesForm>(words[1] >> 24 & 3);
    if (lanes.form == LanesForm::General) {
      result.scaling.set_general(channel, words[0], words[2], words[3]);
      continue;
    }
    lanes.constants.bias = words[0];
    std::memcpy(&lanes.constants.range, words + 1, size_of(p.channel_words - 1) * 4);
    lanes.constants.range &= 0xFFFFFF;
  }
  return result;
}

}  // namespace pudu::host_kernels
