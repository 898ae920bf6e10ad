// Linear layers of 16-bit codes prepared for cores with the DSP extension: the codes of wide_layers.hpp, with weights
// in the order in which the inner loop reads them and requantization folded into constants (wide_form.hpp). The
// compiler chooses them and prepares their operands; docs/kernels.md explains the loops, which are those of
// linear_dsp_s8.
//
// Limits: 32 bits hold the sums of every output, which the fit of its constants proves; an int16 input of a multiple of
// 4 features is read in place, and is 4-byte aligned.
#pragma once

#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/wide_form.hpp"

namespace pudu::kernels {

template <class Input, class Output>
struct WideLinearDspParams {
  std::int32_t batches;
  std::int32_t input_features, output_features;
  std::int32_t weight_bits;  ///< 8, or 16: widened ahead of time
  std::int32_t form;         ///< WideForm

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("weight_bits", self.weight_bits);
    visitor("form", self.form);
  }
};

template <class Input, class Output>
struct WideLinearDspOperands {
  const Input* input;  ///< [batches, input_features]
  /// [groups of 4 outputs, units, 4, 4] codes of weight_bits, 0 where there is no feature; 4-byte aligned. The values
  /// of a unit lie as 0, 2, 1, 3 where one of weights and input is widened when the model runs, but not both.
  const std::uint8_t* weights;
  /// Addend and cap of WideConstants, which all outputs share, then [output_features, 2] their biases and multipliers.
  const std::int32_t* constants;
  Output* output;  ///< [batches, output_features]
  void* scratch;   ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("constants", self.constants);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

namespace wide_linear_dsp {

inline constexpr std::int32_t shared_words = 2;  ///< addend and cap

/// Groups of four outputs, with their addend and cap in the places of addend and shift.
using linear_dsp::Groups;
using RunGroups = linear_dsp::RunGroups;

template <class Input, class Output, WideForm Form, int WeightBits>
void run_groups(Groups& groups) noexcept;

template <class Input, class Output, int WeightBits>
[[gnu::always_inline]] constexpr RunGroups groups_of(WideForm form) noexcept {
  if constexpr (sizeof(Output) == 2) {
    if (form == WideForm::NonNegative) return run_groups<Input, Output, WideForm::NonNegative, WeightBits>;
    if (form == WideForm::Capped) return run_groups<Input, Output, WideForm::Capped, WeightBits>;
  }
  return run_groups<Input, Output, WideForm::Full, WeightBits>;
}

/// `groups` makes fours of outputs; `dots` the sums of the others, none where there are no others.
template <class Input, class Output>
void run(const WideLinearDspParams<Input, Output>& params, const WideLinearDspOperands<Input, Output>& operands,
         RunGroups groups, linear_dsp::Dots dots) noexcept;

}  // namespace wide_linear_dsp

template <class In, class Out>
struct WideLinearDsp {
  using Input = In;
  using Output = Out;
  using Params = WideLinearDspParams<Input, Output>;
  using Operands = WideLinearDspOperands<Input, Output>;

  static constexpr std::int32_t units(const Params& params) noexcept { return (params.input_features + 3) / 4; }
  static constexpr std::int32_t groups(const Params& params) noexcept { return (params.output_features + 3) / 4; }
  static constexpr bool reads_in_place(const Params& params) noexcept {
    return sizeof(Input) == 2 && params.input_features % 4 == 0;
  }
  /// Bytes of one input vector of 16 bits with its last unit full, unless it is read in place.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return reads_in_place(params) ? 0 : static_cast<std::size_t>(units(params)) * 8;
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    using namespace wide_linear_dsp;
    const auto form = static_cast<WideForm>(params.form);
    const bool is_wide = params.weight_bits == 16;
    wide_linear_dsp::run<Input, Output>(
        params, operands, is_wide ? groups_of<Input, Output, 16>(form) : groups_of<Input, Output, 8>(form),
        params.output_features % 4 == 0 ? nullptr : (is_wide ? linear_dsp::dots_int16 : linear_dsp::dots_int8));
  }
};

}  // namespace pudu::kernels
