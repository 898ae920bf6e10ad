// The inner part of conv2d_lanes_s8: channels over blocks of eight positions, as streams say. thumb.cpp for cores
// without the DSP extension, scalar.cpp elsewhere; both run the same streams.
#pragma once

#include <cstdint>

#if defined(__thumb__) && !defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE)
#define PUDU_CONV2D_LANES_ASSEMBLY 1
#else
#define PUDU_CONV2D_LANES_ASSEMBLY 0
#endif

namespace pudu::kernels::conv2d_lanes {

/// Where the work is; thumb.cpp knows the order of the fields.
struct Block {
  const std::uint32_t* x;      ///< [taps, 4]: word j has position j in its high half, position 4 + j in its low one
  std::int8_t* output;         ///< of the first position; moves on by one for each channel
  std::int32_t stride;         ///< of the output's positions
  const std::int32_t* stream;  ///< moves on to where a channel of form General has its constants
  std::int32_t blocks;         ///< for streams that end with next_block: how many
  std::int32_t block_bytes;    ///< distance of their x
  std::int32_t* sums;          ///< [8] of a channel of form General
  std::int32_t has_sums;       ///< not 0: they are there, and the stream goes on behind the constants
};

/// Until the stream ends, or comes to a channel of form General.
void gemm(Block& block) noexcept;

}  // namespace pudu::kernels::conv2d_lanes
