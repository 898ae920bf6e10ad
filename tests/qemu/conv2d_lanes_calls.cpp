// Calls of convolutions that are prepared for cores without the DSP extension. Elsewhere their portable code runs, and
// gives the same.
#include "kernels/conv2d_lanes/prepare.hpp"
#include "kernels/testing/prepared.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {
namespace {

/// How a prepared convolution is made.
struct Preparation {
  std::int32_t strip_blocks = 0;  ///< of records; 0: ready streams
  std::int32_t weight_divisor = 1;
};

MaybeCall conv2d_lanes_call(const WindowShape& s, const PreparedChannels& channels, const Preparation& preparation,
                            Random& random) {
  Conv2dS8Params base{};
  set_window(base, s);
  if (base.output_h == 0 || base.output_w == 0) return std::nullopt;
  base.input_channels = s.in, base.output_channels = s.out, base.groups = 1;
  base.dilation_h = base.dilation_w = 1;
  set_requantization(base, channels, random);
  const std::int32_t taps = s.kh * s.kw * s.in;
  std::vector<std::int8_t> weights = random.codes(elements({s.out, taps}));
  for (std::int8_t& weight : weights) weight = static_cast<std::int8_t>(weight / preparation.weight_divisor);
  const conv2d_lanes::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                  channels.shifts.data()};
  Conv2dLanesS8Params p = conv2d_lanes::params_of(base);
  const auto prepared = conv2d_lanes::prepare_channels(p, layer);
  const std::vector<std::uint8_t> packed =
      preparation.strip_blocks > 0 ? conv2d_lanes::make_records(p, layer, prepared, preparation.strip_blocks)
                                   : conv2d_lanes::make_streams(p, layer, prepared);
  if (Conv2dLanesS8::scratch_bytes(p, Isa::Scalar) > kernel_runner::scratch_bytes) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.out});
  const Conv2dLanesS8Operands operands{call.aligned(random.codes(elements({s.batches, s.h, s.w, s.in}))),
                                       call.aligned(packed), call.output(), call.scratch()};
  return call.finish<Conv2dLanesS8>(KernelId::Conv2dLanes, p, operands, outputs,
                                    outputs * static_cast<std::size_t>(taps));
}

/// With or without a fused ReLU, as networks have them; about half of the outputs of a ReLU are zero.
PreparedChannels measured_channels(Random& random, std::int32_t channels, std::int32_t taps, bool has_relu) {
  PreparedChannels result = random_prepared_channels(random, channels, taps);
  for (std::size_t c = 0; c < result.bias.size(); ++c) {
    result.bias[c] = random.between(-2000, 2000);
    result.multipliers[c] = random.between(1 << 30, INT32_MAX);
    result.shifts[c] = taps > 200 ? -10 : (taps > 40 ? -9 : -8);
  }
  result.output_offset = has_relu ? -128 : 5;
  result.activation_min = -128, result.activation_max = 127;
  return result;
}

}  // namespace

MaybeCall random_conv2d_lanes(Random& random) {
  WindowShape s = random_window(random);
  s.dh = s.dw = 1;
  if (random.one_in(3)) s.kh = s.kw = 1;
  if (random.one_in(4)) s.sh = s.sw = 1;
  s.in = random.between(1, random.one_in(2) ? 33 : 9);
  if (random.one_in(16)) s.h = s.w = 3, s.in = random.between(34, 150);
  s.out = random.between(1, random.one_in(3) ? 33 : 9);
  Preparation preparation;
  preparation.weight_divisor = 1 << random.between(0, 7);
  preparation.strip_blocks = random.one_in(2) ? random.between(1, 6) : 0;
  return conv2d_lanes_call(s, random_prepared_channels(random, s.out, s.kh * s.kw * s.in), preparation, random);
}

std::vector<DeviceCall> conv2d_lanes_benchmark_calls() {
  Random random(1);
  std::vector<DeviceCall> calls;
  const auto convolution = [&](const std::string& name, const WindowShape& s) {
    const std::int32_t taps = s.kh * s.kw * s.in;
    for (const bool has_relu : {true, false}) {
      for (const std::int32_t strip_blocks : {0, std::clamp(8192 / (16 * taps), 1, 8)}) {
        // Codes of networks are 30 to 45 on average.
        MaybeCall call = conv2d_lanes_call(s, measured_channels(random, s.out, taps, has_relu),
                                           {.strip_blocks = strip_blocks, .weight_divisor = 2}, random);
        if (!call) continue;  // more than a request holds
        call->description = name + (has_relu ? " ReLU" : " plain") + (strip_blocks > 0 ? ", records" : "");
        calls.push_back(std::move(*call));
      }
    }
  };
  const auto same = [](WindowShape s) {
    s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
    return s;
  };
  convolution("conv2d 1x1 24x24 16>32", {.h = 24, .w = 24, .in = 16, .out = 32});
  convolution("conv2d 1x1 12x12 64>64", {.h = 12, .w = 12, .in = 64, .out = 64});
  convolution("conv2d 1x1 6x6 128>128", {.h = 6, .w = 6, .in = 128, .out = 128});
  convolution("conv2d 1x1 24x48 8>16", {.h = 24, .w = 48, .in = 8, .out = 16});
  convolution("conv2d 3x3 32x32 16>16", same({.h = 32, .w = 32, .in = 16, .out = 16}));
  convolution("conv2d 3x3 8x8 64>64", same({.h = 8, .w = 8, .in = 64, .out = 32}));
  convolution("conv2d 3x3/2 96x96 3>8", same({.h = 96, .w = 96, .in = 3, .out = 8, .sh = 2, .sw = 2}));
  convolution("conv2d 10x4/2 49x10 1>64", {.h = 49,
                                           .w = 10,
                                           .in = 1,
                                           .out = 64,
                                           .kh = 10,
                                           .kw = 4,
                                           .sh = 2,
                                           .sw = 2,
                                           .top = 4,
                                           .left = 1,
                                           .bottom = 5,
                                           .right = 1});
  return calls;
}

}  // namespace pudu::testing
