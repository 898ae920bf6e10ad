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
  std::int32_t* outputs;    ///< sums of all outputs
  std::uint32_t* sums;      ///< four a run, of one group
};

void widen(const Params& p, const std::int8_t* input, std::int32_t* codes) noexcept {
  std::int32_t* const end = codes + p.input_features;
  while (codes != end) *codes++ = *input++;
  if (p.input_features % 2 != 0) *codes = 0;
}

/// Outputs 0 to 7 from the sums of runs, four weights a word. A word w0, w1, w4, w5 (plus 128 each) gives x (w0 + 2^16
/// w4), which the sum of codes frees from the 128s, and x (w1 + 2^8 w4 + 2^16 w5), from which 2^8 times the sum of x w4
/// is taken as well.
void split_lanes8(const std::uint8_t* run, const std::uint32_t* sums_end, const Vectors& vectors,
                  std::int32_t* outputs) noexcept {
  for (int pair = 0; pair < 4; pair += 2) {
    LaneSums even, odd;
    const std::int32_t* code_sum = vectors.code_sums;
    const std::uint8_t* next = run;
    for (const std::uint32_t* at = vectors.sums + pair; at != sums_end + pair; at += 4) {
      const std::int32_t before = *code_sum;
      code_sum += 2 * *next++;
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

void write_general(const Params& p, const LanesConstants& lanes, const std::int32_t* biases, const std::int32_t* sums,
                   std::int32_t count, std::int8_t* output) noexcept {
  for (std::int32_t i = 0; i < count; ++i) {
    output[i] = numerics::requantize_to_int8(
        numerics::wrapping_add(sums[i], biases[i]), static_cast<std::int32_t>(lanes.multiplier),
        static_cast<std::int32_t>(lanes.low), p.output_offset, p.activation_min, p.activation_max);
  }
}

template <int Pivot>
void write_form(const Params& p, const LanesConstants& lanes, const std::int32_t* biases, const std::int32_t* sums,
                std::int32_t count, std::int8_t* output) noexcept {
  switch (form_of(lanes)) {
    case LanesForm::Narrow:
      return write_alike<LanesForm::Narrow, Pivot>(lanes, biases, sums, count, output);
    case LanesForm::Medium:
      return write_alike<LanesForm::Medium, Pivot>(lanes, biases, sums, count, output);
    case LanesForm::Wide:
      return write_alike<LanesForm::Wide, Pivot>(lanes, biases, sums, count, output);
    case LanesForm::General:
      return write_general(p, lanes, biases, sums, count, output);
  }
}

/// `constants` stand behind the runs.
void write_outputs(const Params& p, const std::int32_t* constants, const std::int32_t* sums,
                   std::int8_t* output) noexcept {
  LanesConstants lanes;
  if (p.channel_words == 1) {
    std::memcpy(&lanes, constants, sizeof lanes);
    if (lanes.pivot == 0) return write_form<0>(p, lanes, constants + 7, sums, p.output_features, output);
    return write_form<1>(p, lanes, constants + 7, sums, p.output_features, output);
  }
  for (std::int32_t i = 0; i < p.output_features; ++i, constants += 7) {
    std::memcpy(&lanes, constants, sizeof lanes);
    write_form<1>(p, lanes, constants, sums + i, 1, output + i);
  }
}

Vectors vectors_of(const Params& p, void* scratch) noexcept {
  Vectors vectors{};
  vectors.codes = static_cast<std::int32_t*>(scratch);
  vectors.code_sums = vectors.codes + Kernel::features(p);
  vectors.outputs = vectors.code_sums + (p.weight_bits == 8 ? Kernel::features(p) + 1 : 0);
  vectors.sums = reinterpret_cast<std::uint32_t*>(vectors.outputs + 8 * Kernel::groups(p));
  return vectors;
}

}  // namespace

void run16(const Params& p, const Operands& operands) noexcept {
  const Vectors vectors = vectors_of(p, operands.scratch);
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    widen(p, operands.input + batch * p.input_features, vectors.codes);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(operands.constants);
    Runs runs{operands.weights, vectors.codes, vectors.code_sums, bytes, nullptr};
    for (std::int32_t group = 0; group < Kernel::groups(p); ++group, runs.weights += 4 * Kernel::features(p)) {
      runs.sums = vectors.sums;
      sum_runs16(runs);
      split_lanes16(vectors.sums, runs.sums, vectors.outputs + 8 * group);
    }
    write_outputs(p, operands.constants + Kernel::run_words(p), vectors.outputs,
                  operands.output + batch * p.output_features);
  }
}

void run8(const Params& p, const Operands& operands) noexcept {
  const Vectors vectors = vectors_of(p, operands.scratch);
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    widen(p, operands.input + batch * p.input_features, vectors.codes);
    vectors.code_sums[0] = 0;
    for (std::int32_t k = 0; k < Kernel::features(p); ++k) {
      vectors.code_sums[k + 1] = vectors.code_sums[k] + vectors.codes[k];
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(operands.constants);
    Runs runs{operands.weights, vectors.codes, vectors.code_sums, bytes, nullptr};
    for (std::int32_t group = 0; group < Kernel::groups(p); ++group, runs.weights += 2 * Kernel::features(p)) {
      const std::uint8_t* const run = runs.runs;
      runs.sums = vectors.sums;
      sum_runs8(runs);
      split_lanes8(run, runs.sums, vectors, vectors.outputs + 8 * group);
    }
    write_outputs(p, operands.constants + Kernel::run_words(p), vectors.outputs,
                  operands.output + batch * p.output_features);
  }
}

}  // namespace pudu::kernels::linear_lanes
