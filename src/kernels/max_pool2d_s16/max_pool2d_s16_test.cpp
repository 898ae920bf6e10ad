// max_pool2d_s16 against the plain maximum, dilation and ceil windows included; rows through rings.
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/max_pool2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(MaxPool2dS16, RandomAndCommonShapes) {
  check_max_pools<MaxPool2dS16>();
}

TEST(MaxPool2dS16, AWindowInThePaddingGivesTheLowerBound) {
  MaxPool2dS16Params p{};
  p.batches = 1, p.input_h = 1, p.input_w = 1, p.channels = 5, p.output_h = 1, p.output_w = 2;
  p.kernel_h = p.kernel_w = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.pad_left = 1, p.output_min = -777, p.output_max = 1000;
  const std::int16_t input[] = {-32768, -1, 5, 32767, 0};
  std::int16_t output[10];
  MaxPool2dS16::run(p, {input, output});
  EXPECT_EQ(std::vector<std::int16_t>(output, output + 10),
            (std::vector<std::int16_t>{-777, -777, -777, -777, -777, -777, -1, 5, 1000, 0}));
}

static_assert(MaxPool2dS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
