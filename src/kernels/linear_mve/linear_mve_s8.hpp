// int8 linear layer prepared for MVE: the bytes of linear_s8, with weights of four outputs interleaved and the input's
// zero point in the bias. The compiler chooses it and prepares its operands; docs/kernels.md explains it.
// Limits: at least 4 outputs; all shifts go right by 1 or more.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LinearMveS8Params {
  std::int32_t batches;
  std::int32_t input_features, output_features;
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct LinearMveS8Operands {
  const std::int8_t* input;  ///< [batches, input_features]
  /// [groups of 4 outputs, units, 4, 16], 0 where there is no feature. The last group is the last four outputs.
  const std::int8_t* weights;
  const std::int32_t* constants;  ///< [groups, 3, 4]: bias with the input's zero point, multipliers, shifts
  std::int8_t* output;            ///< [batches, output_features]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("constants", self.constants);
    visitor("output", self.output);
  }
};

namespace linear_mve {

/// What groups of four outputs are made of; the assembly counts in it.
struct GroupArguments {
  const std::int8_t* weights;
  const std::int32_t* constants;
  std::int8_t* output;
  std::int32_t groups;
  const std::int8_t* input;
  std::int32_t features;  ///< where units are whole, so many times 64
  std::int32_t output_offset;
  std::int32_t unused;
  std::int32_t clamp[8];  ///< four times each bound less the zero point
};
using Writer = void (*)(const GroupArguments& arguments) noexcept;

/// Any number of features.
void write_groups(const GroupArguments& arguments) noexcept;
/// Whole units: `Lead`, then a loop over four at a time.
template <int Lead>
void write_whole_groups(const GroupArguments& arguments) noexcept;

void run(const LinearMveS8Params& params, const LinearMveS8Operands& operands, Writer write) noexcept;
void run_scalar(const LinearMveS8Params& params, const LinearMveS8Operands& operands) noexcept;

}  // namespace linear_mve

struct LinearMveS8 {
  static constexpr const char* name = "linear_mve_s8";
  static constexpr const char* header = "kernels/linear_mve/linear_mve_s8.hpp";
  using Params = LinearMveS8Params;
  using Operands = LinearMveS8Operands;

  /// Of 16 features.
  static constexpr std::int32_t units(const Params& p) noexcept { return (p.input_features + 15) / 16; }
  static constexpr std::int32_t groups(const Params& p) noexcept { return (p.output_features + 3) / 4; }
  /// First output of a group.
  static constexpr std::int32_t first_output(const Params& p, std::int32_t group) noexcept {
    return 4 * group + 4 <= p.output_features ? 4 * group : p.output_features - 4;
  }
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static constexpr bool has_whole_units(const Params& p) noexcept { return p.input_features % 16 == 0; }
  [[gnu::always_inline]] static constexpr linear_mve::Writer writer_of(const Params& p) noexcept {
    using namespace linear_mve;
    if (!has_whole_units(p)) return write_groups;
    const std::int32_t lead = units(p) % 4;
    if (lead == 0) return write_whole_groups<0>;
    if (lead == 1) return write_whole_groups<1>;
    return lead == 2 ? write_whole_groups<2> : write_whole_groups<3>;
  }

  /// The parameters of a compiled model are constants, so that it links the loop it needs.
  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
#if defined(__ARM_FEATURE_MVE)
    linear_mve::run(params, operands, writer_of(params));
#else
    linear_mve::run_scalar(params, operands);
#endif
  }
};

}  // namespace pudu::kernels
