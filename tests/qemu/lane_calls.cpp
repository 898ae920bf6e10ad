// Calls of kernels that are prepared for cores without DSP. Elsewhere their portable code runs, and gives the same.
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_lanes/prepare.hpp"
#include "kernels/linear_lanes/prepare.hpp"
#include "kernels/testing/prepared.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {
namespace {

/// Weights as networks have them: one of 127 a channel, or all of one small size.
std::vector<std::int8_t> lane_weights(Random& random, std::int32_t channels, std::int32_t taps, std::int32_t most) {
  std::vector<std::int8_t> weights = random.codes(elements({channels, taps}));
  for (std::int8_t& weight : weights) weight = static_cast<std::int8_t>(weight % (most + 1));
  return weights;
}

MaybeCall depthwise_lanes_call(const WindowShape& s, const PreparedChannels& channels,
                               const DepthwiseConv2dLanesS8Params& choice, LaneConstants kind, std::int32_t most,
                               Random& random) {
  namespace lanes = depthwise_conv2d_lanes;
  DepthwiseConv2dS8Params base{};
  set_window(base, s);
  if (base.output_h == 0 || base.output_w == 0) return std::nullopt;
  base.input_channels = base.output_channels = s.in, base.depth_multiplier = 1;
  base.dilation_h = base.dilation_w = 1;
  set_requantization(base, channels, random);
  if (!lanes::applies(base)) return std::nullopt;
  const std::vector<std::int8_t> weights = lane_weights(random, s.in, 9, most);
  const lanes::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(), channels.shifts.data()};
  DepthwiseConv2dLanesS8Params p = lanes::params_of(base, choice.slide_down, choice.lanes_along);
  p.form = choice.form;
  std::vector<std::int8_t> packed(elements({s.in, 12}));
  std::vector<std::int32_t> seven(elements({s.in, 7})), words(elements({s.in, 7}));
  double runs = 0;
  std::int32_t count = 0;
  if (!lanes::pack_weights(p, weights.data(), packed.data(), runs)) return std::nullopt;
  if (kind == LaneConstants::Products32) {
    if (!lanes::fit_lanes_constants(layer, p, seven.data(), count)) return std::nullopt;
    lanes::copy_constants(p, seven.data(), words.data());
  } else {
    std::vector<ChannelConstants> constants(elements({s.in}));
    if (!lanes::fit_form_constants(layer, p, constants.data(), count)) return std::nullopt;
    std::memcpy(words.data(), constants.data(), constants.size() * sizeof(ChannelConstants));
  }
  words.resize(elements({s.in, p.channel_words}));
  if (DepthwiseConv2dLanesS8::scratch_bytes(p, Isa::Scalar) > kernel_runner::scratch_bytes) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.in});
  const DepthwiseConv2dLanesS8Operands operands{call.codes(elements({s.batches, s.h, s.w, s.in})),
                                                call.codes(std::move(packed)), call.numbers(words), call.output(),
                                                call.scratch()};
  return call.finish<DepthwiseConv2dLanesS8>(KernelId::DepthwiseConv2dLanes, p, operands, outputs, outputs * 9);
}

MaybeCall linear_lanes_call(std::int32_t batches, std::int32_t in, std::int32_t out, const PreparedChannels& channels,
                            std::int32_t weight_bits, std::int32_t most, Random& random) {
  const LinearS8Params base{
      batches, in, out, -random.zero_point(), channels.output_offset, channels.activation_min, channels.activation_max};
  const std::vector<std::int8_t> weights = lane_weights(random, out, in, most);
  const linear_lanes::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                  channels.shifts.data(), base.input_offset};
  LinearLanesS8Params p = linear_lanes::params_of(base, weight_bits);
  std::vector<std::int32_t> constants(linear_lanes::most_constant_words(p));
  std::int32_t general = 0;
  if (!linear_lanes::fit_runs(p, weights.data(), constants.data())) return std::nullopt;
  if (!linear_lanes::fit_constants(layer, p, constants.data(), general)) return std::nullopt;
  if (LinearLanesS8::scratch_bytes(p, Isa::Scalar) > kernel_runner::scratch_bytes) return std::nullopt;
  constants.resize(linear_lanes::constant_words(p));
  std::vector<std::int32_t> packed(linear_lanes::packed_words(p));
  linear_lanes::pack_weights(p, weights.data(), packed.data());
  CallBuilder call(random);
  const LinearLanesS8Operands operands{call.codes(elements({batches, in})), call.numbers(packed),
                                       call.numbers(constants), call.output(), call.scratch()};
  return call.finish<LinearLanesS8>(KernelId::LinearLanes, p, operands, elements({batches, out}),
                                    elements({batches, in, out}));
}

