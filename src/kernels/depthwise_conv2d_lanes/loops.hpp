// The inner loops of depthwise_conv2d_lanes_s8, with assembly for Thumb-1 and Thumb-2 and portable twins: values of a
// channel into the plane, sums of products, outputs.
#pragma once

#include <cstdint>

#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"

// Not at -O0, which leaves too few registers to the assembler's loops. 1: Armv6-M, Armv8-M baseline; 2: M3.
#if defined(__thumb__) && !defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
#define PUDU_DEPTHWISE_LANES_THUMB __ARM_ARCH_ISA_THUMB
#else
#define PUDU_DEPTHWISE_LANES_THUMB 0
#endif

namespace pudu::kernels::depthwise_conv2d_lanes {

/// Words of a row of the plane from `to` up to `end`, byte offsets in the plane, the first of them to `fours_end` being
/// a multiple of four. `first` and `second` are the first codes of both lanes, offsets from the channel's first code.
struct PairJob {
  std::int32_t first, second, fours_end, end, to;
};
/// The same of words with one lane on the border: addend + (code << shift).
struct SingleJob {
  std::int32_t first, shift, addend, end, to;
};
static_assert(sizeof(PairJob) == 4 * job_words && sizeof(SingleJob) == 4 * job_words);

/// A list of jobs for one channel.
template <class Job>
struct JobList {
  const Job* begin;
  const Job* end;
  const std::int8_t* input;
  std::uint32_t* plane;
  std::int32_t step;  ///< bytes from one column's code to the next
};

void copy_pairs(const JobList<PairJob>& jobs) noexcept;
void copy_singles(const JobList<SingleJob>& jobs) noexcept;

/// Outputs of whole rows, from the sums of a chunk; the constants are those of LanesConstants.
struct OutputRows {
  const std::int32_t* sums;
  std::int8_t* output;     ///< of the lower lane
  std::int32_t distance;   ///< bytes from it to the upper lane's
  std::int32_t step;       ///< bytes from a word's output to the next word's
  std::int32_t row_bytes;  ///< of the sums that are outputs
  std::int32_t gap;        ///< bytes of sums between rows
  std::int32_t row_step;   ///< from behind the last output of a row to the first of the next
  std::int32_t rows;
  std::int32_t bias, range, multiplier, low, offset, pivot, offset_below;
};

/// Writes the outputs in a form but General; Pivot: 1 where constants have one.
template <LanesForm Form, int Pivot>
void write_outputs(const OutputRows& rows) noexcept;

}  // namespace pudu::kernels::depthwise_conv2d_lanes
