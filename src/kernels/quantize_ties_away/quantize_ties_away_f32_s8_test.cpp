// quantize_ties_away_f32_s8 against float arithmetic of the host: all ties, special values, random bit patterns.
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::int8_t reference(const QuantizeTiesAwayF32S8Params& p, float x) {
  const volatile float quotient = x / p.scale;
  if (std::isnan(quotient))
    return static_cast<std::int8_t>(std::fmin(std::fmax(p.zero_point, p.quant_min), p.quant_max));
  const double code = std::round(static_cast<double>(quotient)) + p.zero_point;
  return static_cast<std::int8_t>(std::fmin(std::fmax(code, p.quant_min), p.quant_max));
}

void check(const QuantizeTiesAwayF32S8Params& shape, const std::vector<float>& input) {
  QuantizeTiesAwayF32S8Params p = shape;
  p.count = static_cast<std::int32_t>(input.size());
  GuardedBuffer<std::int8_t> output(input.size());
  QuantizeTiesAwayF32S8::run(p, {input.data(), output.data()});
  const auto values = output.values();
  for (std::size_t i = 0; i < input.size(); ++i) {
    ASSERT_EQ(values[i], reference(p, input[i])) << input[i] << " scale " << p.scale << " zero point " << p.zero_point;
  }
}

TEST(QuantizeTiesAwayF32S8, TiesGoAwayFromZero) {
  std::vector<float> input;
  for (int halves = -1200; halves <= 1200; ++halves) {
    const float tie = static_cast<float>(halves) * 0.5f;
    input.push_back(tie);
    input.push_back(std::nextafter(tie, 1e9f));
    input.push_back(std::nextafter(tie, -1e9f));
  }
  for (const float scale : {1.0f, 0.5f, 2.0f, 0.1f}) {
    for (const std::int32_t zero_point : {-128, -1, 0, 127}) {
      std::vector<float> scaled;
      for (const float value : input) scaled.push_back(value * scale);
      check({0, scale, zero_point, -128, 127}, scaled);
      check({0, scale, zero_point, -100, 50}, scaled);
    }
  }
  const float ties[] = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f};
  std::int8_t output[6];
  QuantizeTiesAwayF32S8::run({6, 1.0f, 10, -128, 127}, {ties, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 6), (std::vector<std::int8_t>{11, 12, 13, 9, 8, 7}));
}

TEST(QuantizeTiesAwayF32S8, SpecialValues) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const float input[] = {infinity, -infinity, nan, -nan, 3e38f, -3e38f, 4194303.5f, 4194304.0f, 1e-40f, -0.0f};
  std::int8_t output[10];
  QuantizeTiesAwayF32S8::run({10, 1.0f, 5, -120, 120}, {input, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 10),
            (std::vector<std::int8_t>{120, -120, 5, 5, 120, -120, 120, 120, 5, 5}));
  QuantizeTiesAwayF32S8::run({3, 1.0f, -128, -100, 100}, {input + 2, output});
  EXPECT_EQ(output[0], -100) << "the zero point of NaN is clamped too";
}

TEST(QuantizeTiesAwayF32S8, RandomBitPatterns) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::vector<float> input;
    for (int k = 0; k < 1000; ++k) input.push_back(random.real());
    check({0, std::ldexp(1.0f + static_cast<float>(random.between(0, 1000)) / 1000.0f, random.between(-126, 100)),
           random.zero_point(), -128, 127},
          input);
    for (float& value : input) value = static_cast<float>(random.between(-200000, 200000)) / 1000.0f;
    check({0, static_cast<float>(random.between(1, 3000)) / 1000.0f, random.zero_point(), -128, 127}, input);
    if (HasFatalFailure()) return;
  }
}

TEST(QuantizeTiesAwayF32S8, OutputMayTakeTheBufferOfTheInput) {
  Random random(2);
  std::vector<float> buffer;
  for (int k = 0; k < 100; ++k) buffer.push_back(static_cast<float>(random.between(-1000, 1000)) / 7.0f);
  std::vector<std::int8_t> expected(100);
  const QuantizeTiesAwayF32S8Params p{100, 0.9f, 3, -128, 127};
  QuantizeTiesAwayF32S8::run(p, {buffer.data(), expected.data()});
  auto* bytes = reinterpret_cast<std::int8_t*>(buffer.data());
  QuantizeTiesAwayF32S8::run(p, {buffer.data(), bytes});
  EXPECT_EQ(std::vector<std::int8_t>(bytes, bytes + 100), expected);
}

static_assert(QuantizeTiesAwayF32S8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
