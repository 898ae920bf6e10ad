// Calls of kernels that are prepared for MVE. Elsewhere their portable code runs, and gives the same.
#include "kernels/add_mve/add_mve_s8.hpp"
#include "kernels/conv2d_mve/prepare.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "kernels/linear_mve/prepare.hpp"
#include "kernels/testing/prepared.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {
namespace {

MaybeCall depthwise_mve_call(const WindowShape& s, const PreparedChannels& channels, std::int32_t down,
                             Random& random) {
  DepthwiseConv2dS8Params base{};
  set_window(base, s);
  if (base.output_h == 0 || base.output_w == 0) return std::nullopt;
  base.input_channels = base.output_channels = s.in, base.depth_multiplier = 1;
  base.dilation_h = s.dh, base.dilation_w = s.dw;
  set_requantization(base, channels, random);
  if (!depthwise_conv2d_mve::applies(base)) return std::nullopt;
  const std::vector<std::int8_t> weights = random.codes(elements({s.kh, s.kw, s.in}));
  DepthwiseConv2dS8Operands constant{};
  constant.weights = weights.data(), constant.bias = channels.bias.data();
  constant.multipliers = channels.multipliers.data(), constant.shifts = channels.shifts.data();
  const DepthwiseConv2dMveS8Params p = depthwise_conv2d_mve::params_of(base, down);
  std::vector<std::int32_t> words(static_cast<std::size_t>(4 * s.in));
  if (!depthwise_conv2d_mve::has_small_distances(p) ||
      !depthwise_conv2d_mve::pack_constants(p, constant, words.data()) ||
      DepthwiseConv2dMveS8::scratch_bytes(p, Isa::Mve) > kernel_runner::scratch_bytes) {
    return std::nullopt;
  }
  std::vector<std::int8_t> packed(depthwise_conv2d_mve::packed_weight_bytes(p));
  depthwise_conv2d_mve::pack_weights(p, weights.data(), packed.data());
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.in});
  const DepthwiseConv2dMveS8Operands operands{call.codes(elements({s.batches, s.h, s.w, s.in})),
                                              call.codes(std::move(packed)), call.numbers(words), call.output(),
                                              call.scratch()};
  return call.finish<DepthwiseConv2dMveS8>(KernelId::DepthwiseConv2dMve, p, operands, outputs,
                                           outputs * elements({s.kh, s.kw}));
}

MaybeCall conv2d_mve_call(const WindowShape& s, const PreparedChannels& channels, Conv2dSharing sharing,
                          Random& random) {
  Conv2dS8Params base{};
  set_window(base, s);
  if (base.output_h == 0 || base.output_w == 0) return std::nullopt;
  base.input_channels = s.in, base.output_channels = s.out, base.groups = s.groups;
  base.dilation_h = s.dh, base.dilation_w = s.dw;
  set_requantization(base, channels, random);
  if (!conv2d_mve::applies(base) || !conv2d_mve::may_share(base, sharing)) return std::nullopt;
  const std::int32_t taps = s.kh * s.kw * s.in;
  const std::vector<std::int8_t> weights = random.codes(elements({s.out, taps}));
  Conv2dS8Operands constant{};
  constant.weights = weights.data(), constant.bias = channels.bias.data();
  constant.multipliers = channels.multipliers.data(), constant.shifts = channels.shifts.data();
  const Conv2dMveS8Params p = conv2d_mve::params_of(base, sharing);
  std::vector<std::int32_t> words(conv2d_mve::constant_words(p));
  if (!conv2d_mve::pack_constants(p, constant, words.data()) ||
      Conv2dMveS8::scratch_bytes(p, Isa::Mve) > kernel_runner::scratch_bytes) {
    return std::nullopt;
  }
  std::vector<std::int8_t> packed(conv2d_mve::packed_weight_bytes(p));
  conv2d_mve::pack_weights(p, weights.data(), packed.data());
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.out});
  const std::size_t inputs = elements({s.batches, s.h, s.w, s.in});
  // Where windows are read in place, their loads are words.
  const std::int8_t* input = Conv2dMveS8::reads_in_place(p) ? call.aligned(random.codes(inputs)) : call.codes(inputs);
  const Conv2dMveS8Operands operands{input, call.codes(std::move(packed)), call.numbers(words), call.output(),
                                     call.scratch()};
  return call.finish<Conv2dMveS8>(KernelId::Conv2dMve, p, operands, outputs, outputs * static_cast<std::size_t>(taps));
}

MaybeCall linear_mve_call(std::int32_t batches, std::int32_t in, std::int32_t out, const PreparedChannels& channels,
                          Random& random) {
  const std::int32_t input_offset = -random.zero_point();
  const LinearMveS8Params p{batches, in, out, channels.output_offset, channels.activation_min, channels.activation_max};
  const std::vector<std::int8_t> weights = random.codes(elements({out, in}));
  LinearS8Operands constant{};
  constant.weights = weights.data(), constant.bias = channels.bias.data();
  constant.multipliers = channels.multipliers.data(), constant.shifts = channels.shifts.data();
  std::vector<std::int32_t> words(linear_mve::constant_words(p));
  if (!linear_mve::pack_constants(p, input_offset, constant, words.data())) return std::nullopt;
  std::vector<std::int8_t> packed(linear_mve::packed_weight_bytes(p));
  linear_mve::pack_weights(p, weights.data(), packed.data());
  CallBuilder call(random);
  const LinearMveS8Operands operands{call.codes(elements({batches, in})), call.codes(std::move(packed)),
                                     call.numbers(words), call.output()};
  return call.finish<LinearMveS8>(KernelId::LinearMve, p, operands, elements({batches, out}),
                                  elements({batches, in, out}));
}

