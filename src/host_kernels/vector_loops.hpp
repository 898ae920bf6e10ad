// The inner loops of the host's layers: plain C++ for any processor, and AVX2, chosen when the program runs. All of it
// is integer arithmetic that wraps in 32 bits, so that every set of loops gives the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "host_kernels/channel_scaling.hpp"

namespace pudu::host_kernels {

/// Output positions that are multiplied together: with block_channels, sums for twelve of sixteen vector registers.
inline constexpr std::int32_t tile_positions = 6;

/// Products of some positions' windows with the weights of block_channels channels.
struct Tile {
  const std::int16_t* values;   ///< [positions, pairs, 2], `pitch` elements from one position to the next
  const std::int16_t* weights;  ///< [pairs, block_channels, 2]
  std::int32_t* sums;           ///< [2, tile_positions, vector_channels]
  std::int32_t positions;       ///< 1 to tile_positions
  std::int32_t pairs;           ///< of taps
  std::int32_t pitch;
};

/// Outputs of up to vector_channels channels.
struct ScaledBlock {
  const std::int32_t* sums;  ///< [positions, vector_channels]
  std::int8_t* output;       ///< of the first position and channel, `pitch` from one position to the next
  std::int32_t pitch;
  std::int32_t positions;
  std::int32_t first_channel;  ///< a multiple of vector_channels
  std::int32_t channels;       ///< 1 to vector_channels
};

/// Sums of up to vector_channels channels of a depthwise convolution.
struct DepthwiseBlock {
  const std::int8_t* const* values;  ///< [positions, pairs, 2]: of each tap, the pixel's first channel
  const std::int16_t* weights;       ///< [pairs, vector_channels, 2]
  std::int32_t* sums;                ///< [positions, vector_channels]
  std::int32_t positions;
  std::int32_t pairs;  ///< of taps
  std::int32_t first_channel;
  std::int32_t channels;  ///< 1 to vector_channels
};

/// saturate((addend + multiplier1 * x1 + multiplier2 * x2) >> shift); `output` may be either input.
struct PlaneSum {
  const std::int8_t *input1, *input2;
  std::int8_t* output;
  std::int32_t count;
  std::int32_t multiplier1, multiplier2, addend, shift;
};

struct VectorLoops {
  const char* name;
  void (*widen)(const std::int8_t* from, std::int32_t count, std::int16_t* to);
  void (*multiply)(const Tile& tile);
  void (*scale)(const ChannelScaling& scaling, const ScaledBlock& block);
  void (*sum_depthwise)(const DepthwiseBlock& block);
  void (*add)(const PlaneSum& plane);
};

const VectorLoops& portable_loops();
/// Null where the program is not for x86-64, or this processor has no AVX2.
const VectorLoops* avx2_loops();
/// The fastest of this processor.
const VectorLoops& best_loops();

}  // namespace pudu::host_kernels
