// int8 linear layer prepared for cores without DSP: the bytes of linear_s8. The compiler chooses it and prepares its
// operands; docs/kernels.md explains it.
//
// Eight outputs go together. A word holds the weights of outputs c and c + 4 for one feature (kernels/lane_runs.hpp),
// so that one multiplication by the feature's code serves both. A group's features are split into runs, each as long
// as the weights allow. With weights of 8 bits, four to a word, lanes are taken apart on the way.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/requantize_lanes.hpp"

namespace pudu::kernels {

struct LinearLanesS8Params {
  std::int32_t batches;
  std::int32_t input_features, output_features;
  std::int32_t weight_bits;    ///< 16: two weights a word; 8: four
  std::int32_t runs;           ///< of all groups
  std::int32_t most_runs;      ///< of any group
  std::int32_t channel_words;  ///< 7: constants of each output; 1: its bias, the others are the same for all
  std::int32_t output_offset, activation_min, activation_max;  ///< of outputs of form General

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("weight_bits", self.weight_bits);
    visitor("runs", self.runs);
    visitor("most_runs", self.most_runs);
    visitor("channel_words", self.channel_words);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct LinearLanesS8Operands {
  const std::int8_t* input;  ///< [batches, input_features]
  /// 16 bits: [groups, features rounded up to 2, 4] words, of outputs c and c + 4, c = 0 to 3; 0 where there is no
  /// output or feature. 8 bits: [groups, features rounded up to 2, 2] words of four weights plus 128, from the lowest
  /// byte on of outputs 0, 1, 4, 5, and 2, 3, 6, 7. Aligned to words.
  const std::int32_t* weights;
  /// [runs] bytes, pairs of features of the groups' runs one after the other, up to a word's end; then seven words of
  /// LanesConstants, range with form << 24 (form General: bias, 0, multiplier, shift) for each output, or once,
  /// followed by [output_features] biases.
  const std::int32_t* constants;
  std::int8_t* output;  ///< [batches, output_features]
  void* scratch;        ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("constants", self.constants);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

namespace linear_lanes {

/// A run is a byte: pairs of features.
inline constexpr std::int32_t longest_run = 510;

/// Products of one group, summed run by run: four words each, written to `sums`. Assembly knows the fields' places.
struct Runs {
  const std::int32_t* weights;
  const std::int32_t* x;
  const std::int32_t* x_end;
  const std::uint8_t* runs;  ///< pairs of features of each; afterwards: behind the group's
  std::uint32_t* sums;       ///< afterwards: behind the last
};

void sum_runs16(Runs& runs) noexcept;
void sum_runs8(Runs& runs) noexcept;

/// Outputs 0 to 7 from the sums of runs, [begin, end), two weights a word.
void split_lanes16(const std::uint32_t* begin, const std::uint32_t* end, std::int32_t* outputs) noexcept;

/// Outputs with the same constants but for their biases, which are in `biases`.
template <LanesForm Form, int Pivot>
void write_alike(const LanesConstants& constants, const std::int32_t* biases, const std::int32_t* sums,
                 std::int32_t count, std::int8_t* output) noexcept;

void run16(const LinearLanesS8Params& params, const LinearLanesS8Operands& operands) noexcept;
void run8(const LinearLanesS8Params& params, const LinearLanesS8Operands& operands) noexcept;

}  // namespace linear_lanes

struct LinearLanesS8 {
  static constexpr const char* name = "linear_lanes_s8";
  static constexpr const char* header = "kernels/linear_lanes/linear_lanes_s8.hpp";
  using Params = LinearLanesS8Params;
  using Operands = LinearLanesS8Operands;

  static constexpr std::int32_t groups(const Params& params) noexcept { return (params.output_features + 7) / 8; }
  /// With a code of zero where the number is odd.
  static constexpr std::int32_t features(const Params& params) noexcept { return (params.input_features + 1) / 2 * 2; }
  /// Words of the runs.
  static constexpr std::int32_t run_words(const Params& params) noexcept { return (params.runs + 3) / 4; }
  /// Codes as words, with weights of 8 bits the sums of codes up to each feature, all outputs' sums, four sums a run.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    const std::int32_t sums_of_codes = params.weight_bits == 8 ? features(params) + 1 : 0;
    return 4 * static_cast<std::size_t>(features(params) + sums_of_codes + 8 * groups(params) + 4 * params.most_runs);
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    if (params.weight_bits == 16) return linear_lanes::run16(params, operands);
    linear_lanes::run8(params, operands);
  }
};

}  // namespace pudu::kernels
