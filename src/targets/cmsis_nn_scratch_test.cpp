// The worked examples, each checked against CMSIS-NN's own C functions when they were collected, and the limits. All
// rows of its binding's grid are in scratch_rows/scratch_rows_test.cpp.
#include "targets/cmsis_nn_scratch.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace pudu::targets::cmsis_nn {
namespace {

struct Sizes {
  std::int32_t scalar, dsp, mve;
  friend constexpr bool operator==(const Sizes&, const Sizes&) = default;
};

template <class Op>
constexpr Sizes sizes(const Op& call, DataType type = DataType::A8W8) {
  const auto bytes = [&](Isa isa) {
    const ScratchSize size = scratch_size(isa, type, call);
    return size.ok() ? size.bytes : -1;
  };
  return {bytes(Isa::Scalar), bytes(Isa::Dsp), bytes(Isa::Mve)};
}

/// The output's width follows from the rest; its channels are the filter's.
constexpr ConvolutionCall conv(Nhwc input, Nhwc filter, Hw padding = {0, 0}, Hw stride = {1, 1}, Hw dilation = {1, 1}) {
  const auto extent = [](std::int32_t in, std::int32_t pad, std::int32_t step, std::int32_t kernel,
                         std::int32_t spread) { return (in + 2 * pad - spread * (kernel - 1) - 1) / step + 1; };
  return {input,
          filter,
          {input.n, extent(input.h, padding.h, stride.h, filter.h, dilation.h),
           extent(input.w, padding.w, stride.w, filter.w, dilation.w), filter.n},
          padding,
          stride,
          dilation};
}

/// [output channels, h, w, 1], as ExecuTorch asks.
constexpr DepthwiseCall depthwise(std::int32_t channels, std::int32_t outputs, std::int32_t kernel, std::int32_t pad) {
  return {{1, 12, 12, channels}, {outputs, kernel, kernel, 1}, {1, 12, 12, outputs}, {pad, pad}, {1, 1}, {1, 1},
          outputs / channels};
}

// Convolution.
constexpr ConvolutionCall stem = conv({1, 96, 96, 3}, {8, 3, 3, 3}, {1, 1}, {2, 2});
constexpr ConvolutionCall one_row = conv({1, 1, 32, 8}, {16, 1, 5, 8}, {0, 2});
static_assert(sizes(conv({1, 8, 8, 16}, {8, 3, 3, 16})) == Sizes{576, 576, 576});
static_assert(sizes(stem) == Sizes{112, 112, 128});
static_assert(sizes(conv({1, 12, 12, 64}, {128, 1, 1, 64})) == Sizes{0, 0, 0});
static_assert(sizes(conv({1, 12, 12, 16}, {32, 1, 1, 16}, {0, 0}, {2, 2})) == Sizes{0, 0, 0});
static_assert(sizes(one_row) == Sizes{160, 160, 56});
static_assert(sizes(conv({1, 1, 2, 8}, {16, 1, 5, 8}, {0, 2})) == Sizes{160, 160, 192}, "the ends are wider than it");
static_assert(sizes(conv({1, 1, 10, 4}, {8, 1, 3, 4}, {0, 0}, {1, 2})) == Sizes{48, 48, 12}, "odd remainder -1");
static_assert(sizes(conv({1, 8, 8, 4}, {4, 3, 3, 2}, {1, 1})) == Sizes{144, 144, 192}, "groups count all channels");
static_assert(sizes(conv({1, 49, 10, 1}, {64, 10, 4, 1}, {5, 1}, {2, 2})) == Sizes{160, 160, 192});
static_assert(sizes(conv({1, 8, 8, 1}, {4, 3, 3, 1}, {0, 0}, {1, 1}, {2, 2})) == Sizes{48, 48, 64});
static_assert(sizes(conv({1, 1, 32, 3}, {8, 1, 5, 3}, {0, 2})) == Sizes{64, 64, 64}, "3 channels: not the 1xN kernel");
static_assert(sizes(stem, DataType::A16W8) == Sizes{108, 108, 256});
static_assert(sizes(stem, DataType::A8W4) == Sizes{108, 108, 128});
static_assert(sizes(one_row, DataType::A8W4) == Sizes{160, 160, 0});

// Depthwise convolution.
static_assert(sizes(depthwise(64, 64, 3, 1)) == Sizes{0, 0, 4464});
static_assert(sizes(depthwise(4, 4, 5, 2)) == Sizes{0, 200, 12400});
static_assert(sizes(depthwise(8, 8, 3, 2)) == Sizes{0, 144, 4464}, "padding 2 is not for the 3x3 kernel");
static_assert(sizes(depthwise(3, 6, 3, 1)) == Sizes{0, 0, 0});
static_assert(sizes(depthwise(1, 3, 3, 1)) == Sizes{0, 0, 91});
static_assert(sizes(depthwise(64, 64, 3, 1), DataType::A16W8) == Sizes{0, 1152, 4616});
static_assert(sizes(depthwise(64, 64, 3, 1), DataType::A8W4) == Sizes{1152, 1152, 4464});

/// The filter as the runtime sees it.
constexpr DepthwiseCall at_run_time(DepthwiseCall call) {
  call.filter = {1, call.filter.h, call.filter.w, call.filter.n};
  return call;
}
static_assert(sizes(depthwise(1, 8, 1, 0)) == Sizes{0, 0, 72});
static_assert(sizes(at_run_time(depthwise(1, 8, 1, 0))) == Sizes{0, 0, 8});

// Transpose convolution: both buffers.
constexpr Nhwc few{1, 4, 4, 4}, many{1, 4, 4, 32};
static_assert(sizes(TransposeConvCall{few, {8, 3, 3, 4}, {1, 7, 7, 8}, {2, 2}}) == Sizes{864, 864, 864});
static_assert(sizes(TransposeConvReverseCall{few, {8, 3, 3, 4}, {2, 2}}) == Sizes{0, 0, 0});
static_assert(sizes(TransposeConvCall{many, {8, 3, 3, 32}, {1, 7, 7, 8}, {2, 2}}) == Sizes{1152, 1152, 1152});
static_assert(sizes(TransposeConvReverseCall{many, {8, 3, 3, 32}, {2, 2}}) == Sizes{2304, 2304, 2304});
static_assert(sizes(TransposeConvCall{many, {8, 3, 3, 32}, {1, 10, 10, 8}, {3, 3}}) == Sizes{1152, 1152, 1152});
static_assert(sizes(TransposeConvReverseCall{many, {8, 3, 3, 32}, {3, 3}}) == Sizes{0, 0, 0});

// The rest.
static_assert(sizes(BatchMatmulCall{{16, -1, -1, 8}}) == Sizes{0, 0, 32});
static_assert(sizes(AveragePoolCall{6, 64}) == Sizes{0, 256, 0});
static_assert(sizes(AveragePoolCall{6, 64}, DataType::A16W8) == Sizes{0, 256, 0});
static_assert(sizes(FullyConnectedCall{{512, 1, 1, 10}}) == Sizes{0, 0, 40});
static_assert(sizes(FullyConnectedCall{{512, 1, 1, 10}}, DataType::A16W8) == Sizes{0, 0, 0});
static_assert(sizes(SvdfCall{{32, 10, 1, 1}}) == Sizes{0, 0, 128});

constexpr std::int32_t huge = std::numeric_limits<std::int32_t>::max();

TEST(CmsisNnScratch, SizesBeyondAnInt32AreFaultsOnEveryPath) {
  const Nhwc all{huge, huge, huge, huge};
  const Hw most{huge, huge};
  const Hw none{0, 0}, unit{1, 1};
  for (const DataType type : {DataType::A8W4, DataType::A8W8, DataType::A16W8}) {
    for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) {
      EXPECT_EQ(scratch_size(isa, type, ConvolutionCall{all, all, all, most, most, most}).fault,
                ScratchFault::TooLarge);
    }
  }
  // Just inside and just outside.
  const auto conv_of = [&](std::int32_t channels) {
    return scratch_size(Isa::Scalar, DataType::A8W8,
                        ConvolutionCall{{1, 3, 3, channels}, {1, 1, 2, channels}, {}, none, unit, unit});
  };
  EXPECT_EQ(conv_of((1 << 28) - 2), (ScratchSize{huge - 15, ScratchFault::None}));
  EXPECT_EQ(conv_of(1 << 28).fault, ScratchFault::TooLarge);

