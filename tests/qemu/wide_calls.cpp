// Calls of the kernels of 16-bit codes.
#include "kernels/add_s16/add_s16.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/lut_s16/lut_s16.hpp"
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/mul_s16/mul_s16.hpp"
#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"
#include "kernels/testing/wide_layers.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {
namespace {

template <class Params>
void set_wide_range(Params& p, Random& random) {
  const Clamp clamp = random_wide_clamp(random);
  p.output_min = clamp.low, p.output_max = clamp.high;
}

/// Two of three layers are as nearly all real ones: right shifts and small biases; so are all that are measured.
ChannelParameters wide_channels_of(Random& random, std::int32_t channels, std::int32_t taps) {
  ChannelParameters result = random_wide_channels(random, channels, taps);
  if (!measures && random.one_in(3)) return result;
  for (std::int32_t& shift : result.shifts) shift = std::min(shift, -2);
  for (std::int32_t& bias : result.bias) bias = bias % (1 << 30);
  return result;
}

MaybeCall conv2d_call(const WindowShape& s, Random& random) {
  Conv2dS16Params p{};
  set_window(p, s);
  p.input_channels = s.in, p.output_channels = s.out, p.groups = s.groups;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  set_wide_range(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  CallBuilder call(random);
  const std::int32_t taps = s.kh * s.kw * s.in / s.groups;
  const ChannelParameters channels = wide_channels_of(random, s.out, taps);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.out});
  const Conv2dS16Operands operands{call.wide_codes(elements({s.batches, s.h, s.w, s.in})),
                                   call.codes(elements({s.out, taps})),
                                   random.one_in(8) ? nullptr : call.numbers(channels.bias),
                                   call.numbers(channels.multipliers),
                                   call.numbers(channels.shifts),
                                   call.wide_output(),
                                   call.scratch()};
  return call.finish<Conv2dS16>(KernelId::Conv2dWide, p, operands, 2 * outputs,
                                outputs * static_cast<std::size_t>(taps));
}

MaybeCall depthwise_call(const WindowShape& s, std::int32_t multiplier, Random& random) {
  DepthwiseConv2dS16Params p{};
  set_window(p, s);
  p.input_channels = s.in, p.output_channels = s.in * multiplier, p.depth_multiplier = multiplier;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  set_wide_range(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  CallBuilder call(random);
  const std::int32_t taps = s.kh * s.kw;
  const ChannelParameters channels = wide_channels_of(random, p.output_channels, taps);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, p.output_channels});
  const DepthwiseConv2dS16Operands operands{call.wide_codes(elements({s.batches, s.h, s.w, s.in})),
                                            call.codes(elements({p.output_channels, taps})),
                                            random.one_in(8) ? nullptr : call.numbers(channels.bias),
                                            call.numbers(channels.multipliers),
                                            call.numbers(channels.shifts),
                                            call.wide_output()};
  return call.finish<DepthwiseConv2dS16>(KernelId::DepthwiseConv2dWide, p, operands, 2 * outputs,
                                         outputs * static_cast<std::size_t>(taps));
}

MaybeCall linear_call(std::int32_t batches, std::int32_t in, std::int32_t out, Random& random) {
  LinearS16Params p{};
  p.batches = batches, p.input_features = in, p.output_features = out;
  set_wide_range(p, random);
  CallBuilder call(random);
  const ChannelParameters channels = wide_channels_of(random, out, in);
  const LinearS16Operands operands{call.wide_codes(elements({batches, in})),
                                   call.codes(elements({out, in})),
                                   random.one_in(8) ? nullptr : call.numbers(channels.bias),
                                   call.numbers(channels.multipliers),
                                   call.numbers(channels.shifts),
                                   call.wide_output()};
  return call.finish<LinearS16>(KernelId::LinearWide, p, operands, 2 * elements({batches, out}),
                                elements({batches, in, out}));
}

/// Shape of a binary operator of two dimensions; the second input may be one row, broadcast.
template <class Params>
std::size_t set_binary_shape(Params& p, std::int32_t rows, std::int32_t columns, bool is_broadcast) {
  p.rank = 2;
  p.output_shape[0] = rows, p.output_shape[1] = columns;
  p.input1_strides[0] = columns, p.input1_strides[1] = 1;
  p.input2_strides[0] = is_broadcast ? 0 : columns, p.input2_strides[1] = 1;
  return elements({is_broadcast ? 1 : rows, columns});
}

MaybeCall add_call(std::int32_t rows, std::int32_t columns, bool is_broadcast, Random& random) {
  AddS16Params p{};
  const std::size_t second = set_binary_shape(p, rows, columns, is_broadcast);
  const auto scale = [&random] { return 1e-4 * random.between(1, 400); };
  const numerics::AddScaling scaling = numerics::add_scaling(scale(), scale(), scale(), AddS16::left_shift);
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  set_wide_range(p, random);
  CallBuilder call(random);
  const std::size_t count = elements({rows, columns});
  const AddS16Operands operands{call.wide_codes(count), call.wide_codes(second), call.wide_output()};
  return call.finish<AddS16>(KernelId::AddWide, p, operands, 2 * count, count);
}

