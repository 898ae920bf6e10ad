// The portable loops of linear_lanes_s8, which the host runs, over the same words.
#include "kernels/lane_runs.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_lanes/loops.hpp"

namespace pudu::kernels::linear_lanes {

#if PUDU_LINEAR_LANES_THUMB == 0
namespace {

/// `add(code, sums)` adds the products of one feature.
template <class Add>
void sum_runs(Runs& runs, const Add& add) noexcept {
  for (const std::int32_t* x = runs.x; x != runs.x_end;) {
    std::uint32_t sums[4] = {};
    for (const std::int32_t* const end = x + 2 * *runs.runs++; x != end; ++x) {
      add(static_cast<std::uint32_t>(*x), sums);
    }
    for (const std::uint32_t sum : sums) *runs.sums++ = sum;
  }
}

}  // namespace

void sum_runs16(Runs& runs) noexcept {
  const std::int32_t* weights = runs.weights;
  sum_runs(runs, [&](std::uint32_t code, std::uint32_t(&sums)[4]) {
    for (std::uint32_t& sum : sums) sum += code * static_cast<std::uint32_t>(*weights++);
  });
}

void sum_runs8(Runs& runs) noexcept {
  const std::int32_t* weights = runs.weights;
  sum_runs(runs, [&](std::uint32_t code, std::uint32_t(&sums)[4]) {
    for (int pair = 0; pair < 4; pair += 2) {
      const auto word = static_cast<std::uint32_t>(*weights++);
      sums[pair] += code * (word & 0x00FF00FF);
      sums[pair + 1] += code * (word >> 8);
    }
  });
}

#endif

#if PUDU_LINEAR_LANES_THUMB != 1

void split_lanes16(const std::uint32_t* begin, const std::uint32_t* end, std::int32_t* outputs) noexcept {
  for (int word = 0; word < 4; ++word) {
    LaneSums lanes;
    for (const std::uint32_t* at = begin + word; at != end + word; at += 4) lanes.add_run(*at);
    outputs[word] = lanes.lower(), outputs[word + 4] = lanes.upper;
  }
}

template <LanesForm Form, int Pivot>
void write_alike(const LanesConstants& constants, const std::int32_t* biases, const std::int32_t* sums,
                 std::int32_t count, std::int8_t* output) noexcept {
  LanesConstants lanes = constants;
  lanes.range &= 0xFFFFFF;
  if (Pivot == 0) lanes.pivot = 0;
  for (const std::int32_t* const end = sums + count; sums != end;) {
    lanes.bias = *biases++;
    *output++ = apply_lanes(Form, lanes, *sums++);
  }
}

PUDU_LINEAR_LANES_OUTPUTS

#endif

}  // namespace pudu::kernels::linear_lanes
