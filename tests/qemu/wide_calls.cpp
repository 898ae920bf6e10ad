// Calls of the kernels of 16-bit codes.
#include "kernels/add_s16/add_s16.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "kernels/lut_s16/lut_s16.hpp"
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/mul_s16/mul_s16.hpp"
#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "qemu/layer_calls.hpp"

namespace pudu::testing {
namespace {

template <class Params>
void set_wide_range(Params& p, Random& random) {
  const Clamp clamp = random_wide_clamp(random);
  p.output_min = clamp.low, p.output_max = clamp.high;
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

MaybeCall average_pool_call(const WindowShape& s, Random& random) {
  return avg_pool_call<AvgPool2dS16>(KernelId::AvgPool2dWide, s, random, [&](AvgPool2dS16Params& p) {
    p.divisor_override = !measures && random.one_in(4) ? random.between(1, 500) : 0;
  });
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
  return random_conv2d_call<Conv2dS16>(KernelId::Conv2dWide, 70, random);
}
MaybeCall random_depthwise_wide(Random& random) {
  return random_depthwise_call<DepthwiseConv2dS16>(KernelId::DepthwiseConv2dWide, random);
}
MaybeCall random_linear_wide(Random& random) {
  return random_linear_call<LinearS16>(KernelId::LinearWide, random.one_in(3) ? 900 : 200, random);
}
MaybeCall random_conv2d_mixed(Random& random) {
  if (random.one_in(2)) return random_conv2d_call<Conv2dS16S8>(KernelId::Conv2dFromWide, 70, random);
  return random_conv2d_call<Conv2dS8S16>(KernelId::Conv2dToWide, 70, random);
}
MaybeCall random_depthwise_mixed(Random& random) {
  if (random.one_in(2)) return random_depthwise_call<DepthwiseConv2dS16S8>(KernelId::DepthwiseConv2dFromWide, random);
  return random_depthwise_call<DepthwiseConv2dS8S16>(KernelId::DepthwiseConv2dToWide, random);
}
MaybeCall random_linear_mixed(Random& random) {
  if (random.one_in(2)) return random_linear_call<LinearS16S8>(KernelId::LinearFromWide, 400, random);
  return random_linear_call<LinearS8S16>(KernelId::LinearToWide, 400, random);
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
  return max_pool_call<MaxPool2dS16>(KernelId::MaxPool2dWide, random_pool_window(random), random);
}
MaybeCall random_avg_pool_wide(Random& random) {
  return average_pool_call(random_pool_window(random), random);
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
  NamedCalls add;
  const auto conv2d = [&](const WindowShape& s) { return conv2d_call<Conv2dS16>(KernelId::Conv2dWide, s, random); };
  const auto depthwise = [&](const WindowShape& s) {
    return depthwise_call<DepthwiseConv2dS16>(KernelId::DepthwiseConv2dWide, s, 1, random);
  };
  const auto linear = [&](std::int32_t in, std::int32_t out) {
    return linear_call<LinearS16>(KernelId::LinearWide, 1, in, out, random);
  };
  add("conv2d_s16 1x1 24x24 16>16", conv2d({.h = 24, .w = 24, .in = 16, .out = 16}));
  add("conv2d_s16 1x1 12x12 64>64", conv2d({.h = 12, .w = 12, .in = 64, .out = 64}));
  add("conv2d_s16 1x1 6x6 128>128", conv2d({.h = 6, .w = 6, .in = 128, .out = 128}));
  add("conv2d_s16 1x1 6x6 320>64", conv2d({.h = 6, .w = 6, .in = 320, .out = 64}));
  add("conv2d_s16 3x3 24x24 16>16", conv2d(same_3x3({.h = 24, .w = 24, .in = 16, .out = 16})));
  add("conv2d_s16 3x3 8x8 64>64", conv2d(same_3x3({.h = 8, .w = 8, .in = 64, .out = 64})));
  add("conv2d_s16 3x3/2 64x64 3>8", conv2d(same_3x3({.h = 64, .w = 64, .in = 3, .out = 8, .sh = 2, .sw = 2})));
  add("depthwise_s16 3x3 16x16x32", depthwise(same_3x3({.h = 16, .w = 16, .in = 32})));
  add("depthwise_s16 3x3 6x6x128", depthwise(same_3x3({.h = 6, .w = 6, .in = 128})));
  add("depthwise_s16 3x3/2 32x32x16", depthwise(same_3x3({.h = 32, .w = 32, .in = 16, .sh = 2, .sw = 2})));
  add("linear_s16 128>128", linear(128, 128));
  add("linear_s16 64>10", linear(64, 10));
  const WindowShape pointwise{.h = 12, .w = 12, .in = 64, .out = 64};
  const WindowShape depthwise_3x3 = same_3x3({.h = 16, .w = 16, .in = 32});
  add("conv2d_s16_s8 1x1 12x12 64>64", conv2d_call<Conv2dS16S8>(KernelId::Conv2dFromWide, pointwise, random));
  add("conv2d_s8_s16 1x1 12x12 64>64", conv2d_call<Conv2dS8S16>(KernelId::Conv2dToWide, pointwise, random));
  add("depthwise_s16_s8 3x3 16x16x32",
      depthwise_call<DepthwiseConv2dS16S8>(KernelId::DepthwiseConv2dFromWide, depthwise_3x3, 1, random));
  add("depthwise_s8_s16 3x3 16x16x32",
      depthwise_call<DepthwiseConv2dS8S16>(KernelId::DepthwiseConv2dToWide, depthwise_3x3, 1, random));
  add("linear_s16_s8 128>128", linear_call<LinearS16S8>(KernelId::LinearFromWide, 1, 128, 128, random));
  add("linear_s8_s16 128>128", linear_call<LinearS8S16>(KernelId::LinearToWide, 1, 128, 128, random));
  add("add_s16 8192", add_call(64, 128, false, random));
  add("mul_s16 8192", mul_call(64, 128, false, random));
  add("lut_s16 8192", lut_call(8192, random));
  add("average pool_s16 8x8x64", average_pool_call({.h = 8, .w = 8, .in = 64, .kh = 8, .kw = 8}, random));
  add("max pool_s16 2x2 16x16x32",
      max_pool_call<MaxPool2dS16>(KernelId::MaxPool2dWide,
                                  {.h = 16, .w = 16, .in = 32, .kh = 2, .kw = 2, .sh = 2, .sw = 2}, random));
  add("requantize_s8_s16 8192", widen_call(8192, random));
  add("requantize_s16_s8 8192", narrow_call(8192, random));
  add("requantize_s16_s16 8192", rescale_call(8192, random));
  return add.take();
}

}  // namespace pudu::testing
