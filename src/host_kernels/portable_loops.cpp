// The loops in plain C++, for any processor; written so that compilers find vectors where the processor multiplies
// 16-bit numbers to 32 bits.
#include <algorithm>

#include "host_kernels/vector_loops.hpp"
#include "numerics/requantize.hpp"

namespace pudu::host_kernels {
namespace {

void widen(const std::int8_t* from, std::int32_t count, std::int16_t* to) {
  for (std::int32_t i = 0; i < count; ++i) to[i] = from[i];
}

void multiply(const Tile& tile) {
  for (std::int32_t position = 0; position < tile.positions; ++position) {
    std::uint32_t sums[block_channels] = {};
    const std::int16_t* x = tile.values + position * tile.pitch;
    const std::int16_t* w = tile.weights;
    for (std::int32_t pair = 0; pair < tile.pairs; ++pair, x += 2, w += 2 * block_channels) {
      const std::int32_t first = x[0], second = x[1];
      for (std::int32_t i = 0; i < block_channels; ++i) {
        sums[i] += static_cast<std::uint32_t>(first * w[2 * i] + second * w[2 * i + 1]);
      }
    }
    for (std::int32_t i = 0; i < block_channels; ++i) {
      tile.sums[(i / vector_channels * tile_positions + position) * vector_channels + i % vector_channels] =
          static_cast<std::int32_t>(sums[i]);
    }
  }
}

template <std::int8_t (*Scale)(const ChannelScaling&, std::size_t, std::int32_t)>
void scale_each(const ChannelScaling& scaling, const ScaledBlock& block) {
  for (std::int32_t position = 0; position < block.positions; ++position) {
    const std::int32_t* sums = block.sums + position * vector_channels;
    std::int8_t* output = block.output + position * block.pitch;
    for (std::int32_t i = 0; i < block.channels; ++i) {
      output[i] = Scale(scaling, static_cast<std::size_t>(block.first_channel + i), sums[i]);
    }
  }
}

void scale(const ChannelScaling& scaling, const ScaledBlock& block) {
  switch (scaling.form) {
    case ScalingForm::General:
      return scale_each<scale_general>(scaling, block);
    case ScalingForm::Folded:
      return scale_each<scale_folded>(scaling, block);
    case ScalingForm::Lanes:
      return scale_each<scale_lanes>(scaling, block);
  }
}

/// `Channels`: their number, where it is known.
template <std::int32_t Channels>
void sum_channels(const DepthwiseBlock& block) {
  const std::int32_t channels = Channels > 0 ? Channels : block.channels;
  const std::int8_t* const* values = block.values;
  for (std::int32_t position = 0; position < block.positions; ++position) {
    std::uint32_t sums[vector_channels] = {};
    const std::int16_t* w = block.weights;
    for (std::int32_t tap = 0; tap < 2 * block.pairs; ++tap, ++values) {
      const std::int8_t* x = *values + block.first_channel;
      for (std::int32_t i = 0; i < channels; ++i) {
        sums[i] += static_cast<std::uint32_t>(x[i] * w[tap / 2 * block_channels + 2 * i + tap % 2]);
      }
    }
    std::copy(sums, sums + vector_channels, block.sums + position * vector_channels);
  }
}

void sum_depthwise(const DepthwiseBlock& block) {
  if (block.channels == vector_channels) return sum_channels<vector_channels>(block);
  sum_channels<0>(block);
}

void add(const PlaneSum& p) {
  const auto product = [](std::int32_t a, std::int32_t b) {
    return static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b);
  };
  for (std::int32_t i = 0; i < p.count; ++i) {
    const std::uint32_t sum = static_cast<std::uint32_t>(p.addend) + product(p.multiplier1, p.input1[i]) +
                              product(p.multiplier2, p.input2[i]);
    p.output[i] = static_cast<std::int8_t>(numerics::clamp(static_cast<std::int32_t>(sum) >> p.shift, -128, 127));
  }
}

}  // namespace

const VectorLoops& portable_loops() {
  static constexpr VectorLoops loops{"portable", widen, multiply, scale, sum_depthwise, add};
  return loops;
}

const VectorLoops& best_loops() {
  const VectorLoops* const avx2 = avx2_loops();
  return avx2 != nullptr ? *avx2 : portable_loops();
}

}  // namespace pudu::host_kernels
