// max_pool2d_s8 against the plain maximum, dilation and ceil windows included; rows through rings.
#include "kernels/max_pool2d/max_pool2d_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/max_pool2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(MaxPool2dS8, RandomAndCommonShapes) {
  check_max_pools<MaxPool2dS8>();
}

TEST(MaxPool2dS8, AWindowInThePaddingGivesTheLowerBound) {
  MaxPool2dS8Params p{};
  p.batches = 1, p.input_h = 1, p.input_w = 1, p.channels = 5, p.output_h = 1, p.output_w = 2;
  p.kernel_h = p.kernel_w = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.pad_left = 1, p.activation_min = -77, p.activation_max = 100;
  const std::int8_t input[] = {-128, -1, 5, 127, 0};
  std::int8_t output[10];
  MaxPool2dS8::run(p, {input, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 10),
            (std::vector<std::int8_t>{-77, -77, -77, -77, -77, -77, -1, 5, 100, 0}));
}

static_assert(MaxPool2dS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
