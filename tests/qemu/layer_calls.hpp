// Makers of kernel calls that serve int8 and int16 codes alike: layers with weights, and elementwise operators' shapes.
#pragma once

#include "kernels/testing/code_layers.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {

/// Channels of which most, and all that are measured, are as nearly all real ones: right shifts and small biases.
template <class Kernel>
ChannelParameters layer_channels(Random& random, std::int32_t channels, std::int32_t taps) {
  if constexpr (!has_wide_sums<Kernel>) {
    return channels_of(random, channels, taps);
  } else {
    ChannelParameters result = random_channels_of<Kernel>(random, channels, taps);
    if (!measures && random.one_in(3)) return result;
    for (std::int32_t& shift : result.shifts) shift = std::min(shift, -2);
    for (std::int32_t& bias : result.bias) bias = bias % (1 << 30);
    return result;
  }
}

/// A call of a layer with `taps` weights for each of its output channels.
template <class Kernel>
MaybeCall layer_call(KernelId id, const typename Kernel::Params& p, std::size_t inputs, std::size_t outputs,
                     std::int32_t channels, std::int32_t taps, Random& random) {
  CallBuilder call(random);
  const ChannelParameters parameters = layer_channels<Kernel>(random, channels, taps);
  typename Kernel::Operands operands{};
  operands.input = call.codes_of<CodeOf<Kernel>>(inputs);
  operands.weights = call.codes(elements({channels, taps}));
  if (!random.one_in(8)) operands.bias = call.numbers(parameters.bias);
  operands.multipliers = call.numbers(parameters.multipliers);
  operands.shifts = call.numbers(parameters.shifts);
  operands.output = call.output_of<ResultOf<Kernel>>();
  if constexpr (requires { operands.scratch; }) operands.scratch = call.scratch();
  return call.finish<Kernel>(id, p, operands, sizeof(ResultOf<Kernel>) * outputs,
                             outputs * static_cast<std::size_t>(taps));
}

template <class Kernel>
MaybeCall conv2d_call(KernelId id, const WindowShape& s, Random& random) {
  typename Kernel::Params p{};
  set_window(p, s);
  p.input_channels = s.in, p.output_channels = s.out, p.groups = s.groups;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  draw_codes<Kernel>(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  return layer_call<Kernel>(id, p, elements({s.batches, s.h, s.w, s.in}),
                            elements({s.batches, p.output_h, p.output_w, s.out}), s.out, s.kh * s.kw * s.in / s.groups,
                            random);
}

/// Of up to so many channels, now and then.
template <class Kernel>
MaybeCall random_conv2d_call(KernelId id, std::int32_t most_inputs, Random& random) {
  WindowShape s = random_window(random);
  if (grid_point == nullptr && random.one_in(3)) s.kh = s.kw = 1;
  if (grid_point == nullptr && random.one_in(4)) s.kh = 1;
  s.groups = random.one_in(4) ? random.between(2, 4) : 1;
  s.in = s.groups * random.between(1, random.one_in(3) ? most_inputs : 9);
  s.out = s.groups * random.between(1, random.one_in(3) ? 33 : 9);
  return conv2d_call<Kernel>(id, s, random);
}

template <class Kernel>
MaybeCall depthwise_call(KernelId id, const WindowShape& s, std::int32_t multiplier, Random& random) {
  typename Kernel::Params p{};
  set_window(p, s);
  p.input_channels = s.in, p.output_channels = s.in * multiplier, p.depth_multiplier = multiplier;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  draw_codes<Kernel>(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  return layer_call<Kernel>(id, p, elements({s.batches, s.h, s.w, s.in}),
                            elements({s.batches, p.output_h, p.output_w, p.output_channels}), p.output_channels,
                            s.kh * s.kw, random);
}

template <class Kernel>
MaybeCall random_depthwise_call(KernelId id, Random& random) {
  WindowShape s = random_window(random);
  s.in = random.between(1, 40);
  // Windows of more taps than 32 bits hold the sums of.
  if (has_wide_sums<Kernel> && grid_point == nullptr && random.one_in(8)) {
    s.h = s.w = s.kh = 17, s.kw = random.between(14, 17), s.dh = s.dw = 1;
  }
  return depthwise_call<Kernel>(id, s, random.one_in(4) ? random.between(2, 9) : 1, random);
}

template <class Kernel>
MaybeCall linear_call(KernelId id, std::int32_t batches, std::int32_t in, std::int32_t out, Random& random) {
  typename Kernel::Params p{};
  p.batches = batches, p.input_features = in, p.output_features = out;
  draw_codes<Kernel>(p, random);
  return layer_call<Kernel>(id, p, elements({batches, in}), elements({batches, out}), out, in, random);
}

template <class Kernel>
MaybeCall random_linear_call(KernelId id, std::int32_t most_inputs, Random& random) {
  return linear_call<Kernel>(id, random.one_in(3) ? random.between(2, 5) : 1, random.between(1, most_inputs),
                             random.between(1, 40), random);
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

template <class Kernel>
MaybeCall max_pool_call(KernelId id, const WindowShape& s, Random& random) {
  typename Kernel::Params p{};
  set_window(p, s);
  p.channels = s.in;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  draw_codes<Kernel>(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.in});
  const typename Kernel::Operands operands{call.codes_of<CodeOf<Kernel>>(elements({s.batches, s.h, s.w, s.in})),
                                           call.output_of<ResultOf<Kernel>>()};
  return call.finish<Kernel>(id, p, operands, sizeof(ResultOf<Kernel>) * outputs, outputs * elements({s.kh, s.kw}));
}

/// `set_rest` draws what kernels of one width alone have.
template <class Kernel, class SetRest>
MaybeCall avg_pool_call(KernelId id, WindowShape s, Random& random, const SetRest& set_rest) {
  typename Kernel::Params p{};
  s.dh = s.dw = 1;
  set_window(p, s);
  p.channels = s.in;
  p.pad_bottom = s.bottom, p.pad_right = s.right;
  p.count_include_pad = random.between(0, 1);
  set_rest(p);
  draw_codes<Kernel>(p, random);
  if (p.output_h == 0 || p.output_w == 0) return std::nullopt;
  CallBuilder call(random);
  const std::size_t outputs = elements({s.batches, p.output_h, p.output_w, s.in});
  const typename Kernel::Operands operands{call.codes_of<CodeOf<Kernel>>(elements({s.batches, s.h, s.w, s.in})),
                                           call.output_of<ResultOf<Kernel>>()};
  return call.finish<Kernel>(id, p, operands, sizeof(ResultOf<Kernel>) * outputs, outputs * elements({s.kh, s.kw}));
}

/// Windows of up to 40 channels, for pools.
inline WindowShape random_pool_window(Random& random) {
  WindowShape s = random_window(random);
  s.in = random.between(1, 40);
  return s;
}

/// 3x3 with the padding that keeps the size of the image at stride 1.
inline WindowShape same_3x3(WindowShape s) {
  s.kh = s.kw = 3, s.top = s.left = s.bottom = s.right = 1;
  return s;
}

/// Collects named calls.
class NamedCalls {
 public:
  void operator()(const char* name, MaybeCall call) {
    call.value().description = name;
    calls_.push_back(std::move(*call));
  }
  std::vector<DeviceCall> take() { return std::move(calls_); }

 private:
  std::vector<DeviceCall> calls_;
};

}  // namespace pudu::testing
