#include "qemu/kernel_calls.hpp"

#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "qemu/call_builder.hpp"
#include "qemu/kernel_runner/move_rows_call.hpp"
#include "qemu/layer_calls.hpp"

namespace pudu::testing {
namespace {

MaybeCall add_call(std::int32_t rows, std::int32_t columns, bool is_broadcast, Random& random) {
  AddS8Params p{};
  const std::size_t second = set_binary_shape(p, rows, columns, is_broadcast);
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  p.input1_multiplier = random.multiplier(), p.input1_shift = random.between(-6, 0);
  p.input2_multiplier = random.multiplier(), p.input2_shift = random.between(-6, 0);
  p.output_multiplier = random.multiplier(), p.output_shift = random.between(-20, -16);
  p.output_offset = random.zero_point();
  set_range(p, random);
  CallBuilder call(random);
  const std::size_t count = elements({rows, columns});
  const AddS8Operands operands{call.codes(count), call.codes(second), call.output()};
  return call.finish<AddS8>(KernelId::Add, p, operands, count, count);
}

MaybeCall mul_call(std::int32_t rows, std::int32_t columns, bool is_broadcast, Random& random) {
  MulS8Params p{};
  const std::size_t second = set_binary_shape(p, rows, columns, is_broadcast);
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  p.output_multiplier = random.multiplier(), p.output_shift = random.between(-9, 1);
  p.output_offset = random.zero_point();
  set_range(p, random);
  CallBuilder call(random);
  const std::size_t count = elements({rows, columns});
  const MulS8Operands operands{call.codes(count), call.codes(second), call.output()};
  return call.finish<MulS8>(KernelId::Mul, p, operands, count, count);
}

MaybeCall lut_call(std::int32_t count, Random& random) {
  const LutS8Params p{count};
  CallBuilder call(random);
  const LutS8Operands operands{call.codes(elements({count})), call.codes(256), call.output()};
  return call.finish<LutS8>(KernelId::Lut, p, operands, elements({count}), elements({count}));
}

MaybeCall average_pool_call(const WindowShape& s, Random& random) {
  return avg_pool_call<AvgPool2dS8>(KernelId::AvgPool2d, s, random,
                                    [&](AvgPool2dS8Params& p) { p.pad_value = random.zero_point(); });
}

MaybeCall softmax_call(std::int32_t rows, std::int32_t depth, double input_scale, Random& random) {
  const numerics::SoftmaxScaling scaling = numerics::softmax_scaling(input_scale);
  const SoftmaxS8Params p{rows, depth, scaling.multiplier, scaling.shift, scaling.diff_min};
  CallBuilder call(random);
  const std::size_t count = elements({rows, depth});
  const SoftmaxS8Operands operands{call.codes(count), call.output()};
  return call.finish<SoftmaxS8>(KernelId::Softmax, p, operands, count, count);
}

}  // namespace

MaybeCall random_conv2d(Random& random) {
  return random_conv2d_call<Conv2dS8>(KernelId::Conv2d, 33, random);
}
MaybeCall random_depthwise(Random& random) {
  return random_depthwise_call<DepthwiseConv2dS8>(KernelId::DepthwiseConv2d, random);
}
MaybeCall random_linear(Random& random) {
  return random_linear_call<LinearS8>(KernelId::Linear, 200, random);
}
MaybeCall random_add(Random& random) {
  return add_call(random.between(1, 9), random.between(1, 70), random.one_in(3), random);
}
MaybeCall random_mul(Random& random) {
  return mul_call(random.between(1, 9), random.between(1, 70), random.one_in(3), random);
}
MaybeCall random_lut(Random& random) {
  return lut_call(random.between(1, 300), random);
}
/// Now and then rows whose sum is large.
MaybeCall random_softmax(Random& random) {
  const bool is_long = random.one_in(6);
  return softmax_call(random.between(1, 3), is_long ? random.between(500, 1500) : random.between(1, 70),
                      0.0005 * random.between(1, is_long ? 4 : 600), random);
}
MaybeCall random_max_pool(Random& random) {
  return max_pool_call<MaxPool2dS8>(KernelId::MaxPool2d, random_pool_window(random), random);
}
MaybeCall random_row_sums(Random& random) {
  RowSumsS8Params p{random.between(1, 4), random.between(1, 9), random.between(1, 70), 1, random.between(0, 1)};
  p.columns = random.between(1, p.input_w);
  CallBuilder call(random);
  const RowSumsS8Operands operands{call.codes(elements({p.rows, p.input_w, p.channels})), call.words_output()};
  return call.finish<RowSumsS8>(KernelId::RowSums, p, operands, 4 * elements({p.channels}),
                                elements({p.rows, p.columns, p.channels}));
}

MaybeCall random_mean_of_sums(Random& random) {
  MeanOfSumsS8Params p{};
  p.channels = random.between(1, 70), p.taps = random.between(1, 400);
  p.divisor = random.one_in(3) ? random.between(1, 400) : p.taps;
  p.addend = (p.divisor - p.taps) * random.zero_point();
  set_range(p, random);
  std::vector<std::int32_t> sums;
  for (std::int32_t i = 0; i < p.channels; ++i) sums.push_back(random.between(-128, 127) * p.taps + i % 2);
  CallBuilder call(random);
  const MeanOfSumsS8Operands operands{call.numbers(sums), call.output()};
  return call.finish<MeanOfSumsS8>(KernelId::MeanOfSums, p, operands, elements({p.channels}), elements({p.channels}));
}

/// Of any alignment; every other one of words.
MaybeCall random_move_rows(Random& random) {
  const std::int32_t unit = random.one_in(2) ? 4 : 1;
  const MoveRowsParams p{unit * random.between(0, 100), unit * random.between(1, 40), random.between(0, 1)};
  CallBuilder call(random);
  const std::size_t bytes = elements({p.bytes + p.distance});
  std::int8_t* output = unit == 4 ? reinterpret_cast<std::int8_t*>(call.words_output()) : call.output();
  const MoveRowsOperands operands{call.codes(bytes), output};
  return call.finish<MoveRows>(KernelId::MoveRows, p, operands, bytes, elements({p.bytes}) + 1);
}

MaybeCall random_avg_pool(Random& random) {
  return average_pool_call(random_pool_window(random), random);
}

std::vector<DeviceCall> benchmark_calls() {
  Random random(1);
  measures = true;
  NamedCalls add;
  const auto conv2d = [&](const WindowShape& s) { return conv2d_call<Conv2dS8>(KernelId::Conv2d, s, random); };
  const auto depthwise = [&](const WindowShape& s) {
    return depthwise_call<DepthwiseConv2dS8>(KernelId::DepthwiseConv2d, s, 1, random);
  };
  const auto linear = [&](std::int32_t in, std::int32_t out) {
    return linear_call<LinearS8>(KernelId::Linear, 1, in, out, random);
  };
  add("conv2d 1x1 24x24 16>32", conv2d({.h = 24, .w = 24, .in = 16, .out = 32}));
  add("conv2d 1x1 12x12 64>64", conv2d({.h = 12, .w = 12, .in = 64, .out = 64}));
  add("conv2d 1x1 6x6 128>128", conv2d({.h = 6, .w = 6, .in = 128, .out = 128}));
  add("conv2d 3x3 32x32 16>16", conv2d(same_3x3({.h = 32, .w = 32, .in = 16, .out = 16})));
  add("conv2d 3x3 8x8 64>64", conv2d(same_3x3({.h = 8, .w = 8, .in = 64, .out = 64})));
  add("conv2d 3x3/2 96x96 3>8", conv2d(same_3x3({.h = 96, .w = 96, .in = 3, .out = 8, .sh = 2, .sw = 2})));
  add("depthwise 3x3 24x24x32", depthwise(same_3x3({.h = 24, .w = 24, .in = 32})));
  add("depthwise 3x3 6x6x128", depthwise(same_3x3({.h = 6, .w = 6, .in = 128})));
  add("depthwise 3x3/2 48x48x16", depthwise(same_3x3({.h = 48, .w = 48, .in = 16, .sh = 2, .sw = 2})));
  add("linear 128>128", linear(128, 128));
  add("linear 64>10", linear(64, 10));
  add("add 16384", add_call(128, 128, false, random));
  add("mul 16384", mul_call(128, 128, false, random));
  add("lut 16384", lut_call(16384, random));
  add("average pool 8x8x64", average_pool_call({.h = 8, .w = 8, .in = 64, .kh = 8, .kw = 8}, random));
  add("softmax 1x12", softmax_call(1, 12, 0.1, random));
  add("softmax 1x1000", softmax_call(1, 1000, 0.1, random));
  add("max pool 2x2 16x16x32",
      max_pool_call<MaxPool2dS8>(KernelId::MaxPool2d, {.h = 16, .w = 16, .in = 32, .kh = 2, .kw = 2, .sh = 2, .sw = 2},
                                 random));
  return add.take();
}

std::vector<DeviceCall> grid_calls() {
  struct GridCase {
    const char* name;
    MaybeCall (*make)(Random&);
    std::int32_t kernel;       ///< 0: every one
    std::int32_t most_stride;  ///< of the prepared kernel
  };
  constexpr GridCase cases[] = {
      {"Conv2d", random_conv2d, 0, 3},
      {"DepthwiseConv2d", random_depthwise, 0, 3},
      {"Conv2dWide", random_conv2d_wide, 0, 3},
      {"DepthwiseConv2dWide", random_depthwise_wide, 0, 3},
      {"Conv2dMixed", random_conv2d_mixed, 0, 3},
      {"DepthwiseConv2dMixed", random_depthwise_mixed, 0, 3},
      {"Conv2dDsp", random_conv2d_dsp, 0, 3},
      {"Conv2dWinogradDsp", random_winograd_dsp, 3, 1},
      {"Conv2dWinogradRowsDsp", random_winograd_rows_dsp, 3, 1},
      {"DepthwiseConv2dDsp", random_depthwise_dsp, 3, 2},
      {"DepthwiseConv2d5x5Dsp", random_depthwise_5x5_dsp, 5, 2},
      {"Conv2dMve", random_conv2d_mve, 0, 3},
      {"DepthwiseConv2dMve", random_depthwise_mve, 3, 2},
      {"DepthwiseConv2dLanes", random_depthwise_lanes, 3, 2},
  };
  Random random(23);
  std::vector<DeviceCall> calls;
  for (std::int32_t kernel = 1; kernel <= 5; ++kernel)
    for (std::int32_t stride = 1; stride <= 3; ++stride)
      for (std::int32_t padding = 0; padding <= 2; ++padding)
        for (const GridCase& test : cases) {
          if (stride > test.most_stride || (test.kernel != 0 && test.kernel != kernel)) continue;
          const GridPoint point{kernel, stride, padding};
          grid_point = &point;
          MaybeCall call;
          // Not every form fits the channels, not every window the image.
          for (int attempt = 0; attempt < 200 && !call; ++attempt) call = test.make(random);
          grid_point = nullptr;
          if (!call) continue;
          call->description = "grid " + std::string(test.name) + call->description;
          calls.push_back(std::move(*call));
        }
  return calls;
}

}  // namespace pudu::testing