  // The 1xN kernel's ends, where every intermediate is at its largest.
  const ConvolutionCall ends{{1, 1, 1, huge - 3}, {1, 1, huge, huge - 3}, {1, 1, huge, 1}, {0, huge}, {1, 4}, unit};
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, ends).fault, ScratchFault::TooLarge);
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, DepthwiseCall{{1, 1, 1, 1}, all, all, none, unit, unit, huge}).fault,
            ScratchFault::TooLarge);
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, TransposeConvCall{all, all, all, most}).fault,
            ScratchFault::TooLarge);
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, TransposeConvReverseCall{all, all, unit}).fault,
            ScratchFault::TooLarge);
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, FullyConnectedCall{all}).fault, ScratchFault::TooLarge);
  EXPECT_EQ(scratch_size(Isa::Dsp, DataType::A8W8, AveragePoolCall{1, huge}).fault, ScratchFault::TooLarge);
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, SvdfCall{all}).fault, ScratchFault::TooLarge);
}

TEST(CmsisNnScratch, ShapesBelowTheirLeastAreFaults) {
  ConvolutionCall call = stem;
  call.stride.w = 0;
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, call).fault, ScratchFault::InvalidShape);
  call = stem;
  call.padding.h = -1;
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, call).fault, ScratchFault::InvalidShape);
  EXPECT_EQ(scratch_size(Isa::Mve, DataType::A8W8, BatchMatmulCall{{16, -1, -1, -1}}).fault,
            ScratchFault::InvalidShape);
  EXPECT_EQ(scratch_size(Isa::Dsp, DataType::A8W8, AveragePoolCall{1, 0}).fault, ScratchFault::InvalidShape);
}

