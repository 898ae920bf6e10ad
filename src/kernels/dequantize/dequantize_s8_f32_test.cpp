// dequantize_s8_f32: every code against the float product.
#include "kernels/dequantize/dequantize_s8_f32.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(DequantizeS8F32, EveryCode) {
  std::vector<std::int8_t> input;
  for (int code = -128; code <= 127; ++code) input.push_back(static_cast<std::int8_t>(code));
  for (const float scale : {1.0f, 0.1f, 0.0235294122f, 1e-38f, 1e37f}) {
    for (const std::int32_t zero_point : {-128, -3, 0, 127}) {
      GuardedBuffer<float> output(input.size());
      DequantizeS8F32::run({256, scale, zero_point}, {input.data(), output.data()});
      const auto values = output.values();
      for (std::size_t i = 0; i < input.size(); ++i) {
        // The product of an integer of 9 bits and a float of 24 bits is exact in double; one rounding remains.
        ASSERT_EQ(values[i], static_cast<float>(static_cast<double>(input[i] - zero_point) * scale));
      }
    }
  }
}

static_assert(DequantizeS8F32::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
