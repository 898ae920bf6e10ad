// int8 1x1 convolution, or linear layer, with int4 weights: the bytes of conv2d_s8 and linear_s8 with the same weights,
// in half of their flash. The compiler prepares its operands (prepare.hpp); docs/kernels.md explains it.
//   acc = bias[o] + sum x * w          the bias holds the input's zero point
//   y = clamp(requantize(acc, multipliers[o], shifts[o]) + output_offset, activation_min, activation_max)
// Two weights a byte, the first in the low bits, as TensorFlow Lite and CMSIS-NN have them; but each row of an output
// channel begins with a byte of its own.
// On cores with the DSP extension and with MVE, calls of several positions may unpack the weights of two output
// channels at a time into scratch and run the loops of conv2d_dsp_s8 and conv2d_mve_s8 over all positions. Limits: no
// padding, no groups; at most 65536 input channels, so that 16 times a sum of products fits 32 bits.
#pragma once

#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/kernel.hpp"

namespace pudu::kernels {

/// A linear layer is an image of one row, a column for each of its vectors.
struct PointwiseS4Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t stride_h, stride_w;
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8
  std::int32_t by_pairs;                        ///< 1: unpacks weights into scratch where that pays; 0: no scratch

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("input_channels", self.input_channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("output_channels", self.output_channels);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
    visitor("by_pairs", self.by_pairs);
  }
};

struct PointwiseS4Operands {
  const std::int8_t* input;     ///< [batches, input_h, input_w, input_channels]
  const std::uint8_t* weights;  ///< [output_channels, (input_channels + 1) / 2]; the last half is 0 if there is none
  const std::int32_t* bias;     ///< [output_channels]
  const std::int32_t* multipliers;  ///< [output_channels]
  const std::int32_t* shifts;       ///< [output_channels]
  std::int8_t* output;              ///< [batches, output_h, output_w, output_channels]
  void* scratch;                    ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("multipliers", self.multipliers);
    visitor("shifts", self.shifts);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

namespace pointwise_s4 {

/// The loops over many positions, of the instruction set that the call is built for; null where there is none.
struct Loops {
  conv2d_dsp::Gemm general;  ///< leaves sums
  conv2d_dsp::Gemm rounded;  ///< of channels that have constants of form Rounded
  conv2d_mve::Pass pass;
};

void run(const PointwiseS4Params& params, const PointwiseS4Operands& operands, const Loops& loops) noexcept;

}  // namespace pointwise_s4

struct PointwiseS4 {
  static constexpr const char* name = "pointwise_s4";
  static constexpr const char* header = "kernels/pointwise_s4/pointwise_s4.hpp";
  using Params = PointwiseS4Params;
  using Operands = PointwiseS4Operands;

  static constexpr std::int32_t most_input_channels = 65536;
  /// Bytes of the weights of one output channel.
  static constexpr std::int32_t row_bytes(const Params& p) noexcept { return (p.input_channels + 1) / 2; }
  static constexpr std::int32_t positions(const Params& p) noexcept { return p.batches * p.output_h * p.output_w; }
  /// DSP: of four input channels.
  static constexpr std::int32_t units(const Params& p) noexcept { return p.input_channels / 4; }
  /// MVE: of sixteen input channels.
  static constexpr std::int32_t vectors(const Params& p) noexcept { return (p.input_channels + 15) / 16; }

  /// Is there a loop over many positions? DSP takes words, MVE windows that lie one behind the other.
  static constexpr bool runs_by_pairs(const Params& p, Isa isa) noexcept {
    if (p.by_pairs == 0 || positions(p) < 4 || p.output_channels < 2) return false;
    if (isa == Isa::Dsp) return p.input_channels % 4 == 0;
    return isa == Isa::Mve && p.input_channels % 8 == 0 && p.stride_h == 1 && p.stride_w == 1 &&
           p.input_h == p.output_h && p.input_w == p.output_w && p.output_channels <= conv2d_mve::most_output_channels;
  }
  /// DSP: positions that are widened at a time, even; about 4 KiB of them.
  static constexpr std::int32_t strip_positions(const Params& p) noexcept {
    constexpr std::int32_t most = 48, fewest = 4, strip_bytes = 4096;
    const std::int32_t fitting = strip_bytes / (8 * units(p)) / 2 * 2, all = (positions(p) + 1) / 2 * 2;
    const std::int32_t wanted = fitting < fewest ? fewest : (fitting < most ? fitting : most);
    return wanted < all ? wanted : all;
  }
  /// DSP: a strip of positions and two channels' weights in 16 bits, and their sums. MVE: two channels' weights in 8
  /// bits and constants, and four positions, the last ones, behind which loads may not reach.
  static constexpr std::size_t scratch_bytes(const Params& p, Isa isa) noexcept {
    if (!runs_by_pairs(p, isa)) return 0;
    if (isa == Isa::Mve) return 96 * static_cast<std::size_t>(vectors(p)) + 32;
    const auto strip = static_cast<std::size_t>(strip_positions(p)), words = static_cast<std::size_t>(units(p));
    return strip * words * 8 + words * 16 + strip * 8;
  }

#if defined(__ARM_FEATURE_MVE)
  template <conv2d_mve::Finish Last>
  [[gnu::always_inline]] static conv2d_mve::Pass pass_of(const Params& p) noexcept {
    using namespace conv2d_mve;
    if (vectors(p) > most_units) return long_windows_pass_of<Last>((vectors(p) - 1) % long_loop_units + 1);
    return windows_pass_of<Last>(vectors(p), p.input_channels);
  }
#endif

  /// The parameters of a compiled model are constants, and all this is inlined, so that it links the loop it needs.
  [[gnu::always_inline]] static void run(const Params& p, const Operands& operands) noexcept {
    pointwise_s4::Loops loops{};
#if defined(__ARM_FEATURE_MVE)
    using conv2d_mve::Finish;
    if (runs_by_pairs(p, Isa::Mve)) {
      if (p.activation_min != -128 || p.activation_max != 127) {
        loops.pass = pass_of<Finish::Clamp>(p);
      } else {
        loops.pass = p.output_offset == -128 ? pass_of<Finish::NoTies>(p) : pass_of<Finish::Ties>(p);
      }
    }
#elif defined(__ARM_FEATURE_DSP)
    if (runs_by_pairs(p, Isa::Dsp)) {
      loops.general = conv2d_dsp::gemm_for(RequantizeForm::General, units(p));
      const bool is_unclamped = p.activation_min == -128 && p.activation_max == 127;
      if (is_unclamped) loops.rounded = conv2d_dsp::gemm_for(RequantizeForm::Rounded, units(p));
    }
#endif
    pointwise_s4::run(p, operands, loops);
  }
};

}  // namespace pudu::kernels
