// Calls of kernels that are prepared for the DSP extension. Elsewhere their portable code runs, and gives the same.
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/linear_dsp/prepare.hpp"
#include "kernels/testing/prepared.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {
namespace {

/// How a prepared call is made; random unless it is to be measured.
struct Preparation {
  RequantizeForm form = RequantizeForm::Line9;
  std::int32_t weight_bits = 8;
  std::int32_t strip_positions = 32;
  std::int32_t strip_pairs = 1;  ///< of tiles
};

/// Numbers of a call of a convolution.
struct CallSizes {
  std::size_t inputs, outputs, taps;
};

PreparedChannels measured_channels(Random& random, std::int32_t channels, std::int32_t taps, RequantizeForm form) {
  PreparedChannels result = random_prepared_channels(random, channels, taps);
  for (std::size_t c = 0; c < result.bias.size(); ++c) {
    result.bias[c] = random.between(-2000, 2000);
    result.multipliers[c] = random.between(1 << 30, INT32_MAX);
    result.shifts[c] = std::clamp(result.shifts[c], -9, -7);
  }
  result.output_offset = form == RequantizeForm::Rounded ? 5 : -128;
  result.activation_min = -128, result.activation_max = 127;
  return result;
}

/// A convolution in the dialect's layout; none when it has less than `least_across` outputs across.
std::optional<Conv2dS8Params> convolution_of(const WindowShape& s, const PreparedChannels& channels,
                                             std::int32_t least_across, Random& random) {
  Conv2dS8Params base{};
  set_window(base, s);
  if (base.output_h == 0 || base.output_w < least_across) return std::nullopt;
  base.input_channels = s.in, base.output_channels = s.out;
  set_requantization(base, channels, random);
  return base;
}

/// A call with random weights, of `taps` for each output; none where the channels do not have the form.
template <class Kernel>
MaybeCall window_call(KernelId id, typename Kernel::Params p, const PreparedChannels& channels,
                      const std::vector<std::int8_t>& weights, const CallSizes& sizes, Random& random) {
  if (Kernel::scratch_bytes(p, Isa::Dsp) > kernel_runner::scratch_bytes) return std::nullopt;
  const std::vector<ChannelConstants> constants = fitted_constants(weights, channels, p);
  if (constants.empty()) return std::nullopt;
  CallBuilder call(random);
  auto packed = packed_weights(p, weights.data());
  const auto* placed = [&] {
    // The one kernel whose weights need not be aligned.
    if constexpr (std::is_same_v<Kernel, DepthwiseConv2d5x5DspS8>)
      return call.codes(std::move(packed));
    else
      return call.aligned(std::move(packed));
  }();
  const typename Kernel::Operands operands{call.aligned(random.codes(sizes.inputs)), placed, call.words(constants),
                                           call.output(), call.scratch()};
  return call.finish<Kernel>(id, p, operands, sizes.outputs, sizes.outputs * sizes.taps);
}

template <class Kernel>
MaybeCall convolution_call(KernelId id, const typename Kernel::Params& p, const WindowShape& s,
                           const PreparedChannels& channels, Random& random) {
  const std::int32_t taps = s.kh * s.kw * s.in;
  const std::vector<std::int8_t> weights = random.codes(elements({s.out, taps}));
  return window_call<Kernel>(id, p, channels, weights,
                             {.inputs = elements({s.batches, s.h, s.w, s.in}),
                              .outputs = elements({s.batches, p.output_h, p.output_w, s.out}),
                              .taps = static_cast<std::size_t>(taps)},
                             random);
}

MaybeCall conv2d_dsp_call(const WindowShape& s, const PreparedChannels& channels, const Preparation& preparation,
                          Random& random) {
  const auto base = convolution_of(s, channels, 1, random);
  if (!base) return std::nullopt;
  const Conv2dDspS8Params p =
      prepared_params(*base, preparation.form, preparation.weight_bits, preparation.strip_positions);
  return convolution_call<Conv2dDspS8>(KernelId::Conv2dDsp, p, s, channels, random);
}

MaybeCall winograd_dsp_call(const WindowShape& s, const PreparedChannels& channels, const Preparation& preparation,
                            Random& random) {
  const auto base = convolution_of(s, channels, 4, random);
  if (!base) return std::nullopt;
  const Conv2dWinogradDspS8Params p =
      winograd_params(*base, preparation.form, preparation.weight_bits, preparation.strip_pairs);
  return convolution_call<Conv2dWinogradDspS8>(KernelId::Conv2dWinogradDsp, p, s, channels, random);
}

MaybeCall winograd_rows_dsp_call(const WindowShape& s, const PreparedChannels& channels, RequantizeForm form,
                                 Random& random) {
  const auto base = convolution_of(s, channels, 4, random);
  if (!base) return std::nullopt;
  return convolution_call<Conv2dWinogradRowsDspS8>(KernelId::Conv2dWinogradRowsDsp, winograd_rows_params(*base, form),
                                                   s, channels, random);
}

/// A depthwise convolution in the dialect's layout; none when it has less than `least_across` outputs across.
std::optional<DepthwiseConv2dS8Params> depthwise_of(const WindowShape& s, std::int32_t least_across, Random& random) {
  DepthwiseConv2dS8Params base{};
  set_window(base, s);
  if (base.output_h == 0 || base.output_w < least_across) return std::nullopt;
  base.input_channels = s.in;
  base.input_offset = -random.zero_point();
  return base;
}

template <class Kernel>
MaybeCall depthwise_call(KernelId id, const typename Kernel::Params& p, const WindowShape& s,
                         const PreparedChannels& channels, Random& random) {
  const std::int32_t taps = s.kh * s.kw;
  const std::vector<std::int8_t> weights = random.codes(elements({taps, s.in}));
  return window_call<Kernel>(id, p, channels, weights,
                             {.inputs = elements({s.batches, s.h, s.w, s.in}),
                              .outputs = elements({s.batches, p.output_h, p.output_w, s.in}),
                              .taps = static_cast<std::size_t>(taps)},
                             random);
}

MaybeCall depthwise_dsp_call(const WindowShape& s, const PreparedChannels& channels, RequantizeForm form, bool down,
                             std::int32_t weight_bits, Random& random) {
  const auto base = depthwise_of(s, 1, random);
  if (!base) return std::nullopt;
  return depthwise_call<DepthwiseConv2dDspS8>(KernelId::DepthwiseConv2dDsp,
                                              prepared_params(*base, form, down, weight_bits), s, channels, random);
}

MaybeCall depthwise_5x5_dsp_call(const WindowShape& s, const PreparedChannels& channels, RequantizeForm form,
                                 Random& random) {
  const auto base = depthwise_of(s, 4, random);
  if (!base) return std::nullopt;
  return depthwise_call<DepthwiseConv2d5x5DspS8>(KernelId::DepthwiseConv2d5x5Dsp, prepared_5x5_params(*base, form), s,
                                                 channels, random);
}

MaybeCall linear_dsp_call(std::int32_t batches, std::int32_t in, std::int32_t out, const PreparedChannels& channels,
                          RequantizeForm form, std::int32_t weight_bits, Random& random) {
  LinearDspS8Params p{batches,
                      in,
                      out,
                      weight_bits,
                      static_cast<std::int32_t>(form),
                      4,
                      channels.output_offset,
                      channels.activation_min,
                      channels.activation_max};
  const std::vector<std::int8_t> weights = random.codes(elements({out, in}));
  const linear_dsp::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                channels.shifts.data(), -random.zero_point()};
  std::vector<ChannelConstants> constants(static_cast<std::size_t>(out));
  std::int32_t rounded = 0;
  if (!linear_dsp::fit_constants(layer, p, constants.data(), rounded)) return std::nullopt;
  p.constant_words = linear_dsp::constant_words(p.form, rounded);
  if (form == RequantizeForm::Rounded && linear_dsp::have_one_scale(constants.data(), out)) p.constant_words = 1;
  std::vector<std::int32_t> words(static_cast<std::size_t>(linear_dsp::packed_constant_words(out, p.constant_words)));
  linear_dsp::pack_constants(constants.data(), out, p.constant_words, words.data());
  std::vector<std::uint8_t> packed(linear_dsp::packed_weight_bytes(p));
  linear_dsp::pack_weights(p, weights.data(), packed.data());
  CallBuilder call(random);
  const LinearDspS8Operands operands{call.aligned(random.codes(elements({batches, in}))), call.aligned(packed),
                                     call.numbers(words), call.output(), call.scratch()};
  return call.finish<LinearDspS8>(KernelId::LinearDsp, p, operands, elements({batches, out}),
                                  elements({batches, in, out}));
}

