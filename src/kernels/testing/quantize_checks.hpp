// What the kernels share that turn floats into codes: the tests of all of them, against float arithmetic of the host.
// A test file instantiates QuantizesFloats with a kernel and its rule, which says
//   Kernel, Params, Code     the kernel, its parameters and the type of a code;
//   quotient(x, scale)       x / scale, rounded as the kernel rounds it;
//   to_integer(quotient)     the nearest integer, ties as the kernel has them;
//   ties                     the codes of 0.5, 1.5, 2.5, -0.5, -1.5, -2.5 with scale 1 and zero point 10.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

template <class Rule>
class QuantizesFloats : public ::testing::Test {
 protected:
  using Kernel = typename Rule::Kernel;
  using Params = typename Rule::Params;
  using Code = typename Rule::Code;
  static constexpr std::int32_t least = std::numeric_limits<Code>::min();
  static constexpr std::int32_t most = std::numeric_limits<Code>::max();

  static Code reference(const Params& p, float x) {
    const float quotient = Rule::quotient(x, p.scale);
    const double code = std::isnan(quotient) ? p.zero_point : Rule::to_integer(quotient) + p.zero_point;
    return static_cast<Code>(std::fmin(std::fmax(code, p.quant_min), p.quant_max));
  }

  static void check(const Params& shape, const std::vector<float>& input) {
    Params p = shape;
    p.count = static_cast<std::int32_t>(input.size());
    GuardedBuffer<Code> output(input.size());
    Kernel::run(p, {input.data(), output.data()});
    const auto values = output.values();
    for (std::size_t i = 0; i < input.size(); ++i) {
      ASSERT_EQ(values[i], reference(p, input[i]))
          << input[i] << " scale " << p.scale << " zero point " << p.zero_point;
    }
  }

  static std::vector<Code> codes_of(Params p, const std::vector<float>& input) {
    p.count = static_cast<std::int32_t>(input.size());
    std::vector<Code> output(input.size());
    Kernel::run(p, {input.data(), output.data()});
    return output;
  }
};

TYPED_TEST_SUITE_P(QuantizesFloats);

TYPED_TEST_P(QuantizesFloats, RoundsTies) {
  std::vector<float> input;
  for (int halves = -1200; halves <= 1200; ++halves) {
    const float tie = static_cast<float>(halves) * 0.5f;
    input.push_back(tie);
    input.push_back(std::nextafter(tie, 1e9f));
    input.push_back(std::nextafter(tie, -1e9f));
  }
  for (const float scale : {1.0f, 0.5f, 2.0f, 0.1f}) {
    for (const std::int32_t zero_point : {this->least, -1, 0, this->most}) {
      std::vector<float> scaled;
      for (const float value : input) scaled.push_back(value * scale);
      this->check({0, scale, zero_point, this->least, this->most}, scaled);
      this->check({0, scale, zero_point, -100, 50}, scaled);
    }
  }
  EXPECT_EQ(this->codes_of({0, 1.0f, 10, this->least, this->most}, {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f}),
            std::vector<typename TypeParam::Code>(std::begin(TypeParam::ties), std::end(TypeParam::ties)));
}

TYPED_TEST_P(QuantizesFloats, TakesSpecialValues) {
  using Integer = typename TypeParam::Code;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(this->codes_of({0, 1.0f, 5, -120, 120},
                           {infinity, -infinity, nan, -nan, 3e38f, -3e38f, 4194303.5f, 4194304.0f, 1e-40f, -0.0f}),
            (std::vector<Integer>{120, -120, 5, 5, 120, -120, 120, 120, 5, 5}));
  EXPECT_EQ(this->codes_of({0, 1.0f, -128, -100, 100}, {nan}), std::vector<Integer>{-100})
      << "the zero point of NaN is clamped too";
}

TYPED_TEST_P(QuantizesFloats, TakesRandomBitPatterns) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::vector<float> input;
    for (int k = 0; k < 1000; ++k) input.push_back(random.real());
    const float any_scale =
        std::ldexp(1.0f + static_cast<float>(random.between(0, 1000)) / 1000.0f, random.between(-126, 100));
    this->check({0, any_scale, random.between(this->least, this->most), this->least, this->most}, input);
    for (float& value : input) value = static_cast<float>(random.between(-200000, 200000)) / 1000.0f;
    const float usual_scale = static_cast<float>(random.between(1, 3000)) / 1000.0f;
    this->check({0, usual_scale, random.between(this->least, this->most), this->least, this->most}, input);
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST_P(QuantizesFloats, OutputMayTakeTheBufferOfTheInput) {
  using Integer = typename TypeParam::Code;
  Random random(2);
  std::vector<float> buffer;
  for (int k = 0; k < 100; ++k) buffer.push_back(static_cast<float>(random.between(-1000, 1000)) / 7.0f);
  const typename TypeParam::Params p{100, 0.9f, 3, -128, 127};
  const std::vector<Integer> expected = this->codes_of(p, buffer);
  auto* codes = reinterpret_cast<Integer*>(buffer.data());
  TypeParam::Kernel::run(p, {buffer.data(), codes});
  EXPECT_EQ(std::vector<Integer>(codes, codes + 100), expected);
}

REGISTER_TYPED_TEST_SUITE_P(QuantizesFloats, RoundsTies, TakesSpecialValues, TakesRandomBitPatterns,
                            OutputMayTakeTheBufferOfTheInput);

}  // namespace pudu::kernels::testing
