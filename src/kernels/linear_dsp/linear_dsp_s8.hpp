// int8 linear layer prepared for cores with the DSP extension: the bytes of linear_s8, with weights in the order in
// which the inner loop reads them and requantization folded into constants (requantize_form.hpp). The compiler chooses
// it and prepares its operands; docs/kernels.md explains it.
//
// An input vector is widened to int16 in scratch; four outputs at a time run over it, a `unit` of four values each
// step.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/requantize_form.hpp"

namespace pudu::kernels {

struct LinearDspS8Params {
  std::int32_t batches;
  std::int32_t input_features, output_features;
  std::int32_t weight_bits;  ///< 8, or 16: widened ahead of time
  std::int32_t form;         ///< RequantizeForm; channels that have no line are Rounded
  /// Of a channel: 4; 2 where form is a Line and no channel is Rounded; 1 where form is Rounded and all channels have
  /// one scale.
  std::int32_t constant_words;
  std::int32_t output_offset, activation_min, activation_max;  ///< of form General

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("weight_bits", self.weight_bits);
    visitor("form", self.form);
    visitor("constant_words", self.constant_words);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct LinearDspS8Operands {
  const std::int8_t* input;  ///< [batches, input_features]
  /// [groups of 4 outputs, units, 4, 4] codes of weight_bits, 0 where there is no feature; 16 bits: the values 0, 2, 1,
  /// 3 of a unit.
  const std::uint8_t* weights;
  /// [output_features] ChannelConstants, or their first two words, or multiplier, addend, shift and all biases.
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

namespace linear_dsp {

/// Sums of four outputs over x up to x_end.
using Dots = void (*)(const std::int16_t* x, const std::int16_t* x_end, const void* weights,
                      std::int32_t (&sums)[4]) noexcept;
void dots_int8(const std::int16_t* x, const std::int16_t* x_end, const void* weights, std::int32_t (&sums)[4]) noexcept;
void dots_int16(const std::int16_t* x, const std::int16_t* x_end, const void* weights,
                std::int32_t (&sums)[4]) noexcept;

/// Four outputs at a time, up to the last whole four: what the inner loops take, in the order in which they load it.
struct Groups {
  const std::int16_t *x, *x_end;
  const void* weights;
  const std::int32_t* constants;
  std::int8_t* output;
  std::int32_t count;                      ///< at least 1
  std::int32_t multiplier, addend, shift;  ///< of all channels, with 1 word
};

using RunGroups = void (*)(Groups& groups) noexcept;
/// Form is a Line, whose channels have Words words of constants; with 4, those that have a shift are Rounded, with 1
/// all.
template <int WeightBits, RequantizeForm Form, int Words>
void run_groups(Groups& groups) noexcept;

template <int WeightBits, int Words>
[[gnu::always_inline]] constexpr RunGroups groups_of(RequantizeForm form) noexcept {
  if constexpr (Words == 1) return run_groups<WeightBits, RequantizeForm::Line9, Words>;  // no channel is a line
  switch (form) {
    case RequantizeForm::General:
      return nullptr;
    case RequantizeForm::Rounded:  // no channel is a line
    case RequantizeForm::Line9:
      return run_groups<WeightBits, RequantizeForm::Line9, Words>;
    case RequantizeForm::Line11:
      return run_groups<WeightBits, RequantizeForm::Line11, Words>;
    case RequantizeForm::Line13:
      return run_groups<WeightBits, RequantizeForm::Line13, Words>;
    case RequantizeForm::Line15:
      return run_groups<WeightBits, RequantizeForm::Line15, Words>;
  }
  return nullptr;
}

/// The loop for a layer, none for form General. The parameters of a compiled model are constants, and all this is
/// inlined, so that it links the loops it needs only.
[[gnu::always_inline]] constexpr RunGroups groups_for(const LinearDspS8Params& params) noexcept {
  const auto form = static_cast<RequantizeForm>(params.form);
  if (params.constant_words == 1) return params.weight_bits == 16 ? groups_of<16, 1>(form) : groups_of<8, 1>(form);
  if (params.constant_words == 2) return params.weight_bits == 16 ? groups_of<16, 2>(form) : groups_of<8, 2>(form);
  return params.weight_bits == 16 ? groups_of<16, 4>(form) : groups_of<8, 4>(form);
}

/// `groups` makes fours of outputs; `dots` the others, none where there are no others.
void run(const LinearDspS8Params& params, const LinearDspS8Operands& operands, RunGroups groups, Dots dots) noexcept;

}  // namespace linear_dsp

struct LinearDspS8 {
  static constexpr const char* name = "linear_dsp_s8";
  static constexpr const char* header = "kernels/linear_dsp/linear_dsp_s8.hpp";
  using Params = LinearDspS8Params;
  using Operands = LinearDspS8Operands;

  static constexpr std::int32_t units(const Params& params) noexcept { return (params.input_features + 3) / 4; }
  static constexpr std::int32_t groups(const Params& params) noexcept { return (params.output_features + 3) / 4; }
  /// Bytes of one widened input vector.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return static_cast<std::size_t>(units(params)) * 8;
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    using namespace linear_dsp;
    const Dots dots = params.weight_bits == 16 ? dots_int16 : dots_int8;
    const bool has_others = params.form == 0 || params.output_features % 4 != 0;
    linear_dsp::run(params, operands, groups_for(params), has_others ? dots : nullptr);
  }
};

}  // namespace pudu::kernels