/// Any plane whose sums fit 32 bits.
MaybeCall add_dsp_call(std::int32_t count, Random& random) {
  const std::int32_t shift = add_dsp::shifts[random.between(0, 3)], largest = (1 << shift) / 2;
  const AddDspS8Params p{count, random.between(-largest, largest), random.between(-largest, largest),
                         random.between(-128 * largest, 127 * largest), shift};
  CallBuilder call(random);
  const std::size_t elements_of_call = elements({count});
  const AddDspS8Operands operands{call.codes(elements_of_call), call.codes(elements_of_call), call.output()};
  return call.finish<AddDspS8>(KernelId::AddDsp, p, operands, elements_of_call, elements_of_call);
}

}  // namespace

MaybeCall random_add_dsp(Random& random) {
  return add_dsp_call(random.between(1, 300), random);
}

MaybeCall random_linear_dsp(Random& random) {
  const std::int32_t in = random.between(1, 200), out = random.between(1, 40);
  const RequantizeForm form = all_forms[random.between(0, static_cast<std::int32_t>(std::size(all_forms)) - 1)];
  PreparedChannels channels = random_prepared_channels(random, out, in);
  if (random.one_in(2)) {
    std::fill(channels.multipliers.begin(), channels.multipliers.end(), channels.multipliers[0]);
    std::fill(channels.shifts.begin(), channels.shifts.end(), channels.shifts[0]);
  }
  return linear_dsp_call(random.between(1, 3), in, out, channels, form, random.one_in(2) ? 8 : 16, random);
}