std::string message(Isa isa, DataType type, const Call& call, ErrorKind kind) {
  const Result<std::int32_t> bytes = scratch_bytes(isa, type, call);
  if (bytes) return std::to_string(*bytes) + " bytes";
  EXPECT_EQ(bytes.error().kind, kind);
  return to_string(bytes.error());
}

TEST(CmsisNnScratch, ErrorsNameTheOperatorAndWhatItTakes) {
  EXPECT_EQ(message(Isa::Mve, DataType::A8W8, stem, {}), "128 bytes");
  EXPECT_EQ(message(Isa::Mve, DataType::A16W8, SvdfCall{}, ErrorKind::Unsupported),
            "error: svdf A16W8: invalid Backend/DataType combination: backend=0 data_type=2; it takes A8W8");
  EXPECT_EQ(message(Isa::Scalar, DataType::A8W4, FullyConnectedCall{}, ErrorKind::Unsupported),
            "error: fully-connected A8W4: invalid Backend/DataType combination: backend=2 data_type=0; "
            "it takes A8W8, A16W8");
  ConvolutionCall call = stem;
  call.dilation = {0, 1};
  EXPECT_EQ(message(Isa::Dsp, DataType::A8W8, call, ErrorKind::InvalidInput),
            "error: conv2d: dilation_hw is 0,1; at least 1");
  EXPECT_EQ(message(Isa::Mve, DataType::A8W8, SvdfCall{{huge, 1, 1, 1}}, ErrorKind::LimitExceeded),
            "error: svdf: more than 2147483647 bytes of scratch for filter_nhwc 2147483647,1,1,1; "
            "CMSIS-NN counts them in an int32");
}

TEST(CmsisNnScratch, NamesAndTheirInverse) {
  for (const DataType type : {DataType::A8W4, DataType::A8W8, DataType::A16W8}) {
    EXPECT_EQ(parse_data_type(to_string(type)), type);
  }
  for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) EXPECT_EQ(parse_backend(backend_name(isa)), isa);
  EXPECT_EQ(parse_data_type("A4W8"), std::nullopt);
  EXPECT_EQ(parse_backend("mve"), std::nullopt);
}

}  // namespace
}  // namespace pudu::targets::cmsis_nn