MaybeCall mul_call(std::int32_t rows, std::int32_t columns, bool is_broadcast, Random& random) {
  MulS16Params p{};
  const std::size_t second = set_binary_shape(p, rows, columns, is_broadcast);
  p.output_multiplier = random.multiplier(), p.output_shift = random.between(-18, measures ? -10 : 1);
  set_wide_range(p, random);
  CallBuilder call(random);
  const std::size_t count = elements({rows, columns});
  const MulS16Operands operands{call.wide_codes(count), call.wide_codes(second), call.wide_output()};
  return call.finish<MulS16>(KernelId::MulWide, p, operands, 2 * count, count);
}

MaybeCall lut_call(std::int32_t count, Random& random) {
  CallBuilder call(random);
  const std::size_t codes = elements({count});
  const LutS16Operands operands{call.wide_codes(codes), call.wide_codes(elements({LutS16::table_entries})),
                                call.wide_output()};
  return call.finish<LutS16>(KernelId::LutWide, {count}, operands, 2 * codes, codes);
}

MaybeCall max_pool_call(const WindowShape& s, Random& random) {
  MaxPool2dS16Params p{};
  set_window(p, s);
  p.channels = s.in;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  set_wide_range(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.in});
  const MaxPool2dS16Operands operands{call.wide_codes(elements({s.batches, s.h, s.w, s.in})), call.wide_output()};
  return call.finish<MaxPool2dS16>(KernelId::MaxPool2dWide, p, operands, 2 * outputs, outputs * elements({s.kh, s.kw}));
}

MaybeCall avg_pool_call(WindowShape s, Random& random) {
  AvgPool2dS16Params p{};
  s.dh = s.dw = 1;
  set_window(p, s);
  p.channels = s.in;
  p.pad_bottom = s.bottom, p.pad_right = s.right;
  p.count_include_pad = random.between(0, 1);
  p.divisor_override = !measures && random.one_in(4) ? random.between(1, 500) : 0;
  set_wide_range(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.in});
  const AvgPool2dS16Operands operands{call.wide_codes(elements({s.batches, s.h, s.w, s.in})), call.wide_output()};
  return call.finish<AvgPool2dS16>(KernelId::AvgPool2dWide, p, operands, 2 * outputs, outputs * elements({s.kh, s.kw}));
}

MaybeCall widen_call(std::int32_t count, Random& random) {
  RequantizeS8S16Params p{count, -random.zero_point(), random.multiplier(), random.between(-20, 10)};
  if (random.one_in(2)) p.multiplier = 1 << 30, p.shift = 1;
  CallBuilder call(random);
  const RequantizeS8S16Operands operands{call.codes(elements({count})), call.wide_output()};
  return call.finish<RequantizeS8S16>(KernelId::RequantizeToWide, p, operands, 2 * elements({count}),
                                      elements({count}));
}

MaybeCall narrow_call(std::int32_t count, Random& random) {
  const RequantizeS16S8Params p{count, random.zero_point(), random.multiplier(), random.between(-14, 2)};
  CallBuilder call(random);
  const RequantizeS16S8Operands operands{call.wide_codes(elements({count})), call.output()};
  return call.finish<RequantizeS16S8>(KernelId::RequantizeFromWide, p, operands, elements({count}), elements({count}));
}

MaybeCall rescale_call(std::int32_t count, Random& random) {
  const RequantizeS16S16Params p{count, random.multiplier(), random.between(-14, 4)};
  CallBuilder call(random);
  const RequantizeS16S16Operands operands{call.wide_codes(elements({count})), call.wide_output()};
  return call.finish<RequantizeS16S16>(KernelId::RequantizeWide, p, operands, 2 * elements({count}), elements({count}));
}

}  // namespace