MaybeCall random_depthwise_5x5_dsp(Random& random) {
  WindowShape s = random_window(random);
  s.kh = s.kw = 5, s.dh = s.dw = 1;
  if (grid_point == nullptr) s.sh = s.sw = random.between(1, 2);
  s.in = random.between(4, 40);
  const RequantizeForm form = all_forms[random.between(1, static_cast<std::int32_t>(std::size(all_forms)) - 1)];
  return depthwise_5x5_dsp_call(s, random_prepared_channels(random, s.in, 25), form, random);
}

MaybeCall random_depthwise_dsp(Random& random) {
  WindowShape s = random_window(random);
  s.kh = s.kw = 3, s.dh = s.dw = 1;
  if (grid_point == nullptr) s.sh = s.sw = random.between(1, 2);
  s.in = random.between(4, 40);
  const RequantizeForm form = all_forms[random.between(0, static_cast<std::int32_t>(std::size(all_forms)) - 1)];
  const std::int32_t weight_bits = random.one_in(2) ? 8 : 16;
  return depthwise_dsp_call(s, random_prepared_channels(random, s.in, 9), form, random.one_in(2), weight_bits, random);
}

MaybeCall random_winograd_dsp(Random& random) {
  WindowShape s = random_window(random);
  s.kh = s.kw = 3, s.sh = s.sw = s.dh = s.dw = 1;
  s.in = 4 * random.between(2, random.one_in(4) ? 17 : 5);
  s.out = random.between(2, random.one_in(4) ? 17 : 5);
  Preparation preparation;
  preparation.form = all_forms[random.between(0, static_cast<std::int32_t>(std::size(all_forms)) - 1)];
  preparation.weight_bits = random.one_in(2) ? 8 : 16;
  preparation.strip_pairs = random.between(1, 5);
  return winograd_dsp_call(s, random_prepared_channels(random, s.out, 9 * s.in), preparation, random);
}

MaybeCall random_winograd_rows_dsp(Random& random) {
  WindowShape s = random_window(random);
  s.kh = s.kw = 3, s.sh = s.sw = s.dh = s.dw = 1;
  s.in = 8 * random.between(1, random.one_in(4) ? 9 : 3);
  s.out = random.between(4, random.one_in(4) ? 17 : 6);
  const RequantizeForm form = all_forms[random.between(0, static_cast<std::int32_t>(std::size(all_forms)) - 1)];
  return winograd_rows_dsp_call(s, random_prepared_channels(random, s.out, 9 * s.in), form, random);
}

