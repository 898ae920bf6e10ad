// int8 layer of singular-value-decomposed filters (TensorFlow Lite's SVDF): every filter projects the input to one
// number, remembers its last `memory` numbers, and weighs them; `filters_per_unit` (TensorFlow
// Lite's rank) together make one unit.
//   state'[f] = state[f] without its first, and at its end
//               clamp16(REQ(sum_k (input[k] + input_offset) feature_weights[f][k], feature_multiplier, feature_shift))
//   output[u] = clamp8(REQ(bias[u] + sum_{f of u} sum_m state'[f][m] time_weights[f][m], output_multiplier,
//               output_shift) + output_offset)
// Sums of products with the state wrap in 32 bits. The formula is that of TensorFlow Lite's reference kernel
// (EvalIntegerSVDF). The state may be changed in place.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct SvdfS8Params {
  std::int32_t batches, input_features, units, filters_per_unit, memory;
  std::int32_t input_offset;  ///< minus the input's zero point
  std::int32_t feature_multiplier, feature_shift;
  std::int32_t output_multiplier, output_shift;
  std::int32_t output_offset;  ///< the output's zero point

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("units", self.units);
    visitor("filters_per_unit", self.filters_per_unit);
    visitor("memory", self.memory);
    visitor("input_offset", self.input_offset);
    visitor("feature_multiplier", self.feature_multiplier);
    visitor("feature_shift", self.feature_shift);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
    visitor("output_offset", self.output_offset);
  }
};

struct SvdfS8Operands {
  const std::int8_t* input;            ///< [batches, input_features]
  const std::int8_t* feature_weights;  ///< [units * filters_per_unit, input_features]
  const std::int16_t* time_weights;    ///< [units * filters_per_unit, memory]
  const std::int32_t* bias;            ///< [units]
  const std::int16_t* state;           ///< [batches, units * filters_per_unit, memory], the oldest first
  std::int16_t* output_state;          ///< the same shape; may be `state`
  std::int8_t* output;                 ///< [batches, units]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("feature_weights", self.feature_weights);
    visitor("time_weights", self.time_weights);
    visitor("bias", self.bias);
    visitor("state", self.state);
    visitor("output_state", self.output_state);
    visitor("output", self.output);
  }
};

struct SvdfS8 {
  static constexpr const char* name = "svdf_s8";
  static constexpr const char* header = "kernels/svdf/svdf_s8.hpp";
  using Params = SvdfS8Params;
  using Operands = SvdfS8Operands;

  /// 255 * 128 times this many fit 32 bits.
  static constexpr std::int32_t max_input_features = 1 << 16;

  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }
  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
