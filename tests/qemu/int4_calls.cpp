// Calls of pointwise_s4: convolutions and linear layers with int4 weights.
#include "kernels/pointwise_s4/pointwise_s4.hpp"

#include "kernels/pointwise_s4/prepare.hpp"
#include "qemu/call_builder.hpp"
#include "qemu/kernel_calls.hpp"

namespace pudu::testing {
namespace {

using namespace kernels;
using kernel_runner::KernelId;
using kernels::testing::Random;

std::vector<std::int8_t> bytes_of(const std::vector<std::uint8_t>& values) {
  return {reinterpret_cast<const std::int8_t*>(values.data()),
          reinterpret_cast<const std::int8_t*>(values.data()) + values.size()};
}

MaybeCall pointwise_call(const PointwiseS4Params& p, const kernels::testing::ChannelParameters& channels,
                         Random& random) {
  std::vector<std::int8_t> weights(elements({p.output_channels, p.input_channels}));
  for (std::int8_t& weight : weights) weight = static_cast<std::int8_t>(random.between(-8, 7));
  std::vector<std::uint8_t> packed(pointwise_s4::packed_weight_bytes(p));
  pointwise_s4::pack_weights(p, weights.data(), packed.data());
  CallBuilder call(random);
  const std::int8_t* input = call.codes(elements({p.batches, p.input_h, p.input_w, p.input_channels}));
  const auto* held = reinterpret_cast<const std::uint8_t*>(call.codes(bytes_of(packed)));
  const PointwiseS4Operands operands{input,
                                     held,
                                     call.numbers(channels.bias),
                                     call.numbers(channels.multipliers),
                                     call.numbers(channels.shifts),
                                     call.output(),
                                     call.scratch()};
  const std::size_t outputs = elements({p.batches, p.output_h, p.output_w, p.output_channels});
  return call.finish<PointwiseS4>(KernelId::PointwiseS4, p, operands, outputs,
                                  outputs * static_cast<std::size_t>(p.input_channels));
}

}  // namespace

MaybeCall random_pointwise_s4(Random& random) {
  const kernels::testing::Clamp clamp = kernels::testing::random_clamp(random);
  PointwiseS4Params p{};
  p.batches = random.between(1, 2);
  p.input_h = random.between(1, 6), p.input_w = random.between(1, 6);
  p.stride_h = random.between(1, 2), p.stride_w = random.between(1, 2);
  p.output_h = (p.input_h - 1) / p.stride_h + 1, p.output_w = (p.input_w - 1) / p.stride_w + 1;
  p.input_channels = random.one_in(3) ? 8 * random.between(1, 12) : random.between(1, 70);
  p.output_channels = random.between(1, random.one_in(3) ? 30 : 9);
  p.output_offset = random.zero_point();
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  p.by_pairs = random.between(0, 1);
  kernels::testing::ChannelParameters channels =
      kernels::testing::random_channels(random, p.output_channels, p.input_channels);
  if (random.one_in(2)) {
    for (std::int32_t& shift : channels.shifts) shift = std::clamp(shift, -12, -1);  // as networks have them
    if (random.one_in(2)) p.activation_min = -128, p.activation_max = 127;
  }
  return pointwise_call(p, channels, random);
}

std::vector<DeviceCall> int4_benchmark_calls() {
  Random random(1);
  std::vector<DeviceCall> calls;
  const auto add = [&](const char* name, const PointwiseS4Params& p) {
    kernels::testing::ChannelParameters channels;
    for (std::int32_t i = 0; i < p.output_channels; ++i) {
      channels.bias.push_back(random.between(-2000, 2000));
      channels.multipliers.push_back(random.between(1 << 30, INT32_MAX));
      channels.shifts.push_back(-7);
    }
    calls.push_back(pointwise_call(p, channels, random).value());
    calls.back().description = name;
  };
  add("int4 1x1 1x125 64>64", {1, 1, 125, 64, 1, 125, 64, 1, 1, -128, -128, 127, 1});
  add("int4 1x1 12x12 64>64", {1, 12, 12, 64, 12, 12, 64, 1, 1, -128, -128, 127, 1});
  add("int4 1x1 6x6 128>128", {1, 6, 6, 128, 6, 6, 128, 1, 1, -128, -128, 127, 1});
  add("int4 1x1 24x24 16>32", {1, 24, 24, 16, 24, 24, 32, 1, 1, -128, -128, 127, 1});
  add("int4 1x1 12x12 64>64, no scratch", {1, 12, 12, 64, 12, 12, 64, 1, 1, -128, -128, 127, 0});
  add("int4 linear 640>128", {1, 1, 1, 640, 1, 1, 128, 1, 1, -128, -128, 127, 1});
  add("int4 linear 128>128", {1, 1, 1, 128, 1, 1, 128, 1, 1, -128, -128, 127, 1});
  return calls;
}

}  // namespace pudu::testing