MaybeCall random_conv2d_dsp(Random& random) {
  WindowShape s = random_window(random);
  s.dh = s.dw = 1;
  if (grid_point == nullptr && random.one_in(3)) s.kh = s.kw = 1;
  if (grid_point == nullptr && random.one_in(4)) s.sh = s.sw = 1;
  s.in = random.between(1, random.one_in(2) ? 33 : 9);
  if (random.one_in(16)) s.h = s.w = 3, s.in = random.between(34, 150);
  s.out = random.between(2, random.one_in(3) ? 33 : 9);
  Preparation preparation;
  preparation.form = all_forms[random.between(0, static_cast<std::int32_t>(std::size(all_forms)) - 1)];
  preparation.weight_bits = random.one_in(2) ? 8 : 16;
  preparation.strip_positions = 2 * random.between(1, 16);
  return conv2d_dsp_call(s, random_prepared_channels(random, s.out, s.kh * s.kw * s.in), preparation, random);
}

std::vector<DeviceCall> prepared_benchmark_calls() {
  Random random(1);
  std::vector<DeviceCall> calls;
  const auto convolution = [&](const std::string& name, const WindowShape& s, std::int32_t strip_positions) {
    for (const RequantizeForm form : {RequantizeForm::Line11, RequantizeForm::Rounded}) {
      for (const std::int32_t bits : {8, 16}) {
        const PreparedChannels channels = measured_channels(random, s.out, s.kh * s.kw * s.in, form);
        MaybeCall call = conv2d_dsp_call(s, channels, {form, bits, strip_positions}, random);
        call.value().description =
            name + (form == RequantizeForm::Rounded ? " rounded" : " line") + (bits == 8 ? ", int8" : ", int16");
        calls.push_back(std::move(*call));
      }
    }
  };
  const auto same = [](WindowShape s) {
    s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
    return s;
  };
  convolution("conv2d 1x1 24x24 16>32", {.h = 24, .w = 24, .in = 16, .out = 32}, 48);
  convolution("conv2d 1x1 12x12 64>64", {.h = 12, .w = 12, .in = 64, .out = 64}, 32);
  convolution("conv2d 1x1 6x6 128>128", {.h = 6, .w = 6, .in = 128, .out = 128}, 16);
  convolution("conv2d 1x1 24x48 8>16", {.h = 24, .w = 48, .in = 8, .out = 16}, 48);
  convolution("conv2d 3x3 32x32 16>16", same({.h = 32, .w = 32, .in = 16, .out = 16}), 14);
  convolution("conv2d 3x3 8x8 64>64", same({.h = 8, .w = 8, .in = 64, .out = 64}), 8);
  convolution("conv2d 3x3/2 96x96 3>8", same({.h = 96, .w = 96, .in = 3, .out = 8, .sh = 2, .sw = 2}), 48);
  const auto winograd = [&](const std::string& name, const WindowShape& s, std::int32_t strip_pairs) {
    for (const RequantizeForm form : {RequantizeForm::Line11, RequantizeForm::Rounded}) {
      for (const std::int32_t bits : {8, 16}) {
        const PreparedChannels channels = measured_channels(random, s.out, 9 * s.in, form);
        MaybeCall call =
            winograd_dsp_call(s, channels, {.form = form, .weight_bits = bits, .strip_pairs = strip_pairs}, random);
        if (!call) continue;  // more than a request holds
        call->description =
            name + (form == RequantizeForm::Rounded ? " rounded" : " line") + (bits == 8 ? ", int8" : ", int16");
        calls.push_back(std::move(*call));
      }
    }
  };
  winograd("winograd 3x3 32x32 16>16", same({.h = 32, .w = 32, .in = 16, .out = 16}), 8);
  winograd("winograd 3x3 16x16 32>32", same({.h = 16, .w = 16, .in = 32, .out = 32}), 4);
  winograd("winograd 3x3 8x8 64>40", same({.h = 8, .w = 8, .in = 64, .out = 40}), 2);
  winograd("winograd 3x3 8x8 64>24", same({.h = 8, .w = 8, .in = 64, .out = 24}), 2);
  const auto depthwise = [&](const std::string& name, const WindowShape& s) {
    for (const RequantizeForm form : {RequantizeForm::Line11, RequantizeForm::Rounded}) {
      const PreparedChannels channels = measured_channels(random, s.in, 9, form);
      for (const bool down : {false, true}) {
        MaybeCall call = depthwise_dsp_call(s, channels, form, down, 8, random);
        call.value().description =
            name + (form == RequantizeForm::Rounded ? " rounded" : " line") + (down ? ", down" : "");
        calls.push_back(std::move(*call));
      }
    }
  };
  calls.push_back(add_dsp_call(16384, random).value());
  calls.back().description = "add 16384";
  for (const std::int32_t bits : {8, 16}) {
    for (const std::int32_t in : {128, 640}) {
      if (bits == 16 && in == 640) continue;  // more than a request holds
      const PreparedChannels channels = measured_channels(random, 128, in, RequantizeForm::Line11);
      MaybeCall call = linear_dsp_call(1, in, 128, channels, RequantizeForm::Line11, bits, random);
      call.value().description = "linear " + std::to_string(in) + ">128 line, int" + std::to_string(bits);
      calls.push_back(std::move(*call));
    }
  }
  depthwise("depthwise 3x3 24x24x32", same({.h = 24, .w = 24, .in = 32}));
  depthwise("depthwise 3x3 25x5x64", same({.h = 25, .w = 5, .in = 64}));
  depthwise("depthwise 3x3 6x6x128", same({.h = 6, .w = 6, .in = 128}));
  depthwise("depthwise 3x3/2 48x48x16", same({.h = 48, .w = 48, .in = 16, .sh = 2, .sw = 2}));
  const auto depthwise_5x5 = [&](const std::string& name, WindowShape s, std::int32_t stride) {
    s.kh = s.kw = 5, s.top = s.left = s.bottom = s.right = 2, s.sh = s.sw = stride;
    for (const RequantizeForm form : {RequantizeForm::Line11, RequantizeForm::Rounded}) {
      calls.push_back(depthwise_5x5_dsp_call(s, measured_channels(random, s.in, 25, form), form, random).value());
      calls.back().description = name + (form == RequantizeForm::Rounded ? " rounded" : " line");
    }
  };
  depthwise_5x5("depthwise 5x5 14x14x96", {.h = 14, .w = 14, .in = 96}, 1);
  depthwise_5x5("depthwise 5x5 7x7x240", {.h = 7, .w = 7, .in = 240}, 1);
  depthwise_5x5("depthwise 5x5/2 28x28x40", {.h = 28, .w = 28, .in = 40}, 2);
  depthwise_5x5("depthwise 5x5/2 14x14x96", {.h = 14, .w = 14, .in = 96}, 2);
  depthwise("depthwise 3x3/2 12x12x128", same({.h = 12, .w = 12, .in = 128, .sh = 2, .sw = 2}));
  depthwise("depthwise 3x3/2 6x6x256", same({.h = 6, .w = 6, .in = 256, .sh = 2, .sw = 2}));
  // One row of a larger image.
  depthwise("depthwise 3x3 row of 24x32", {.h = 3, .w = 24, .in = 32, .kh = 3, .kw = 3, .left = 1, .right = 1});
  depthwise("depthwise 3x3 two rows of 24x32", {.h = 4, .w = 24, .in = 32, .kh = 3, .kw = 3, .left = 1, .right = 1});
  depthwise("depthwise 3x3/2 row of 48x16", {.h = 3, .w = 48, .in = 16, .kh = 3, .kw = 3, .sh = 2, .sw = 2, .left = 1});
  convolution("conv2d 1x1 row of 24 16>32", {.h = 1, .w = 24, .in = 16, .out = 32}, 24);
  convolution("conv2d 1x1 row of 12 64>64", {.h = 1, .w = 12, .in = 64, .out = 64}, 12);
  return calls;
}

}  // namespace pudu::testing
