// What the reader refuses of PT2E's quantize and dequantize nodes: numbers with which no codes can be made, lists that
// fit no tensor, and forms that have no int8 kernel. The texts name the node, what it says, and what is allowed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "frontends/pt2/pt2_reader.hpp"
#include "frontends/pt2/testing/patched_archive.hpp"

namespace pudu::frontends {
namespace {

using ::testing::HasSubstr;
using testing::PatchedArchive;
using ::testing::StartsWith;

constexpr std::string_view model_json = "models/model.json";
constexpr std::string_view first_scales = "data/weights/weight_7";       // float32[8], of _frozen_param0
constexpr std::string_view first_zero_points = "data/weights/weight_8";  // int64[8]
constexpr std::string_view first_codes = "data/weights/weight_15";       // int8[8, 3, 3, 3]

/// Of a file that is called net.pt2; checks the error's kind.
std::string error_of(const PatchedArchive& archive, ErrorKind kind) {
  const Result<ir::Graph> graph = read_pt2(archive.bytes(), "net.pt2", {});
  if (graph) return "no error";
  EXPECT_EQ(graph.error().kind, kind) << to_string(graph.error());
  return to_string(graph.error());
}
std::string invalid(const PatchedArchive& archive) {
  return error_of(archive, ErrorKind::InvalidInput);
}
std::string unsupported(const PatchedArchive& archive) {
  return error_of(archive, ErrorKind::Unsupported);
}

/// The first node with activations quantizes x: scale 0.0213..., zero point -14, int8 codes of -128 to 127.
PatchedArchive residual() {
  return PatchedArchive("quantized/residual_per_channel.pt2");
}
PatchedArchive affine() {
  return PatchedArchive("quantized/affine.pt2");
}

PatchedArchive with_scale(std::string_view scale) {
  return residual().replace(model_json, R"("as_float": 0.021373173221945763)", R"("as_float": )" + std::string(scale));
}
PatchedArchive with_zero_point(std::string_view zero_point) {
  return residual().replace(model_json, R"("name": "zero_point", "arg": {"as_int": -14})",
                            R"("name": "zero_point", "arg": {"as_int": )" + std::string(zero_point) + "}");
}
/// Of the node that quantizes x.
PatchedArchive with_codes(std::string_view low, std::string_view high) {
  return residual().replace(
      model_json,
      R"({"as_int": -14}, "kind": 1}, {"name": "quant_min", "arg": {"as_int": -128}, "kind": 1}, {"name": "quant_max", "arg": {"as_int": 127})",
      R"({"as_int": -14}, "kind": 1}, {"name": "quant_min", "arg": {"as_int": )" + std::string(low) +
          R"(}, "kind": 1}, {"name": "quant_max", "arg": {"as_int": )" + std::string(high) + "}");
}
PatchedArchive with_axis(std::string_view axis) {
  return residual().replace(model_json, R"("name": "axis", "arg": {"as_int": 0})",
                            R"("name": "axis", "arg": {"as_int": )" + std::string(axis) + "}");
}

template <class T>
PatchedArchive with_element(PatchedArchive archive, std::string_view entry, std::size_t index, T element) {
  std::memcpy(archive.content(entry).data() + index * sizeof element, &element, sizeof element);
  return archive;
}

TEST(Pt2BadQuantization, TheFilesThatAreChangedAreGood) {
  EXPECT_EQ(invalid(residual()), "no error");
  EXPECT_EQ(invalid(affine()), "no error");
}

// ---- scales

TEST(Pt2BadQuantization, ScaleOfZero) {
  EXPECT_THAT(invalid(with_scale("0.0")), StartsWith("error: net.pt2: quantize_per_tensor: a scale of 0; positive"));
  EXPECT_THAT(invalid(with_scale("1e-60")), HasSubstr("quantize_per_tensor: a scale of 0; positive"));
}

TEST(Pt2BadQuantization, NegativeScale) {
  EXPECT_THAT(invalid(with_scale("-0.5")),
              HasSubstr("quantize_per_tensor: a scale of -0.5; positive, finite and normal"));
}

TEST(Pt2BadQuantization, ScaleThatIsNoNumber) {
  EXPECT_THAT(invalid(with_scale("\"NaN\"")), HasSubstr("quantize_per_tensor: argument 'scale' is NaN; a number"));
  EXPECT_THAT(invalid(with_scale("\"Infinity\"")), HasSubstr("quantize_per_tensor: a scale of inf; positive"));
  EXPECT_THAT(invalid(with_scale("1e300")), HasSubstr("quantize_per_tensor: a scale of inf; positive"));
}

TEST(Pt2BadQuantization, ScaleWithoutAFiniteInverse) {
  EXPECT_THAT(invalid(with_scale("1e-44")), HasSubstr("quantize_per_tensor: a scale of "));
}

TEST(Pt2BadQuantization, ScalesOfChannels) {
  const auto with = [](float scale) { return with_element(residual(), first_scales, 2, scale); };
  EXPECT_THAT(invalid(with(0)), HasSubstr("dequantize_per_channel: a scale of 0; positive, finite and normal"));
  EXPECT_THAT(invalid(with(-1)), HasSubstr("dequantize_per_channel: a scale of -1; positive, finite and normal"));
  EXPECT_THAT(invalid(with(std::numeric_limits<float>::quiet_NaN())), HasSubstr("_scale_0: holds NaN"));
  EXPECT_THAT(invalid(with(std::numeric_limits<float>::infinity())), HasSubstr("_scale_0: holds an infinite number"));
  EXPECT_THAT(invalid(with(3e38F)), HasSubstr("dequantize_per_channel: a constant that is infinite with its scale"));
}

// ---- zero points

TEST(Pt2BadQuantization, ZeroPointOutOfTheType) {
  EXPECT_THAT(invalid(with_zero_point("128")), HasSubstr("quantize_per_tensor: a zero point of 128; -128 to 127"));
  EXPECT_THAT(invalid(with_zero_point("-129")), HasSubstr("quantize_per_tensor: a zero point of -129; -128 to 127"));
  EXPECT_THAT(invalid(with_zero_point("4294967296")), HasSubstr("quantize_per_tensor: "));
  EXPECT_THAT(invalid(with_zero_point("9223372036854775807")), HasSubstr("quantize_per_tensor: "));
  EXPECT_THAT(invalid(with_zero_point("-9223372036854775808")), HasSubstr("quantize_per_tensor: "));
}

TEST(Pt2BadQuantization, ZeroPointOfUnsignedCodes) {
  PatchedArchive archive("quantized/residual_uint8.pt2");
  archive.replace(model_json, R"("name": "zero_point", "arg": {"as_int": 114})",
                  R"("name": "zero_point", "arg": {"as_int": -14})");
  EXPECT_THAT(invalid(archive), HasSubstr("quantize_per_tensor: a zero point of -14; 0 to 255"));
}

TEST(Pt2BadQuantization, ZeroPointWithoutACode) {
  EXPECT_THAT(unsupported(with_codes("-10", "127")),
              HasSubstr("quantize_per_tensor: a zero point of -14 outside of the codes; -10 to 127"));
}

TEST(Pt2BadQuantization, ZeroPointsOfChannels) {
  const auto with = [](std::int64_t zero) { return with_element(residual(), first_zero_points, 3, zero); };
  EXPECT_THAT(unsupported(with(1)),
              HasSubstr("dequantize_per_channel: a zero point of 1 for one of several channels; symmetric codes"));
  EXPECT_THAT(invalid(with(128)), HasSubstr("dequantize_per_channel: a zero point of 128; -128 to 127"));
  EXPECT_THAT(invalid(with(std::int64_t{1} << 40)),
              HasSubstr("_zero_point_0: holds integers that float32 does not represent"));
}

// ---- codes

TEST(Pt2BadQuantization, NoCodes) {
  EXPECT_THAT(invalid(with_codes("127", "-128")),
              HasSubstr("quantize_per_tensor: codes from 127 to -128; two or more of those of int8, -128 to 127"));
  EXPECT_THAT(invalid(with_codes("5", "5")), HasSubstr("quantize_per_tensor: codes from 5 to 5; two or more"));
}

TEST(Pt2BadQuantization, CodesOutOfTheType) {
  EXPECT_THAT(invalid(with_codes("-129", "127")),
              HasSubstr("quantize_per_tensor: codes from -129 to 127; two or more"));
  EXPECT_THAT(invalid(with_codes("-128", "255")),
              HasSubstr("quantize_per_tensor: codes from -128 to 255; two or more"));
  EXPECT_THAT(invalid(with_codes("-9223372036854775808", "9223372036854775807")), HasSubstr("quantize_per_tensor: "));
}

TEST(Pt2BadQuantization, AConstantOutOfItsCodes) {
  EXPECT_THAT(invalid(with_element(residual(), first_codes, 4, std::int8_t{-128})),
              HasSubstr("dequantize_per_channel: element 4 of the codes is -128; integers from -127 to 127"));
}

TEST(Pt2BadQuantization, OtherTypes) {
  const auto with = [](int type) {
    return residual().replace(
        model_json,
        R"({"as_int": 127}, "kind": 1}, {"name": "dtype", "arg": {"as_scalar_type": 2}, "kind": 1}], "outputs": [{"as_tensor": {"name": "quantize_per_tensor"}})",
        R"({"as_int": 127}, "kind": 1}, {"name": "dtype", "arg": {"as_scalar_type": )" + std::to_string(type) +
            R"(}, "kind": 1}], "outputs": [{"as_tensor": {"name": "quantize_per_tensor"}})");
  };
  EXPECT_THAT(unsupported(with(7)),
              HasSubstr("quantize_per_tensor: codes of type float32; int8, uint8, int16 and int32"));
  EXPECT_THAT(unsupported(with(3)), HasSubstr("quantize_per_tensor: an activation of type int16; int8 and uint8"));
  EXPECT_THAT(unsupported(with(4)), HasSubstr("quantize_per_tensor: an activation of type int32; int8 and uint8"));
}

// ---- channels

TEST(Pt2BadQuantization, AxisThatTheTensorLacks) {
  for (const char* axis : {"4", "-5", "2147483647", "-2147483648"}) {
    EXPECT_THAT(invalid(with_axis(axis)), HasSubstr("dequantize_per_channel: dimension " + std::string(axis) +
                                                    " of a tensor of 4 dimensions; -4 to 3"));
  }
}

TEST(Pt2BadQuantization, ListsOfAnotherLength) {
  EXPECT_THAT(invalid(with_axis("1")), HasSubstr("dequantize_per_channel: 8 scales and 8 zero points for 3 channels"));
  EXPECT_THAT(
      invalid(residual().replace(model_json, R"("name": "scales", "arg": {"as_tensor": {"name": "b__scale_0"}})",
                                 R"("name": "scales", "arg": {"as_tensor": {"name": "b__scale_3"}})")),
      HasSubstr("dequantize_per_channel: 5 scales and 8 zero points for 8 channels"));
  EXPECT_THAT(invalid(residual().replace(
                  model_json, R"("name": "zero_points", "arg": {"as_tensor": {"name": "b__zero_point_0"}})",
                  R"("name": "zero_points", "arg": {"as_tensor": {"name": "b__zero_point_3"}})")),
              HasSubstr("dequantize_per_channel: 8 scales and 5 zero points for 8 channels"));
}

TEST(Pt2BadQuantization, ScalesOfTheModelsInput) {
  EXPECT_THAT(
      unsupported(residual().replace(model_json, R"("name": "scales", "arg": {"as_tensor": {"name": "b__scale_0"}})",
                                     R"("name": "scales", "arg": {"as_tensor": {"name": "x"}})")),
      StartsWith("error: net.pt2: dequantize_per_channel: "));
}

// ---- pairs

TEST(Pt2BadQuantization, DequantizedWithOtherNumbers) {
  constexpr std::string_view pair =
      R"("as_tensor": {"name": "quantize_per_tensor"}}, "kind": 1}, {"name": "scale", "arg": {"as_float": 0.021)";
  EXPECT_THAT(
      unsupported(residual().replace(
          model_json, pair,
          R"("as_tensor": {"name": "quantize_per_tensor"}}, "kind": 1}, {"name": "scale", "arg": {"as_float": 0.031)")),
      HasSubstr("dequantize_per_tensor: the scale 0.0313"));
}

TEST(Pt2BadQuantization, DequantizedWithoutCodes) {
  EXPECT_THAT(unsupported(residual().replace(
                  model_json, R"({"name": "input", "arg": {"as_tensor": {"name": "quantize_per_tensor"}})",
                  R"({"name": "input", "arg": {"as_tensor": {"name": "x"}})")),
              HasSubstr("dequantize_per_tensor: an input that no node has quantized; results of quantize operators"));
}

// ---- torchao's form

TEST(Pt2BadQuantization, BlocksThatAreNoChannels) {
  const auto with = [](std::string_view block) {
    return affine().replace(model_json, R"("name": "block_size", "arg": {"as_ints": [1, 9]})",
                            R"("name": "block_size", "arg": {"as_ints": )" + std::string(block) + "}");
  };
  EXPECT_THAT(invalid(with("[9]")), HasSubstr("quantize_affine: block_size and the input differ in dimensions"));
  EXPECT_THAT(invalid(with("[]")), HasSubstr("quantize_affine: block_size and the input differ in dimensions"));
  EXPECT_THAT(unsupported(with("[1, 3]")), HasSubstr("quantize_affine: scales of blocks of [1, 3]; one scale"));
  EXPECT_THAT(unsupported(with("[1, 0]")), HasSubstr("quantize_affine: scales of blocks of [1, 0]; one scale"));
  EXPECT_THAT(unsupported(with("[-1, 9]")), HasSubstr("quantize_affine: scales of blocks of [-1, 9]; one scale"));
  EXPECT_THAT(invalid(with("[1, 1]")), HasSubstr("quantize_affine: 1 scales and 1 zero points; 9 of each"));
}

TEST(Pt2BadQuantization, ScalesOfBlocks) {
  EXPECT_THAT(invalid(affine().replace(model_json, R"("name": "scale", "arg": {"as_tensor": {"name": "b_x_scale"}})",
                                       R"("name": "scale", "arg": {"as_tensor": {"name": "b_weight_scale"}})")),
              HasSubstr("quantize_affine: 7 scales and 1 zero points; 1 of each"));
  EXPECT_THAT(
      unsupported(affine().replace(model_json, R"("name": "scale", "arg": {"as_tensor": {"name": "b_x_scale"}})",
                                   R"("name": "scale", "arg": {"as_tensor": {"name": "x"}})")),
      HasSubstr("quantize_affine: the scale is computed from the model's input; constants"));
}

TEST(Pt2BadQuantization, CodesOfBlocks) {
  const auto with_low = [](std::string_view low) {
    return affine().replace(model_json, R"("name": "quant_min", "arg": {"as_int": -128})",
                            R"("name": "quant_min", "arg": {)" + std::string(low) + "}");
  };
  EXPECT_THAT(invalid(with_low(R"("as_int": 128)")), HasSubstr("quantize_affine: codes from 128 to 127; two or more"));
  EXPECT_THAT(invalid(with_low(R"("as_float": "-Infinity")")),
              HasSubstr("quantize_affine: quant_min is -inf; integers of 32 bits"));
  EXPECT_THAT(invalid(with_low(R"("as_float": "NaN")")), HasSubstr("quantize_affine: argument 'quant_min' is NaN"));
  EXPECT_THAT(invalid(with_low(R"("as_float": 0.5)")),
              HasSubstr("quantize_affine: quant_min is 0.5; integers of 32 bits"));
}

}  // namespace
}  // namespace pudu::frontends
