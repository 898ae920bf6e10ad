// Operators that the reader cannot translate: one line that names the operator, what was found and what is allowed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "frontends/tflite/tflite_reader.hpp"
#include "tflite/case_builder.hpp"

namespace pudu::testing {
namespace {

const Quantization fine{{0.1F}, 3};
const Quantization coarse{{0.2F}, 3};

/// The reader's message for the one operator that `build` adds.
std::string message_of(const std::function<void(CaseBuilder&)>& build) {
  Random random(1);
  CaseBuilder builder(random);
  build(builder);
  const auto graph = frontends::read_tflite(builder.finish().model, "m.tflite");
  return graph ? "none" : to_string(graph.error());
}

TEST(TfLiteRefusals, OperandsThatDoNotCompare) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::Maximum, {b.input({2}, fine), b.input({2}, coarse)}, {b.result({2}, fine)});
            }),
            "error: m.tflite: operator 0 (MAXIMUM): operands of different quantization parameters; one scale and zero "
            "point for both");
}

TEST(TfLiteRefusals, ResultsOfOtherShapes) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              const TensorIndex result = b.result({3, 2}, fine);
              b.operation(Builtin::Mul, {b.input({2, 3}, fine), b.input({3}, fine)}, {result}, wire::MulOptionsT());
            }),
            "error: m.tflite: operator 0 (MUL): result 'tensor0' of shape [3, 2]; shape [2, 3], as operands and "
            "options have it");
}

const Quantization wide{{0.001F}, 0};

TEST(TfLiteRefusals, WideSumsInTheOlderArithmetic) {
  EXPECT_EQ(
      message_of([](CaseBuilder& b) {
        b.use_int16();
        b.operation(Builtin::Add, {b.input({2}, wide), b.input({2}, wide)}, {b.result({2}, wide)}, wire::AddOptionsT());
      }),
      "error: m.tflite: operator 0 (ADD): INT16 with the option pot_scale_int16; the option off: scales of any "
      "value");
}

TEST(TfLiteRefusals, WideLayersWithNarrowOrHugeBiases) {
  const auto layer = [](std::int32_t magnitude, TensorCode bias_type) {
    return message_of([&](CaseBuilder& b) {
      const Quantization scale{{0.01F}};
      const TensorIndex narrow = b.bias(2, magnitude, {0.00001F});
      b.use_int16();
      const TensorIndex x = b.input({1, 3}, wide), weights = b.codes({2, 3}, scale);
      const TensorIndex bias = bias_type == TensorCode::Int32 ? narrow : b.bias(2, magnitude, {0.00001F});
      b.operation(Builtin::FullyConnected, {x, weights, bias}, {b.result({1, 2}, wide)}, wire::FullyConnectedOptionsT(),
                  4);
    });
  };
  EXPECT_EQ(layer(100, TensorCode::Int64), "none");
  EXPECT_EQ(layer(100, TensorCode::Int32),
            "error: m.tflite: operator 0 (FULLY_CONNECTED): bias 'tensor0' is of type INT32 with INT16 results; a "
            "constant of INT64");
  EXPECT_THAT(layer(1'000'000'000, TensorCode::Int64), ::testing::HasSubstr("; -2147483648 to 2147483647"));
}

TEST(TfLiteRefusals, MissingOptions) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::Sub, {b.input({2}, fine), b.input({2}, fine)}, {b.result({2}, fine)});
            }),
            "error: m.tflite: operator 0 (SUB): no options of its kind; the options that its operator needs");
}

TEST(TfLiteRefusals, UnknownVersions) {
  EXPECT_EQ(
      message_of([](CaseBuilder& b) { b.operation(Builtin::Relu6, {b.input({2}, fine)}, {b.result({2}, fine)}, 9); }),
      "error: m.tflite: operator 0 (RELU6): version 9 of RELU6; versions 1 to 3");
}

TEST(TfLiteRefusals, LogisticOfAnotherScale) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::Logistic, {b.input({2}, fine)}, {b.result({2}, {{0.5F}, -128})});
            }),
            "error: m.tflite: operator 0 (LOGISTIC): a result of scale 0.5; scale 1/256");
}

TEST(TfLiteRefusals, SoftmaxWithBeta) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              wire::SoftmaxOptionsT options;
              options.beta = 2.0F;
              b.operation(Builtin::Softmax, {b.input({2}, fine)}, {b.result({2}, {{1.0F / 256.0F}, -128})}, options);
            }),
            "error: m.tflite: operator 0 (SOFTMAX): beta is 2; 1");
}