/// Any plane whose sums fit 32 bits.
MaybeCall add_mve_call(std::int32_t count, std::int32_t shift, Random& random) {
  const std::int32_t largest = (1 << shift) / 2;
  const AddMveS8Params p{count, random.between(-largest, largest), random.between(-largest, largest),
                         random.between(-128 * largest, 127 * largest), shift};
  CallBuilder call(random);
  const std::size_t elements_of_call = elements({count});
  const AddMveS8Operands operands{call.codes(elements_of_call), call.codes(elements_of_call), call.output()};
  return call.finish<AddMveS8>(KernelId::AddMve, p, operands, elements_of_call, elements_of_call);
}

/// With or without a fused ReLU, as networks have them.
PreparedChannels measured_channels(Random& random, std::int32_t channels, std::int32_t taps, bool has_relu) {
  PreparedChannels result = random_prepared_channels(random, channels, taps);
  for (std::size_t c = 0; c < result.bias.size(); ++c) {
    result.bias[c] = random.between(-2000, 2000);
    result.multipliers[c] = random.between(1 << 30, INT32_MAX);
    result.shifts[c] = std::clamp(result.shifts[c], -9, -7);
  }
  result.output_offset = has_relu ? -128 : 5;
  result.activation_min = -128, result.activation_max = 127;
  return result;
}

WindowShape same_3x3(WindowShape s) {
  s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
  return s;
}

}  // namespace

MaybeCall random_depthwise_mve(Random& random) {
  WindowShape s = random_window(random);
  s.kh = s.kw = random.one_in(3) ? 5 : 3, s.dh = s.dw = 1;
  s.sh = s.sw = random.between(1, 2);
  s.in = random.between(8, 40);
  return depthwise_mve_call(s, random_prepared_channels(random, s.in, s.kh * s.kw), random.between(0, 1), random);
}

MaybeCall random_depthwise_mve_joined(Random& random) {
  WindowShape s{.w = random.between(1, 15), .kh = 3, .kw = 3};
  s.batches = random.one_in(4) ? 2 : 1;
  s.in = random.between(8, 40);
  s.left = s.right = 1;
  // Parts of an image have rows of padding at neither side, at one or at both.
  s.top = random.between(0, 2), s.bottom = random.between(0, 2);
  s.h = 2 * random.between(2, 6) + 2 - s.top - s.bottom;
  DepthwiseConv2dS8Params shape{};
  set_window(shape, s);
  shape.input_channels = s.in;
  if (!DepthwiseConv2dMveS8::joins_rows(depthwise_conv2d_mve::params_of(shape, 0))) return std::nullopt;
  return depthwise_mve_call(s, random_prepared_channels(random, s.in, s.kh * s.kw), 0, random);
}

MaybeCall random_add_mve(Random& random) {
  return add_mve_call(random.between(1, 300), add_dsp::shifts[random.between(0, 3)], random);
}

MaybeCall random_linear_mve(Random& random) {
  const std::int32_t in = random.between(1, 200), out = random.between(4, 40);
  return linear_mve_call(random.between(1, 3), in, out, random_prepared_channels(random, out, in), random);
}

MaybeCall random_conv2d_mve(Random& random) {
  WindowShape s = random_window(random);
  s.dh = s.dw = 1;
  const auto sharing = static_cast<Conv2dSharing>(random.between(0, 2));
  if (random.one_in(3)) s.kh = s.kw = 1;
  if (random.one_in(3)) s.sh = s.sw = 1;
  s.in = random.one_in(3) ? 8 * random.between(1, 8) : random.between(1, 40);
  if (random.one_in(16)) s.h = s.w = 5, s.in = random.between(100, 300);
  if (sharing == Conv2dSharing::Columns) s.kw = 3, s.sw = random.between(1, 2);
  if (sharing == Conv2dSharing::Rows) {
    const std::int32_t shape = random.between(0, 3);
    s.kh = shape == 3 ? 10 : (shape == 2 ? 5 : 3), s.kw = shape == 3 ? 4 : s.kh, s.in = shape == 1 ? 3 : 1;
    s.h = random.between(s.kh, random.one_in(8) ? 90 : 25), s.w = random.between(s.kw, 12);
    s.sh = random.between(1, 2);
  }
  s.out = random.between(2, random.one_in(3) ? 33 : 9);
  return conv2d_mve_call(s, random_prepared_channels(random, s.out, s.kh * s.kw * s.in), sharing, random);
}

