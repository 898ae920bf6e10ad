// What is said of arrays whose axes stand elsewhere: the conversion that NumPy needs, and nothing where none fits.
#include "driver/sample_shapes.hpp"

#include <gtest/gtest.h>

namespace pudu::driver {
namespace {

TEST(ShapeHint, ImagesWithChannelsLast) {
  EXPECT_EQ(shape_hint({200, 32, 40, 3}, {1, 3, 32, 40}),
            "channels last: convert with array.transpose(0, 3, 1, 2), or compile the model with --input-layout nhwc");
  EXPECT_EQ(
      shape_hint({200, 1, 32, 40, 3}, {1, 3, 32, 40}),
      "channels last: convert with array.transpose(0, 1, 4, 2, 3), or compile the model with --input-layout nhwc");
  EXPECT_EQ(
      shape_hint({32, 40, 3}, {1, 3, 32, 40}),
      "channels last: convert with array.transpose(2, 0, 1)[None], or compile the model with --input-layout nhwc");
}

TEST(ShapeHint, ImagesWithChannelsFirst) {
  EXPECT_EQ(shape_hint({200, 3, 32, 40}, {1, 32, 40, 3}),
            "channels first: convert with array.transpose(0, 2, 3, 1); of a .pt2, --input-layout nchw takes them as "
            "they are");
  EXPECT_EQ(shape_hint({3, 32, 40}, {1, 32, 40, 3}),
            "channels first: convert with array.transpose(1, 2, 0)[None]; of a .pt2, --input-layout nchw takes them as "
            "they are");
}

TEST(ShapeHint, BatchesOfSeveralImages) {
  EXPECT_EQ(shape_hint({8, 32, 40, 3}, {4, 3, 32, 40}),
            "channels last: convert with array.transpose(0, 3, 1, 2), or compile the model with --input-layout nhwc");
  EXPECT_EQ(shape_hint({9, 32, 40, 3}, {4, 3, 32, 40}), "") << "nine images are no batches of four";
}

TEST(ShapeHint, Sequences) {
  EXPECT_EQ(shape_hint({50, 128, 6}, {1, 6, 128}),
            "the axes stand in another order: convert with array.transpose(0, 2, 1)");
}

TEST(ShapeHint, AxesOfOneElement) {
  EXPECT_EQ(shape_hint({60, 28, 20}, {1, 1, 28, 20}), "convert with array.reshape(-1, 1, 28, 20)");
  EXPECT_EQ(shape_hint({60, 28, 20, 1}, {1, 1, 28, 20}), "convert with array.reshape(-1, 1, 28, 20)");
  EXPECT_EQ(shape_hint({28, 20}, {1, 1, 28, 20}), "convert with array.reshape(-1, 1, 28, 20)");
  EXPECT_EQ(shape_hint({3, 32, 40}, {1, 3, 32, 40}), "convert with array.reshape(-1, 3, 32, 40)");
  EXPECT_EQ(shape_hint({10}, {1, 10}), "convert with array.reshape(-1, 10)");
}

TEST(ShapeHint, IsSilentWhereNothingFits) {
  EXPECT_EQ(shape_hint({8, 3, 28, 28}, {1, 3, 32, 32}), "");
  EXPECT_EQ(shape_hint({8, 1, 32, 32}, {1, 3, 32, 32}), "");
  EXPECT_EQ(shape_hint({}, {1, 3, 32, 32}), "");
  EXPECT_EQ(shape_hint({4, 4}, {}), "");
  EXPECT_EQ(shape_hint({4, 4}, {3}), "");
  EXPECT_EQ(shape_hint({0, 32, 40, 3}, {1, 3, 32, 40}), "");
}

}  // namespace
}  // namespace pudu::driver
