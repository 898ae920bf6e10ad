// linear_lanes_s8 around its loops: codes become words, a group of eight outputs at a time has its products summed run
// by run, and the lanes of the runs are told apart and added up.
#include <cstring>

#include "kernels/lane_runs.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"

namespace pudu::kernels::linear_lanes {
namespace {

using Kernel = LinearLanesS8;
using Params = LinearLanesS8Params;
using Operands = LinearLanesS8Operands;

/// Scratch of a call.
struct Vectors {
  std::int32_t* codes;
  std::int32_t* code_sums;  ///< [features + 1] of the codes before a feature; with weights of 8 bits
  std::uint32_t* sums;      ///< four a run
};

void widen(const Params& p, const std::int8_t* input, std::int32_t* codes) noexcept {
  std::int32_t* const end = codes + p.input_features;
  while (codes != end) *codes++ = *input++;
  if (p.input_features % 2 != 0) *codes = 0;
}

/// Outputs 0 to 7 from the sums of runs, four weights a word. A word w0, w1, w4, w5 (plus 128 each) gives x (w0 + 2^16
/// w4), which the sum of codes frees from the 128s, and x (w1 + 2^8 w4 + 2^16 w5), from which 2^8 times the sum of x w4
/// is taken as well.
void split_lanes8(const std::int32_t* run, const std::uint32_t* sums_end, const Vectors& vectors,
                  std::int32_t (&outputs)[8]) noexcept {
  for (int pair = 0; pair < 4; pair += 2) {
    LaneSums even, odd;
    const std::int32_t* code_sum = vectors.code_sums;
    const std::int32_t* word = run;
    for (const std::uint32_t* at = vectors.sums + pair; at != sums_end + pair; at += 4) {
      const std::int32_t before = *code_sum;
      code_sum += run_features(*word++);
      const auto codes = static_cast<std::uint32_t>(*code_sum - before) << 7;
      const std::uint32_t both = codes + (codes << 16), lanes = at[0] - both;
      even.add_run(lanes);
      odd.add_run(at[1] - both - ((codes + static_cast<std::uint32_t>(upper_lane(lanes))) << 8));
    }
    outputs[pair] = even.lower(), outputs[pair + 4] = even.upper;
    outputs[pair + 1] = odd.lower(), outputs[pair + 5] = odd.upper;
  }
}

LanesForm form_of(const LanesConstants& lanes) noexcept {
  return static_cast<LanesForm>(lanes.range >> 24 & 3);
}

/// Outputs with the same constants but for their biases.
template <LanesForm Form>
void write_alike(LanesConstants lanes, const std::int32_t* biases, const std::int32_t* sums, std::int32_t count,
                 std::int8_t* output) noexcept {
  lanes.range &= 0xFFFFFF;
  for (const std::int32_t* const end = sums + count; sums != end;) {
    lanes.bias = *biases++;
    *output++ = apply_lanes(Form, lanes, *sums++);
  }
}

void write_general(const Params& p, const LanesConstants& lanes, const std::int32_t* biases, const std::int32_t* sums,
                   std::int32_t count, std::int8_t* output) noexcept {
  for (std::int32_t i = 0; i < count; ++i) {
    output[i] = numerics::requantize_to_int8(
        numerics::wrapping_add(sums[i], biases[i]), static_cast<std::int32_t>(lanes.multiplier),
        static_cast<std::int32_t>(lanes.low), p.output_offset, p.activation_min, p.activation_max);
  }
}

void write_form(const Params& p, const LanesConstants& lanes, const std::int32_t* biases, const std::int32_t* sums,
                std::int32_t count, std::int8_t* output) noexcept {
  switch (form_of(lanes)) {
    case LanesForm::Narrow:
      return write_alike<LanesForm::Narrow>(lanes, biases, sums, count, output);
    case LanesForm::Medium:
      return write_alike<LanesForm::Medium>(lanes, biases, sums, count, output);
    case LanesForm::Wide:
      return write_alike<LanesForm::Wide>(lanes, biases, sums, count, output);
    case LanesForm::General:
      return write_general(p, lanes, biases, sums, count, output);
  }
}

/// Writes a group's outputs, from `first` on. `constants` stand behind the runs' words.
void write_outputs(const Params& p, const std::int32_t* constants, const std::int32_t (&sums)[8], std::int32_t first,
                   std::int8_t* output) noexcept {
  const std::int32_t left = p.output_features - first, count = left < 8 ? left : 8;
  LanesConstants lanes;
  if (p.channel_words == 1) {
    std::memcpy(&lanes, constants, sizeof lanes);
    return write_form(p, lanes, constants + 7 + first, sums, count, output + first);
  }
  for (std::int32_t i = 0; i < count; ++i) {
    const std::int32_t* const channel = constants + 7 * (first + i);
    std::memcpy(&lanes, channel, sizeof lanes);
    write_form(p, lanes, channel, sums + i, 1, output + first + i);
  }
}

}  // namespace

void run16(const Params& p, const Operands& operands) noexcept {
  auto* codes = static_cast<std::int32_t*>(operands.scratch);
  const Vectors vectors{codes, nullptr, reinterpret_cast<std::uint32_t*>(codes + Kernel::features(p))};
  const std::int32_t* const constants = operands.constants + p.runs;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    widen(p, operands.input + batch * p.input_features, codes);
    const std::int32_t *weights = operands.weights, *run = operands.constants;
    for (std::int32_t group = 0; group < Kernel::groups(p); ++group, weights += 4 * Kernel::features(p)) {
      Runs runs{weights, codes, codes + Kernel::features(p), run, vectors.sums};
      sum_runs16(runs);
      run = runs.runs;
      std::int32_t sums[8];
      split_lanes16(vectors.sums, runs.sums, sums);
      write_outputs(p, constants, sums, 8 * group, operands.output + batch * p.output_features);
    }
  }
}

void run8(const Params& p, const Operands& operands) noexcept {
  auto* codes = static_cast<std::int32_t*>(operands.scratch);
  std::int32_t* const code_sums = codes + Kernel::features(p);
  const Vectors vectors{codes, code_sums, reinterpret_cast<std::uint32_t*>(code_sums + Kernel::features(p) + 1)};
  const std::int32_t* const constants = operands.constants + p.runs;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    widen(p, operands.input + batch * p.input_features, codes);
    code_sums[0] = 0;
    for (std::int32_t k = 0; k < Kernel::features(p); ++k) code_sums[k + 1] = code_sums[k] + codes[k];
    const std::int32_t *weights = operands.weights, *run = operands.constants;
    for (std::int32_t group = 0; group < Kernel::groups(p); ++group, weights += 2 * Kernel::features(p)) {
      Runs runs{weights, codes, codes + Kernel::features(p), run, vectors.sums};
      sum_runs8(runs);
      std::int32_t sums[8];
      split_lanes8(run, runs.sums, vectors, sums);
      run = runs.runs;
      write_outputs(p, constants, sums, 8 * group, operands.output + batch * p.output_features);
    }
  }
}

}  // namespace pudu::kernels::linear_lanes
