// The portable loops of depthwise_conv2d_lanes_s8, which the host runs, over the same plane, runs and constants.
#include "kernels/depthwise_conv2d_lanes/instances.hpp"
#include "kernels/depthwise_conv2d_lanes/loops.hpp"
#include "kernels/lane_runs.hpp"

namespace pudu::kernels::depthwise_conv2d_lanes {

#if PUDU_DEPTHWISE_LANES_THUMB == 0

template <int Mask, int Stride>
void sum_products(const Products& products) noexcept {
  const std::uint32_t* words = products.words;
  for (std::int32_t* sums = products.sums; sums != products.sums_end; sums += 8) {
    std::uint32_t runs[4] = {};
    LaneSums lanes[4] = {};
    for (int tap = 0; tap < 9; ++tap) {
      for (int i = 0; i < 4; ++i) runs[i] += words[i] * static_cast<std::uint32_t>(products.weights[tap]);
      std::int32_t step = -12;
      if (tap % 3 == 2) step = tap == 8 ? products.block_step : products.row_step;
      if (Stride == 2 && tap % 3 == 1) step = products.odd_step;
      words += 4 + step / 4;
      if (((Mask | 0x100) >> tap & 1) == 0) continue;
      for (int i = 0; i < 4; ++i) lanes[i].add_run(runs[i]), runs[i] = 0;
    }
    for (int i = 0; i < 4; ++i) sums[2 * i] = lanes[i].lower(), sums[2 * i + 1] = lanes[i].upper;
  }
}

PUDU_DEPTHWISE_CONV2D_LANES_PRODUCTS
#endif

#if PUDU_DEPTHWISE_LANES_THUMB != 1

void copy_pairs(const JobList<PairJob>& jobs) noexcept {
  for (const PairJob* job = jobs.begin; job != jobs.end; ++job) {
    const std::int8_t *first = jobs.input + job->first, *second = jobs.input + job->second;
    std::uint32_t* const end = jobs.plane + job->end / 4;
    for (std::uint32_t* to = jobs.plane + job->to / 4; to != end; ++to, first += jobs.step, second += jobs.step) {
      *to = lane_word(*first, *second);
    }
  }
}

void copy_singles(const JobList<SingleJob>& jobs) noexcept {
  for (const SingleJob* job = jobs.begin; job != jobs.end; ++job) {
    const std::int8_t* from = jobs.input + job->first;
    std::uint32_t* const end = jobs.plane + job->end / 4;
    for (std::uint32_t* to = jobs.plane + job->to / 4; to != end; ++to, from += jobs.step) {
      *to = (static_cast<std::uint32_t>(*from) << job->shift) + static_cast<std::uint32_t>(job->addend);
    }
  }
}

template <LanesForm Form, int Pivot>
void write_outputs(const OutputRows& rows) noexcept {
  const LanesConstants channel{rows.bias,
                               static_cast<std::uint32_t>(rows.range),
                               static_cast<std::uint32_t>(rows.multiplier),
                               static_cast<std::uint32_t>(rows.low),
                               static_cast<std::uint32_t>(rows.offset),
                               Pivot != 0 ? static_cast<std::uint32_t>(rows.pivot) : 0,
                               static_cast<std::uint32_t>(rows.offset_below)};
  const std::int32_t* sums = rows.sums;
  std::int8_t* output = rows.output;
  for (std::int32_t row = 0; row < rows.rows; ++row) {
    for (const std::int32_t* end = sums + rows.row_bytes / 4; sums != end; sums += 2, output += rows.step) {
      output[0] = apply_lanes(Form, channel, sums[0]);
      output[rows.distance] = apply_lanes(Form, channel, sums[1]);
    }
    sums += rows.gap / 4, output += rows.row_step;
  }
}

PUDU_DEPTHWISE_CONV2D_LANES_OUTPUTS
#endif

}  // namespace pudu::kernels::depthwise_conv2d_lanes
