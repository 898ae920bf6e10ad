// dequantize_s16_f32: every code.
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(DequantizeS16F32, EveryCode) {
  std::vector<std::int16_t> input;
  for (int code = -32768; code <= 32767; ++code) input.push_back(static_cast<std::int16_t>(code));
  for (const float scale : {1.0f, 0.1f, 3.0e-5f}) {
    for (const std::int32_t zero_point : {-32768, 0, 7, 32767}) {
      GuardedBuffer<float> output(input.size());
      DequantizeS16F32::run({65536, scale, zero_point}, {input.data(), output.data()});
      const auto values = output.values();
      for (std::size_t i = 0; i < input.size(); ++i) {
        ASSERT_EQ(values[i], static_cast<float>(input[i] - zero_point) * scale);
      }
    }
  }
}

static_assert(DequantizeS16F32::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
