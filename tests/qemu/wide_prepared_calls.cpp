// Calls of kernels of 16-bit codes that are prepared for the DSP extension. Elsewhere their portable code runs, and
// gives the same.
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/testing/wide_prepared.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {
namespace {

/// What differs between calls besides their shape; random unless it is to be measured.
struct Preparation {
  std::int32_t weight_bits = 8;
  std::int32_t strip_positions = 32;
  Clamp bounds = {-32768, 32767};
};

template <class Kernel>
Preparation random_preparation(Random& random) {
  return {random.one_in(2) ? 8 : 16, 2 * random.between(1, 16), preparable_bounds<typename Kernel::Output>(random)};
}

/// Zero points and bounds of the layer.
template <class Kernel, class Params>
void set_codes(Params& p, const Preparation& preparation, Random& random) {
  p.input_offset = sizeof(typename Kernel::Input) == 1 ? -random.zero_point() : 0;
  p.output_offset = sizeof(typename Kernel::Output) == 1 ? random.zero_point() : 0;
  p.output_min = preparation.bounds.low, p.output_max = preparation.bounds.high;
  if (sizeof(typename Kernel::Output) == 1) p.output_min = -128, p.output_max = 127;
}

template <class Kernel>
MaybeCall conv2d_call(KernelId id, const WindowShape& s, const Preparation& preparation, Random& random) {
  WideConv2dParams<typename Kernel::Input, typename Kernel::Output> p{};
  set_window(p, s);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  p.input_channels = s.in, p.output_channels = s.out, p.groups = p.dilation_h = p.dilation_w = 1;
  set_codes<Kernel>(p, preparation, random);
  const std::int32_t taps = s.kh * s.kw * s.in;
  const std::vector<std::int8_t> weights = random.codes(elements({s.out, taps}));
  const PreparedWideConv2d<Kernel> layer(p, weights.data(), preparable_channels<Kernel>(random, s.out, taps),
                                         preparation.weight_bits, preparation.strip_positions);
  if (!layer.has_constants) return std::nullopt;
  if (Kernel::scratch_bytes(layer.params, Isa::Dsp) > kernel_runner::scratch_bytes) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.out});
  const typename Kernel::Operands operands{call.codes_of<typename Kernel::Input>(elements({s.batches, s.h, s.w, s.in})),
                                           call.aligned(layer.weights), call.words(layer.constants),
                                           call.output_of<typename Kernel::Output>(), call.scratch()};
  return call.finish<Kernel>(id, layer.params, operands, sizeof(typename Kernel::Output) * outputs,
                             outputs * static_cast<std::size_t>(taps));
}

template <class Kernel>
MaybeCall random_conv2d_call(KernelId id, Random& random) {
  WindowShape s = random_window(random);
  s.dh = s.dw = 1;
  if (grid_point == nullptr && random.one_in(3)) s.kh = s.kw = 1;
  if (grid_point == nullptr && random.one_in(4)) s.sh = s.sw = 1;
  s.in = random.between(1, random.one_in(2) ? 33 : 9);
  if (random.one_in(16)) s.h = s.w = 3, s.in = random.between(34, 150);
  s.out = random.between(2, random.one_in(3) ? 33 : 9);
  return conv2d_call<Kernel>(id, s, random_preparation<Kernel>(random), random);
}

/// 3x3, weights of 8 or 16 bits.
template <class Kernel>
MaybeCall depthwise_call(KernelId id, const WindowShape& s, const Preparation& preparation, std::int32_t slide_down,
                         Random& random) {
  WideDepthwiseConv2dParams<typename Kernel::Input, typename Kernel::Output> p{};
  set_window(p, s);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  p.input_channels = p.output_channels = s.in, p.depth_multiplier = p.dilation_h = p.dilation_w = 1;
  set_codes<Kernel>(p, preparation, random);
  const std::vector<std::int8_t> weights = random.codes(elements({9, s.in}));
  const PreparedWideDepthwise<Kernel> layer(p, weights.data(), preparable_channels<Kernel>(random, s.in, 9),
                                            preparation.weight_bits, slide_down);
  if (!layer.has_constants) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.in});
  const typename Kernel::Operands operands{call.codes_of<typename Kernel::Input>(elements({s.batches, s.h, s.w, s.in})),
                                           call.aligned(layer.weights), call.words(layer.constants),
                                           call.output_of<typename Kernel::Output>(), call.scratch()};
  return call.finish<Kernel>(id, layer.params, operands, sizeof(typename Kernel::Output) * outputs, 9 * outputs);
}

