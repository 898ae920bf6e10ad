// Networks that PT2E has quantized (tests/data/quantized), compiled as they are: the file's scales and zero points are
// in the program, no others, and the integers differ from torch's by no more than a rounding. torch computes each
// operator in float32 between quantize and dequantize; kernels compute in integers with a bias of int32 and a
// fixed-point multiplier, so that a result halfway between two codes may become the other one. Behind it, one step of
// one operand may move the results of later layers; the bounds below are what that amounts to, in steps of the output.
// The residual networks average four codes, which often falls between two: torch rounds such sums to even, kernels up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/frontends.hpp"
#include "driver/validate.hpp"
#include "frontends/numpy/npz.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using ::testing::HasSubstr;

struct QuantizedFile {
  std::string name;
  double most_steps;        ///< between torch's output and the integers', in steps of the output's scale
  double mean_steps;        ///< of the absolute difference
  std::size_t float_parts;  ///< nodes that the file leaves in float32
};

void PrintTo(const QuantizedFile& file, std::ostream* out) {
  *out << file.name;
}

const std::vector<QuantizedFile>& files() {
  static const std::vector<QuantizedFile> table = {
      {"residual_per_channel", 2, 0.7, 0},
      {"residual_per_tensor", 2, 0.7, 0},
      {"residual_unfolded", 2, 0.7, 0},
      {"residual_uint8", 2, 0.7, 0},
      {"residual_tosa", 2, 0.7, 0},
      {"inverted_xnnpack", 1, 0.15, 0},
      {"inverted_cortex_m", 1, 0.15, 0},
      {"partly_float", 1, 0.15, 1},
      {"joined", 1, 0.15, 0},
      {"affine", 1, 0.15, 0},
  };
  return table;
}

std::filesystem::path data_file(const std::string& name) {
  return testing::test_data("quantized/" + name);
}

driver::CompileOptions options_for(const std::string& name, quantizer::IoType io) {
  driver::CompileOptions options;
  options.model = data_file(name + ".pt2");
  options.target = targets::make_target("cortex-m55", "").value();
  options.quantizer.io = io;
  options.input_layout = driver::InputLayout::Nchw;  // as the samples are stored
  return options;
}

Result<driver::CompiledModel> compile(const std::string& name, quantizer::IoType io = quantizer::IoType::Float32) {
  base::SilentProgress progress;
  return driver::compile(options_for(name, io), progress);
}

frontends::NamedArrays arrays_of(const std::string& name) {
  return frontends::read_npz(data_file(name + ".npz")).value();
}

/// Slices of axis 0.
driver::Samples samples_of(const base::Array& stacked) {
  driver::Samples samples;
  const std::size_t count = static_cast<std::size_t>(stacked.shape.front());
  const std::size_t bytes = stacked.bytes.size() / count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = stacked.bytes.begin() + static_cast<std::ptrdiff_t>(i * bytes);
    samples.push_back({base::Array{stacked.dtype,
                                   {stacked.shape.begin() + 1, stacked.shape.end()},
                                   {begin, begin + static_cast<std::ptrdiff_t>(bytes)}}});
  }
  return samples;
}

std::vector<float> run(driver::CompiledModel model, const std::string& name) {
  const driver::Artifact artifact = testing::simulated(std::move(model));
  base::SilentProgress progress;
  auto outcome = driver::run_on_host(artifact, samples_of(arrays_of(name).at("in0")), progress);
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
  return outcome.ok() ? testing::values(artifact, *outcome) : std::vector<float>{};
}

using Parameters = std::set<std::pair<float, std::int32_t>>;

Parameters file_parameters(const frontends::NamedArrays& arrays) {
  Parameters parameters;
  const auto scales = arrays.at("scale").data<float>();
  const auto zero_points = arrays.at("zero_point").data<std::int32_t>();
  for (std::size_t i = 0; i < scales.size(); ++i) parameters.emplace(scales[i], zero_points[i]);
  return parameters;
}

Parameters program_parameters(const program::Program& program) {
  Parameters parameters;
  for (const program::Buffer& buffer : program.buffers) {
    if (buffer.type != program::ElementType::Int8 || buffer.kind == program::BufferKind::Constant) continue;
    if (buffer.quantization) parameters.emplace(buffer.quantization->scale, buffer.quantization->zero_point);
  }
  return parameters;
}

class QuantizedFileTest : public ::testing::TestWithParam<QuantizedFile> {};

