// quantize_f32_s16 against float arithmetic of the host: all ties, special values, random bit patterns.
#include "kernels/quantize_s16/quantize_f32_s16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::int16_t reference(const QuantizeF32S16Params& p, float x) {
  const volatile float inverse = 1.0f / p.scale;
  const volatile float product = x * inverse;
  if (std::isnan(product))
    return static_cast<std::int16_t>(std::fmin(std::fmax(p.zero_point, p.quant_min), p.quant_max));
  const double code = std::nearbyint(static_cast<double>(product)) + p.zero_point;  // the default mode: half to even
  return static_cast<std::int16_t>(std::fmin(std::fmax(code, p.quant_min), p.quant_max));
}

void check(const QuantizeF32S16Params& shape, const std::vector<float>& input) {
  QuantizeF32S16Params p = shape;
  p.count = static_cast<std::int32_t>(input.size());
  GuardedBuffer<std::int16_t> output(input.size());
  QuantizeF32S16::run(p, {input.data(), output.data()});
  const auto values = output.values();
  for (std::size_t i = 0; i < input.size(); ++i) {
    ASSERT_EQ(values[i], reference(p, input[i])) << input[i] << " scale " << p.scale << " zero point " << p.zero_point;
  }
}

TEST(QuantizeF32S16, TiesGoToEven) {
  std::vector<float> input;
  for (int halves = -1200; halves <= 1200; ++halves) {
    const float tie = static_cast<float>(halves) * 0.5f;
    input.push_back(tie);
    input.push_back(std::nextafter(tie, 1e9f));
    input.push_back(std::nextafter(tie, -1e9f));
  }
  for (const float scale : {1.0f, 0.5f, 2.0f, 0.1f}) {
    for (const std::int32_t zero_point : {-32768, -1, 0, 32767}) {
      std::vector<float> scaled;
      for (const float value : input) scaled.push_back(value * scale);
      check({0, scale, zero_point, -32768, 32767}, scaled);
      check({0, scale, zero_point, -100, 50}, scaled);
    }
  }
  const float ties[] = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f};
  std::int16_t output[6];
  QuantizeF32S16::run({6, 1.0f, 10, -128, 127}, {ties, output});
  EXPECT_EQ(std::vector<std::int16_t>(output, output + 6), (std::vector<std::int16_t>{10, 12, 12, 10, 8, 8}));
}

TEST(QuantizeF32S16, SpecialValues) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const float input[] = {infinity, -infinity, nan, -nan, 3e38f, -3e38f, 4194303.5f, 4194304.0f, 1e-40f, -0.0f};
  std::int16_t output[10];
  QuantizeF32S16::run({10, 1.0f, 5, -120, 120}, {input, output});
  EXPECT_EQ(std::vector<std::int16_t>(output, output + 10),
            (std::vector<std::int16_t>{120, -120, 5, 5, 120, -120, 120, 120, 5, 5}));
  QuantizeF32S16::run({3, 1.0f, -128, -100, 100}, {input + 2, output});
  EXPECT_EQ(output[0], -100) << "the zero point of NaN is clamped too";
}

TEST(QuantizeF32S16, RandomBitPatterns) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::vector<float> input;
    for (int k = 0; k < 1000; ++k) input.push_back(random.real());
    check({0, std::ldexp(1.0f + static_cast<float>(random.between(0, 1000)) / 1000.0f, random.between(-126, 100)),
           random.between(-32768, 32767), -32768, 32767},
          input);
    for (float& value : input) value = static_cast<float>(random.between(-200000, 200000)) / 1000.0f;
    check({0, static_cast<float>(random.between(1, 3000)) / 1000.0f, random.between(-32768, 32767), -32768, 32767},
          input);
    if (HasFatalFailure()) return;
  }
}

TEST(QuantizeF32S16, OutputMayTakeTheBufferOfTheInput) {
  Random random(2);
  std::vector<float> buffer;
  for (int k = 0; k < 100; ++k) buffer.push_back(static_cast<float>(random.between(-1000, 1000)) / 7.0f);
  std::vector<std::int16_t> expected(100);
  const QuantizeF32S16Params p{100, 0.9f, 3, -128, 127};
  QuantizeF32S16::run(p, {buffer.data(), expected.data()});
  auto* bytes = reinterpret_cast<std::int16_t*>(buffer.data());
  QuantizeF32S16::run(p, {buffer.data(), bytes});
  EXPECT_EQ(std::vector<std::int16_t>(bytes, bytes + 100), expected);
}

static_assert(QuantizeF32S16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