template <class Kernel>
MaybeCall random_depthwise_call(KernelId id, Random& random) {
  WindowShape s = random_window(random);
  s.kh = s.kw = 3, s.dh = s.dw = 1, s.sh = s.sw = random.between(1, 2);
  s.in = random.between(4, random.one_in(3) ? 40 : 12);
  return depthwise_call<Kernel>(id, s, random_preparation<Kernel>(random), random.between(0, 1), random);
}

template <class Kernel>
MaybeCall linear_call(KernelId id, std::int32_t batches, std::int32_t in, std::int32_t out,
                      const Preparation& preparation, Random& random) {
  WideLinearParams<typename Kernel::Input, typename Kernel::Output> p{};
  p.batches = batches, p.input_features = in, p.output_features = out;
  set_codes<Kernel>(p, preparation, random);
  const std::vector<std::int8_t> weights = random.codes(elements({out, in}));
  const PreparedWideLinear<Kernel> layer(p, weights.data(), preparable_channels<Kernel>(random, out, in),
                                         preparation.weight_bits);
  if (!layer.has_constants) return std::nullopt;
  CallBuilder call(random);
  using Input = typename Kernel::Input;
  const std::vector<Input> input = random_codes<Kernel>(random, batches * in);
  const typename Kernel::Operands operands{call.aligned(input), call.aligned(layer.weights),
                                           call.numbers(layer.constants), call.output_of<typename Kernel::Output>(),
                                           call.scratch()};
  return call.finish<Kernel>(id, layer.params, operands, sizeof(typename Kernel::Output) * elements({batches, out}),
                             elements({batches, in, out}));
}

template <class Kernel>
MaybeCall random_linear_call(KernelId id, Random& random) {
  return linear_call<Kernel>(id, random.one_in(3) ? random.between(2, 5) : 1,
                             random.between(1, random.one_in(3) ? 400 : 60), random.between(1, 40),
                             random_preparation<Kernel>(random), random);
}

/// Adds a call by its name.
class Calls {
 public:
  void add(const std::string& name, MaybeCall call) {
    call.value().description = name;
    calls_.push_back(std::move(*call));
  }
  std::vector<DeviceCall> take() { return std::move(calls_); }

 private:
  std::vector<DeviceCall> calls_;
};

void add_convolutions(Calls& calls, Random& random) {
  const auto both = [&](const std::string& name, const WindowShape& s, std::int32_t strip_positions) {
    for (const std::int32_t bits : {8, 16}) {
      calls.add(name + (bits == 8 ? ", int8" : ", int16"),
                conv2d_call<Conv2dDspS16>(KernelId::Conv2dDspWide, s, {bits, strip_positions}, random));
    }
  };
  const WindowShape pointwise{.h = 12, .w = 12, .in = 64, .out = 64};
  both("conv2d_s16 1x1 24x24 16>16", {.h = 24, .w = 24, .in = 16, .out = 16}, 48);
  both("conv2d_s16 1x1 12x12 64>64", pointwise, 32);
  both("conv2d_s16 1x1 6x6 128>128", {.h = 6, .w = 6, .in = 128, .out = 128}, 16);
  both("conv2d_s16 1x1 6x6 320>64", {.h = 6, .w = 6, .in = 320, .out = 64}, 8);
  const auto same = [](WindowShape s) {
    s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
    return s;
  };
  both("conv2d_s16 3x3 24x24 16>16", same({.h = 24, .w = 24, .in = 16, .out = 16}), 14);
  both("conv2d_s16 3x3 8x8 64>64", same({.h = 8, .w = 8, .in = 64, .out = 64}), 8);
  both("conv2d_s16 3x3/2 64x64 3>8", same({.h = 64, .w = 64, .in = 3, .out = 8, .sh = 2, .sw = 2}), 48);
  calls.add("conv2d_s16 1x1 12x12 64>64, relu",
            conv2d_call<Conv2dDspS16>(KernelId::Conv2dDspWide, pointwise, {8, 32, {0, 32767}}, random));
  calls.add("conv2d_s16 1x1 12x12 64>64, relu6",
            conv2d_call<Conv2dDspS16>(KernelId::Conv2dDspWide, pointwise, {8, 32, {0, 21845}}, random));
  calls.add("conv2d_s16_s8 1x1 12x12 64>64",
            conv2d_call<Conv2dDspS16S8>(KernelId::Conv2dDspFromWide, pointwise, {8, 32}, random));
  calls.add("conv2d_s8_s16 1x1 12x12 64>64",
            conv2d_call<Conv2dDspS8S16>(KernelId::Conv2dDspToWide, pointwise, {8, 32}, random));
}