TEST_P(QuantizedFileTest, ComputesWhatTorchComputes) {
  auto model = compile(GetParam().name);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  EXPECT_EQ(model->float_parts.size(), GetParam().float_parts);
  const frontends::NamedArrays arrays = arrays_of(GetParam().name);
  const auto scales = arrays.at("scale").data<float>();
  const double step = scales.empty() ? 0.09 : static_cast<double>(scales.back());
  const std::vector<float> actual = run(std::move(*model), GetParam().name);
  const auto expected = arrays.at("out0").data<float>();
  ASSERT_EQ(actual.size(), expected.size());
  double most = 0, sum = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double steps = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])) / step;
    most = std::max(most, steps), sum += steps;
  }
  EXPECT_LE(most, GetParam().most_steps + 1e-3);
  EXPECT_LE(sum / static_cast<double>(actual.size()), GetParam().mean_steps);
}

TEST_P(QuantizedFileTest, HasTheParametersOfTheFileAndNoOthers) {
  auto model = compile(GetParam().name);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  const Parameters found = program_parameters(model->program);
  if (GetParam().name == "affine") {
    EXPECT_EQ(found, (Parameters{{0.03F, 10}, {0.09F, -20}}));
    return;
  }
  EXPECT_EQ(found, file_parameters(arrays_of(GetParam().name)));
}

TEST_P(QuantizedFileTest, IsTheSameNetworkWithInt8Ports) {
  auto model = compile(GetParam().name, quantizer::IoType::Int8);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  auto with_float_ports = compile(GetParam().name);
  ASSERT_TRUE(with_float_ports.ok());
  EXPECT_EQ(model->program.inputs.front().name, with_float_ports->program.inputs.front().name);
  EXPECT_EQ(model->program.outputs.front().name, with_float_ports->program.outputs.front().name);
  EXPECT_EQ(run(std::move(*model), GetParam().name), run(std::move(*with_float_ports), GetParam().name));
}

INSTANTIATE_TEST_SUITE_P(Files, QuantizedFileTest, ::testing::ValuesIn(files()),
                         [](const auto& file) { return file.param.name; });

std::vector<std::byte> weights_of(const driver::CompiledModel& model) {
  std::vector<std::byte> all;
  for (const program::Buffer& buffer : model.program.buffers) {
    if (buffer.kind == program::BufferKind::Constant) all.insert(all.end(), buffer.data->begin(), buffer.data->end());
  }
  return all;
}

TEST(QuantizedFiles, Uint8ActivationsAreInt8OnesMovedBy128) {
  auto moved = compile("residual_uint8");
  auto plain = compile("residual_per_channel");
  ASSERT_TRUE(moved.ok() && plain.ok());
  EXPECT_EQ(program_parameters(moved->program), program_parameters(plain->program));
  EXPECT_EQ(weights_of(*moved), weights_of(*plain));
}

TEST(QuantizedFiles, WeightsThatTheFileHasInFloatGetTheCodesOfThoseThatItHasInIntegers) {
  auto unfolded = compile("residual_unfolded");
  auto folded = compile("residual_per_channel");
  ASSERT_TRUE(unfolded.ok() && folded.ok());
  EXPECT_EQ(weights_of(*unfolded), weights_of(*folded));
}

TEST(QuantizedFiles, CalibrationDataAreRefused) {
  driver::CompileOptions options = options_for("residual_per_channel", quantizer::IoType::Int8);
  options.calibration = {data_file("residual_per_channel.npz")};
  base::SilentProgress progress;
  const auto model = driver::compile(options, progress);
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().kind, ErrorKind::Usage);
  EXPECT_THAT(to_string(model.error()), HasSubstr("which is int8 already"));
}

TEST(QuantizedFiles, FloatPartsSayWhatTheFileDoesNotQuantize) {
  auto model = compile("partly_float");
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  for (const quantizer::FloatPart& part : model->float_parts) {
    EXPECT_THAT(part.reason, HasSubstr("is not quantized in the file")) << part.node;
  }
}

TEST(QuantizedFiles, AreComparedWithTheirFloatNetwork) {
  const base::TempDirectory folder = base::TempDirectory::create("quantized").value();
  const std::filesystem::path input = folder.path() / "input.npy";
  ASSERT_TRUE(base::write_npy(input, arrays_of("inverted_xnnpack").at("in0")).ok());
  driver::ValidationOptions options;
  options.compile = options_for("inverted_xnnpack", quantizer::IoType::Int8);
  options.inputs = {input};
  base::SilentProgress progress;
  const auto validation = driver::validate(options, progress);
  ASSERT_TRUE(validation.ok()) << to_string(validation.error());
  EXPECT_EQ(validation->samples, 8U);
  EXPECT_GE(validation->layers.size(), 6U);
  EXPECT_GT(validation->outputs.sqnr_db(), 20.0);
}

}  // namespace
}  // namespace pudu