TEST(TfLiteRefusals, SlopesOfEveryElement) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::Prelu, {b.input({1, 2, 2, 3}, fine), b.codes({2, 2, 3}, fine)},
                          {b.result({1, 2, 2, 3}, fine)}, 1);
            }),
            "error: m.tflite: operator 0 (PRELU): slopes of shape [2, 2, 3] for an input of shape [1, 2, 2, 3]; "
            "constant slopes, one for each element of the last dimension");
}

TEST(TfLiteRefusals, AxesThatAreNotThere) {
  EXPECT_EQ(
      message_of([](CaseBuilder& b) {
        const TensorIndex axis = b.scalar(2);
        b.operation(Builtin::Split, {axis, b.input({2, 2}, fine)}, {b.result({2, 2}, fine)}, wire::SplitOptionsT());
      }),
      "error: m.tflite: operator 0 (SPLIT): axis 2; -2 to 1");
}

TEST(TfLiteRefusals, PartsThatDoNotAddUp) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::SplitV, {b.input({5}, fine), b.integers({2, 2}), b.scalar(0)},
                          {b.result({2}, fine), b.result({2}, fine)}, wire::SplitVOptionsT());
            }),
            "error: m.tflite: operator 0 (SPLIT_V): parts of 4 elements together; 5 elements");
}

TEST(TfLiteRefusals, SlicesBackwards) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::StridedSlice,
                          {b.input({5}, fine), b.integers({4}), b.integers({0}), b.integers({-1})},
                          {b.result({4}, fine)}, wire::StridedSliceOptionsT());
            }),
            "error: m.tflite: operator 0 (STRIDED_SLICE): a stride of -1; positive strides");
}

TEST(TfLiteRefusals, SlicesOfNothing) {
  EXPECT_NE(message_of([](CaseBuilder& b) {
              b.operation(Builtin::StridedSlice,
                          {b.input({5}, fine), b.integers({4}), b.integers({2}), b.integers({1})},
                          {b.result({0}, fine)}, wire::StridedSliceOptionsT());
            }),
            "none");
}

TEST(TfLiteRefusals, IndicesOutside) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::Gather, {b.input({2}, fine), b.integers({2})}, {b.result({1}, fine)},
                          wire::GatherOptionsT());
            }),
            "error: m.tflite: operator 0 (GATHER): position 2 of dimension 0 of shape [2]; 0 to 1");
}

TEST(TfLiteRefusals, IndicesThatAreComputed) {
  EXPECT_EQ(
      message_of([](CaseBuilder& b) {
        const TensorIndex indices = b.input({1}, fine);
        b.operation(Builtin::Gather, {b.input({2}, fine), indices}, {b.result({1}, fine)}, wire::GatherOptionsT());
      }),
      "error: m.tflite: operator 0 (GATHER): operand 1, tensor 'tensor0', is computed by the model; a constant of "
      "INT32 or INT64");
}

TEST(TfLiteRefusals, BothKindsOfCorners) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              wire::ResizeBilinearOptionsT options;
              options.align_corners = options.half_pixel_centers = true;
              b.operation(Builtin::ResizeBilinear, {b.input({1, 2, 2, 1}, fine), b.integers({4, 4})},
                          {b.result({1, 4, 4, 1}, fine)}, options);
            }),
            "error: m.tflite: operator 0 (RESIZE_BILINEAR): align_corners and half_pixel_centers; one of them at most");
}

TEST(TfLiteRefusals, BlocksThatDoNotFit) {
  EXPECT_EQ(
      message_of([](CaseBuilder& b) {
        wire::SpaceToDepthOptionsT options;
        options.block_size = 2;
        b.operation(Builtin::SpaceToDepth, {b.input({1, 3, 2, 1}, fine)}, {b.result({1, 1, 1, 4}, fine)}, options, 1);
      }),
      "error: m.tflite: operator 0 (SPACE_TO_DEPTH): an image of 3 x 2; multiples of 2");
}

TEST(TfLiteRefusals, ResultsOfInt64) {
  EXPECT_EQ(message_of([](CaseBuilder& b) {
              b.operation(Builtin::ArgMax, {b.input({2, 3}, fine), b.scalar(1)}, {b.result({2}, TensorCode::Int64)},
                          wire::ArgMaxOptionsT());
            }),
            "error: m.tflite: operator 0 (ARG_MAX): a result of type INT64; INT32");
}

}  // namespace
}  // namespace pudu::testing