MaybeCall random_conv2d_wide(Random& random) {
  WindowShape s = random_window(random);
  if (grid_point == nullptr && random.one_in(3)) s.kh = s.kw = 1;
  if (grid_point == nullptr && random.one_in(4)) s.kh = 1;
  s.groups = random.one_in(4) ? random.between(2, 4) : 1;
  s.in = s.groups * random.between(1, random.one_in(3) ? 70 : 9);
  s.out = s.groups * random.between(1, random.one_in(3) ? 33 : 9);
  return conv2d_call(s, random);
}
MaybeCall random_depthwise_wide(Random& random) {
  WindowShape s = random_window(random);
  s.in = random.between(1, 40);
  if (grid_point == nullptr && random.one_in(8)) s.h = s.w = s.kh = 17, s.kw = random.between(14, 17), s.dh = s.dw = 1;
  return depthwise_call(s, random.one_in(4) ? random.between(2, 9) : 1, random);
}
MaybeCall random_linear_wide(Random& random) {
  return linear_call(random.one_in(3) ? random.between(2, 5) : 1, random.between(1, random.one_in(3) ? 900 : 200),
                     random.between(1, 40), random);
}
MaybeCall random_add_wide(Random& random) {
  return add_call(random.between(1, 9), random.between(1, 70), random.one_in(3), random);
}
MaybeCall random_mul_wide(Random& random) {
  return mul_call(random.between(1, 9), random.between(1, 70), random.one_in(3), random);
}
MaybeCall random_lut_wide(Random& random) {
  return lut_call(random.between(1, 300), random);
}
MaybeCall random_max_pool_wide(Random& random) {
  WindowShape s = random_window(random);
  s.in = random.between(1, 40);
  return max_pool_call(s, random);
}
MaybeCall random_avg_pool_wide(Random& random) {
  WindowShape s = random_window(random);
  s.in = random.between(1, 40);
  return avg_pool_call(s, random);
}
MaybeCall random_requantize_wide(Random& random) {
  const std::int32_t count = random.between(1, 300);
  if (random.one_in(3)) return widen_call(count, random);
  return random.one_in(2) ? narrow_call(count, random) : rescale_call(count, random);
}

/// A transpose or a slice that may run backwards.
MaybeCall random_slice_wide(Random& random) {
  StridedSliceS16Params p{};
  p.rank = 3;
  std::int32_t low = 0, high = 0;
  for (std::int32_t dim = 0; dim < p.rank; ++dim) {
    p.output_shape[dim] = random.between(1, 9);
    p.input_strides[dim] = random.between(-20, 20);
    const std::int32_t reach = (p.output_shape[dim] - 1) * p.input_strides[dim];
    (reach < 0 ? low : high) += reach;
  }
  p.input_start_offset = -low;
  CallBuilder call(random);
  const std::size_t outputs = elements({p.output_shape[0], p.output_shape[1], p.output_shape[2]});
  const StridedSliceS16Operands operands{call.wide_codes(elements({high - low + 1})), call.wide_output()};
  return call.finish<StridedSliceS16>(KernelId::StridedSliceWide, p, operands, 2 * outputs, outputs);
}

std::vector<DeviceCall> wide_benchmark_calls() {
  Random random(1);
  measures = true;
  std::vector<DeviceCall> calls;
  const auto add = [&calls](const char* name, MaybeCall call) {
    call.value().description = name;
    calls.push_back(std::move(*call));
  };
  const auto same = [](WindowShape s) {
    s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
    return s;
  };
  add("conv2d_s16 1x1 24x24 16>16", conv2d_call({.h = 24, .w = 24, .in = 16, .out = 16}, random));
  add("conv2d_s16 1x1 12x12 64>64", conv2d_call({.h = 12, .w = 12, .in = 64, .out = 64}, random));
  add("conv2d_s16 1x1 6x6 128>128", conv2d_call({.h = 6, .w = 6, .in = 128, .out = 128}, random));
  add("conv2d_s16 1x1 6x6 320>64", conv2d_call({.h = 6, .w = 6, .in = 320, .out = 64}, random));
  add("conv2d_s16 3x3 24x24 16>16", conv2d_call(same({.h = 24, .w = 24, .in = 16, .out = 16}), random));
  add("conv2d_s16 3x3 8x8 64>64", conv2d_call(same({.h = 8, .w = 8, .in = 64, .out = 64}), random));
  add("conv2d_s16 3x3/2 64x64 3>8", conv2d_call(same({.h = 64, .w = 64, .in = 3, .out = 8, .sh = 2, .sw = 2}), random));
  add("depthwise_s16 3x3 16x16x32", depthwise_call(same({.h = 16, .w = 16, .in = 32}), 1, random));
  add("depthwise_s16 3x3 6x6x128", depthwise_call(same({.h = 6, .w = 6, .in = 128}), 1, random));
  add("depthwise_s16 3x3/2 32x32x16", depthwise_call(same({.h = 32, .w = 32, .in = 16, .sh = 2, .sw = 2}), 1, random));
  add("linear_s16 128>128", linear_call(1, 128, 128, random));
  add("linear_s16 64>10", linear_call(1, 64, 10, random));
  add("add_s16 8192", add_call(64, 128, false, random));
  add("mul_s16 8192", mul_call(64, 128, false, random));
  add("lut_s16 8192", lut_call(8192, random));
  add("average pool_s16 8x8x64", avg_pool_call({.h = 8, .w = 8, .in = 64, .kh = 8, .kw = 8}, random));
  add("max pool_s16 2x2 16x16x32",
      max_pool_call({.h = 16, .w = 16, .in = 32, .kh = 2, .kw = 2, .sh = 2, .sw = 2}, random));
  add("requantize_s8_s16 8192", widen_call(8192, random));
  add("requantize_s16_s8 8192", narrow_call(8192, random));
  add("requantize_s16_s16 8192", rescale_call(8192, random));
  return calls;
}

}  // namespace pudu::testing
