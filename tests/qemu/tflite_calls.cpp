// Calls of the kernels that only graphs of TensorFlow Lite's arithmetic have.
#include "kernels/prelu_codes/prelu_codes_s8.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"
#include "qemu/call_builder.hpp"

namespace pudu::testing {
namespace {

/// `count` numbers within [0, largest]; some of them at the ends and in the middle.
std::vector<std::int32_t> random_numbers(Random& random, std::int32_t count, std::int32_t largest) {
  std::vector<std::int32_t> numbers;
  for (std::int32_t i = 0; i < count; ++i) {
    numbers.push_back(random.one_in(3) ? random.between(0, 2) * (largest / 2) : random.between(0, largest));
  }
  return numbers;
}

}  // namespace

MaybeCall random_prelu_codes(Random& random) {
  PreluCodesS8Params p{};
  p.outer_count = random.between(1, 20), p.channels = random.between(1, 20);
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  p.output_offset = random.zero_point();
  p.output_multiplier = random.multiplier(), p.output_shift = random.between(-8, 3);
  p.multiplier = random.multiplier(), p.shift = random.between(-15, 3);
  CallBuilder call(random);
  const std::size_t count = elements({p.outer_count, p.channels});
  const PreluCodesS8Operands operands{call.codes(count), call.codes(elements({p.channels})), call.output()};
  return call.finish<PreluCodesS8>(KernelId::PreluCodes, p, operands, count, count);
}

MaybeCall random_quantize_ties_away(Random& random) {
  const QuantizeTiesAwayF32S8Params p{random.between(1, 300), static_cast<float>(random.between(1, 4000)) / 1000.0F,
                                      random.zero_point(), -128, 127};
  std::vector<float> input;
  for (std::int32_t i = 0; i < p.count; ++i) {
    const bool is_tie = random.one_in(2);
    input.push_back(is_tie ? static_cast<float>(random.between(-300, 300)) * 0.5F * p.scale : random.real());
  }
  CallBuilder call(random);
  const std::size_t count = elements({p.count});
  const QuantizeTiesAwayF32S8Operands operands{call.aligned(std::move(input)), call.output()};
  return call.finish<QuantizeTiesAwayF32S8>(KernelId::QuantizeTiesAway, p, operands, count, count);
}

MaybeCall random_resize_bilinear_ties_away(Random& random) {
  ResizeBilinearTiesAwayS8Params p{};
  p.batches = random.between(1, 2);
  p.input_h = random.between(1, 9), p.input_w = random.between(1, 9), p.channels = random.between(1, 9);
  p.output_h = random.between(1, 12), p.output_w = random.between(1, 12);
  CallBuilder call(random);
  const std::size_t outputs = elements({p.batches, p.output_h, p.output_w, p.channels});
  const ResizeBilinearTiesAwayS8Operands operands{
      call.codes(elements({p.batches, p.input_h, p.input_w, p.channels})),
      call.numbers(random_numbers(random, p.output_h, p.input_h - 1)),
      call.numbers(random_numbers(random, p.output_h, ResizeBilinearS8::one)),
      call.numbers(random_numbers(random, p.output_w, p.input_w - 1)),
      call.numbers(random_numbers(random, p.output_w, ResizeBilinearS8::one)),
      call.output()};
  return call.finish<ResizeBilinearTiesAwayS8>(KernelId::ResizeBilinearTiesAway, p, operands, outputs, outputs);
}

}  // namespace pudu::testing