std::vector<DeviceCall> mve_benchmark_calls() {
  constexpr const char* sharing_names[] = {"", ", columns", ", rows"};
  Random random(1);
  std::vector<DeviceCall> calls;
  const auto depthwise = [&](const std::string& name, const WindowShape& s) {
    for (const bool has_relu : {true, false}) {
      for (const std::int32_t down : {0, 1}) {
        MaybeCall call = depthwise_mve_call(s, measured_channels(random, s.in, s.kh * s.kw, has_relu), down, random);
        call.value().description = name + (has_relu ? " ReLU" : " plain") + (down != 0 ? ", down" : "");
        calls.push_back(std::move(*call));
      }
    }
  };
  const auto convolution = [&](const std::string& name, const WindowShape& s) {
    for (const auto sharing : {Conv2dSharing::None, Conv2dSharing::Columns, Conv2dSharing::Rows}) {
      for (const bool has_relu : {true, false}) {
        const PreparedChannels channels = measured_channels(random, s.out, s.kh * s.kw * s.in, has_relu);
        MaybeCall call = conv2d_mve_call(s, channels, sharing, random);
        if (!call) continue;
        call->description = name + (has_relu ? " ReLU" : " plain") + sharing_names[static_cast<std::size_t>(sharing)];
        calls.push_back(std::move(*call));
      }
    }
  };
  convolution("conv2d 1x1 24x24 16>32", {.h = 24, .w = 24, .in = 16, .out = 32});
  convolution("conv2d 1x1 12x12 64>64", {.h = 12, .w = 12, .in = 64, .out = 64});
  convolution("conv2d 1x1 6x6 128>128", {.h = 6, .w = 6, .in = 128, .out = 128});
  convolution("conv2d 1x1 24x48 8>16", {.h = 24, .w = 48, .in = 8, .out = 16});
  convolution("conv2d 3x3 32x32 16>16", same_3x3({.h = 32, .w = 32, .in = 16, .out = 16}));
  convolution("conv2d 3x3 8x8 64>64", same_3x3({.h = 8, .w = 8, .in = 64, .out = 64}));
  convolution("conv2d 3x3/2 96x96 3>8", same_3x3({.h = 96, .w = 96, .in = 3, .out = 8, .sh = 2, .sw = 2}));
  convolution("conv2d 3x3 16x16 32>32", same_3x3({.h = 16, .w = 16, .in = 32, .out = 32}));
  convolution("conv2d 3x3/2 32x32 16>32", same_3x3({.h = 32, .w = 32, .in = 16, .out = 32, .sh = 2, .sw = 2}));
  convolution("conv2d 3x3 32x32 3>16", same_3x3({.h = 32, .w = 32, .in = 3, .out = 16}));
  convolution("conv2d 1x1/2 32x32 16>32", {.h = 32, .w = 32, .in = 16, .out = 32, .sh = 2, .sw = 2});
  convolution("conv2d 1x1 1x125 64>64", {.h = 1, .w = 125, .in = 64, .out = 64});
  convolution("conv2d 1x1 1x24 64>64, one row", {.h = 1, .w = 24, .in = 64, .out = 64});
  WindowShape first{.h = 49, .w = 10, .in = 1, .out = 64, .kh = 10, .kw = 4, .sh = 2, .sw = 2};
  first.top = 4, first.left = 1, first.bottom = 5, first.right = 1;
  convolution("conv2d 10x4/2 49x10 1>64", first);
  WindowShape row = same_3x3({.h = 3, .w = 24, .in = 16, .out = 16});
  row.top = row.bottom = 0;
  convolution("conv2d 3x3 3x24 16>16, one row", row);
  calls.push_back(add_mve_call(16384, 20, random).value());
  calls.back().description = "add 16384";
  for (const std::int32_t in : {128, 640}) {
    calls.push_back(linear_mve_call(1, in, 128, measured_channels(random, 128, in, true), random).value());
    calls.back().description = "linear " + std::to_string(in) + ">128";
  }
  depthwise("depthwise 3x3 24x24x32", same_3x3({.h = 24, .w = 24, .in = 32}));
  depthwise("depthwise 3x3 25x5x64", same_3x3({.h = 25, .w = 5, .in = 64}));
  depthwise("depthwise 3x3 4x5x64, rows joined", same_3x3({.h = 4, .w = 5, .in = 64}));
  depthwise("depthwise 3x3 6x6x128", same_3x3({.h = 6, .w = 6, .in = 128}));
  depthwise("depthwise 3x3 3x24x32, one row", [] {
    WindowShape s = same_3x3({.h = 3, .w = 24, .in = 32});
    s.top = s.bottom = 0;
    return s;
  }());
  depthwise("depthwise 3x3/2 48x48x16", same_3x3({.h = 48, .w = 48, .in = 16, .sh = 2, .sw = 2}));
  for (const std::int32_t stride : {1, 2}) {
    WindowShape s{.h = 14, .w = 14, .in = 64, .kh = 5, .kw = 5, .sh = stride, .sw = stride};
    s.top = s.left = s.bottom = s.right = 2;
    depthwise(stride == 1 ? "depthwise 5x5 14x14x64" : "depthwise 5x5/2 14x14x64", s);
  }
  return calls;
}

}  // namespace pudu::testing
