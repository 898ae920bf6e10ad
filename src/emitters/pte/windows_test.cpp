#include "emitters/pte/windows.hpp"

#include <gtest/gtest.h>

namespace pudu::emitters {
namespace {

TEST(WindowAxes, FollowPyTorchsRule) {
  const WindowAxis axis{.input = 7, .output = 4, .extent = 3, .stride = 2, .pad = 1};
  EXPECT_EQ(axis.regular_output(false), 4);
  EXPECT_EQ(axis.regular_output(true), 4);
  EXPECT_EQ(axis.overshoot(), 1);
  const WindowAxis rest{.input = 8, .output = 4, .extent = 3, .stride = 2, .pad = 0};
  EXPECT_EQ(rest.regular_output(false), 3);
  EXPECT_EQ(rest.regular_output(true), 4);
  EXPECT_EQ(rest.overshoot(), 1);
  // A window that would begin behind the image is dropped.
  const WindowAxis dropped{.input = 3, .output = 2, .extent = 2, .stride = 3, .pad = 1};
  EXPECT_EQ(dropped.regular_output(true), 2);
  const WindowAxis none{.input = 2, .output = 0, .extent = 5, .stride = 1, .pad = 1};
  EXPECT_EQ(none.regular_output(false), 0);
}

kernels::Conv2dS8Params row(std::int32_t width, std::int32_t kernel, std::int32_t stride, std::int32_t pad,
                            std::int32_t channels = 4) {
  kernels::Conv2dS8Params params{};
  params.batches = params.input_h = params.output_h = params.kernel_h = params.groups = 1;
  params.stride_h = params.dilation_h = params.dilation_w = 1;
  params.input_w = width;
  params.input_channels = channels;
  params.output_channels = 8;
  params.kernel_w = kernel;
  params.stride_w = stride;
  params.pad_left = pad;
  params.output_w = (width + 2 * pad - kernel) / stride + 1;
  return params;
}

TEST(Rows, ThatCmsisNnGetsWrongAreKnown) {
  EXPECT_TRUE(fails_as_row(row(8, 3, 2, 1)));
  EXPECT_TRUE(fails_as_row(row(16, 5, 2, 2)));
  EXPECT_TRUE(fails_as_row(row(10, 3, 2, 0)));  // runs, and misses a tap
  EXPECT_FALSE(fails_as_row(row(8, 3, 1, 1)));  // symmetric
  EXPECT_FALSE(fails_as_row(row(9, 3, 2, 1)));
  EXPECT_FALSE(fails_as_row(row(8, 1, 2, 0)));  // pointwise
  EXPECT_FALSE(fails_as_row(row(8, 3, 1, 1, 3)));
}

TEST(Rows, TurnedAreTheSameBytes) {
  kernels::Conv2dS8Params params = row(8, 3, 2, 1);
  turn_row_into_column(params);
  EXPECT_EQ(params.input_h, 8);
  EXPECT_EQ(params.input_w, 1);
  EXPECT_EQ(params.kernel_h, 3);
  EXPECT_EQ(params.output_h, 4);
  EXPECT_EQ(params.stride_h, 2);
  EXPECT_EQ(params.pad_top, 1);
  EXPECT_EQ(params.pad_left, 0);
  EXPECT_FALSE(fails_as_row(params));
}

}  // namespace
}  // namespace pudu::emitters