void add_depthwise(Calls& calls, Random& random) {
  const auto same = [](WindowShape s) {
    s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
    return s;
  };
  const auto shapes = {std::pair<const char*, WindowShape>{"3x3 16x16x32", same({.h = 16, .w = 16, .in = 32})},
                       {"3x3 6x6x128", same({.h = 6, .w = 6, .in = 128})},
                       {"3x3/2 32x32x16", same({.h = 32, .w = 32, .in = 16, .sh = 2, .sw = 2})}};
  for (const auto& [name, shape] : shapes) {
    for (const Clamp& bounds : {Clamp{-32768, 32767}, Clamp{0, 32767}, Clamp{0, 21845}}) {
      const char* form = bounds.low < 0 ? "" : (bounds.high == 32767 ? ", relu" : ", relu6");
      calls.add(
          std::string("depthwise_s16 ") + name + form,
          depthwise_call<DepthwiseConv2dDspS16>(KernelId::DepthwiseConv2dDspWide, shape, {8, 0, bounds}, 0, random));
    }
  }
  const WindowShape shape = same({.h = 16, .w = 16, .in = 32});
  calls.add("depthwise_s16_s8 3x3 16x16x32",
            depthwise_call<DepthwiseConv2dDspS16S8>(KernelId::DepthwiseConv2dDspFromWide, shape, {}, 0, random));
  calls.add("depthwise_s8_s16 3x3 16x16x32",
            depthwise_call<DepthwiseConv2dDspS8S16>(KernelId::DepthwiseConv2dDspToWide, shape, {}, 0, random));
}

void add_linear(Calls& calls, Random& random) {
  for (const std::int32_t bits : {8, 16}) {
    const std::string weights = bits == 8 ? ", int8" : ", int16";
    calls.add("linear_s16 128>128" + weights,
              linear_call<LinearDspS16>(KernelId::LinearDspWide, 1, 128, 128, {bits}, random));
    calls.add("linear_s16 64>10" + weights,
              linear_call<LinearDspS16>(KernelId::LinearDspWide, 1, 64, 10, {bits}, random));
    calls.add("linear_s16_s8 128>128" + weights,
              linear_call<LinearDspS16S8>(KernelId::LinearDspFromWide, 1, 128, 128, {bits}, random));
    calls.add("linear_s8_s16 128>128" + weights,
              linear_call<LinearDspS8S16>(KernelId::LinearDspToWide, 1, 128, 128, {bits}, random));
  }
}

}  // namespace

MaybeCall random_depthwise_dsp_wide(Random& random) {
  switch (random.between(0, 2)) {
    case 0:
      return random_depthwise_call<DepthwiseConv2dDspS16>(KernelId::DepthwiseConv2dDspWide, random);
    case 1:
      return random_depthwise_call<DepthwiseConv2dDspS16S8>(KernelId::DepthwiseConv2dDspFromWide, random);
    default:
      return random_depthwise_call<DepthwiseConv2dDspS8S16>(KernelId::DepthwiseConv2dDspToWide, random);
  }
}

MaybeCall random_linear_dsp_wide(Random& random) {
  switch (random.between(0, 2)) {
    case 0:
      return random_linear_call<LinearDspS16>(KernelId::LinearDspWide, random);
    case 1:
      return random_linear_call<LinearDspS16S8>(KernelId::LinearDspFromWide, random);
    default:
      return random_linear_call<LinearDspS8S16>(KernelId::LinearDspToWide, random);
  }
}

MaybeCall random_conv2d_dsp_wide(Random& random) {
  switch (random.between(0, 2)) {
    case 0:
      return random_conv2d_call<Conv2dDspS16>(KernelId::Conv2dDspWide, random);
    case 1:
      return random_conv2d_call<Conv2dDspS16S8>(KernelId::Conv2dDspFromWide, random);
    default:
      return random_conv2d_call<Conv2dDspS8S16>(KernelId::Conv2dDspToWide, random);
  }
}

std::vector<DeviceCall> wide_prepared_benchmark_calls() {
  Random random(1);
  Calls calls;
  add_convolutions(calls, random);
  add_depthwise(calls, random);
  add_linear(calls, random);
  return calls.take();
}

}  // namespace pudu::testing