PreparedChannels measured_channels(Random& random, std::int32_t channels, std::int32_t taps, std::int32_t shift) {
  PreparedChannels result = random_prepared_channels(random, channels, taps);
  for (std::size_t c = 0; c < result.bias.size(); ++c) {
    result.bias[c] = random.between(-2000, 2000);
    result.multipliers[c] = random.between(1 << 30, INT32_MAX);
    result.shifts[c] = shift;
  }
  result.output_offset = -128, result.activation_min = -128, result.activation_max = 127;
  return result;
}

WindowShape same_3x3(WindowShape s) {
  s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
  return s;
}

}  // namespace

MaybeCall random_depthwise_lanes(Random& random) {
  WindowShape s = random_window(random);
  s.kh = s.kw = 3, s.dh = s.dw = 1;
  s.sh = s.sw = random.between(1, 2);
  s.in = random.between(1, 20);
  DepthwiseConv2dLanesS8Params choice{};
  choice.slide_down = random.between(0, 1), choice.lanes_along = random.between(0, 1);
  choice.form =
      static_cast<std::int32_t>(all_forms[random.between(0, static_cast<std::int32_t>(std::size(all_forms)) - 1)]);
  const LaneConstants kind = random.one_in(3) ? LaneConstants::Products64 : LaneConstants::Products32;
  return depthwise_lanes_call(s, random_prepared_channels(random, s.in, 9), choice, kind, random.between(1, 127),
                              random);
}

MaybeCall random_linear_lanes(Random& random) {
  const std::int32_t in = random.between(1, 200), out = random.between(1, 40);
  PreparedChannels channels = random_prepared_channels(random, out, in);
  if (random.one_in(2)) {
    std::fill(channels.multipliers.begin(), channels.multipliers.end(), channels.multipliers[0]);
    std::fill(channels.shifts.begin(), channels.shifts.end(), channels.shifts[0]);
  }
  return linear_lanes_call(random.between(1, 3), in, out, channels, random.one_in(2) ? 8 : 16, random.between(1, 127),
                           random);
}

std::vector<DeviceCall> lane_benchmark_calls(LaneConstants kind) {
  Random random(1);
  std::vector<DeviceCall> calls;
  const auto depthwise = [&](const std::string& name, const WindowShape& s) {
    for (const std::int32_t shift : {-7, -9}) {
      for (const std::int32_t along : {0, 1}) {
        for (const std::int32_t down : {0, 1}) {
          DepthwiseConv2dLanesS8Params choice{};
          choice.slide_down = down, choice.lanes_along = along;
          choice.form = static_cast<std::int32_t>(RequantizeForm::Line11);
          MaybeCall call =
              depthwise_lanes_call(s, measured_channels(random, s.in, 9, shift), choice, kind, 127, random);
          call.value().description =
              name + " 2^" + std::to_string(shift) + (along != 0 ? " along" : " across") + (down != 0 ? " down" : "");
          calls.push_back(std::move(*call));
        }
      }
    }
  };
  for (const std::int32_t bits : {8, 16}) {
    for (const std::int32_t most : {12, 50}) {
      PreparedChannels channels = measured_channels(random, 128, 128, -9);
      std::fill(channels.multipliers.begin(), channels.multipliers.end(), channels.multipliers[0]);
      calls.push_back(linear_lanes_call(1, 128, 128, channels, bits, most, random).value());
      calls.back().description =
          "linear 128>128, " + std::to_string(bits / 8) + " bytes a weight, up to " + std::to_string(most);
    }
  }
  depthwise("depthwise 3x3 24x24x32", same_3x3({.h = 24, .w = 24, .in = 32}));
  depthwise("depthwise 3x3 25x5x64", same_3x3({.h = 25, .w = 5, .in = 64}));
  depthwise("depthwise 3x3 6x6x128", same_3x3({.h = 6, .w = 6, .in = 128}));
  depthwise("depthwise 3x3/2 48x48x16", same_3x3({.h = 48, .w = 48, .in = 16, .sh = 2, .sw = 2}));
  return calls;
}

}  // namespace pudu::testing
