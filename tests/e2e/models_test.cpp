// Every network of the fixtures from file to simulator: it compiles for each ISA, runs inside its plan, is as accurate
// as it should be, and as accurate as ExecuTorch with the same calibration samples.
#include <gtest/gtest.h>

#include <ostream>

#include <map>

#include "base/parallel.hpp"
#include "base/progress.hpp"
#include "driver/accuracy.hpp"
#include "simulator/simulator.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using testing::ModelFiles;

driver::RunOutcome run_on_simulator(const driver::Artifact& artifact, const std::filesystem::path& input) {
  base::SilentProgress progress;
  auto outcome = driver::run_on_host(artifact, testing::samples_of(artifact.program, input), progress);
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
  return std::move(outcome).value();
}

class EveryModel : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryModel, GivesTheSameBytesForEveryTarget) {
  const ModelFiles files = testing::model_files(GetParam());
  const driver::Artifact m55 = testing::simulated(testing::compile_model(files, "cortex-m55"));
  const driver::RunOutcome expected = run_on_simulator(m55, files.input);
  for (const char* cpu : {"cortex-m4", "cortex-m0"}) {
    const driver::Artifact artifact = testing::simulated(testing::compile_model(files, cpu));
    EXPECT_EQ(run_on_simulator(artifact, files.input).outputs, expected.outputs) << cpu;
  }
}

TEST_P(EveryModel, SurvivesPoisonedMemory) {
  const ModelFiles files = testing::model_files(GetParam());
  const driver::Artifact artifact = testing::simulated(testing::compile_model(files, "cortex-m55"));
  const driver::Samples samples = testing::samples_of(artifact.program, files.input);
  std::vector<std::vector<std::byte>> inputs;
  for (std::size_t i = 0; i < samples.front().size(); ++i) {
    inputs.emplace_back(artifact.program.buffer(artifact.program.inputs[i].buffer).bytes(), std::byte{0x31});
  }
  std::vector<std::vector<std::vector<std::byte>>> results;
  for (const auto free_memory : {simulator::FreeMemory::Untouched, simulator::FreeMemory::Poisoned}) {
    auto simulator = simulator::Simulator::create(artifact.program, artifact.memory, free_memory);
    ASSERT_TRUE(simulator.ok());
    auto outputs = simulator->run(inputs);
    ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
    results.push_back(std::move(outputs).value());
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST_P(EveryModel, KeepsNoConvolutionFloatAndNoNeedlessTranspose) {
  const driver::CompiledModel model = testing::compile_model(testing::model_files(GetParam()), "cortex-m55");
  int transposes = 0;
  for (const program::KernelCall& call : model.program.calls) {
    EXPECT_EQ(call.kernel.find("f32"), std::string::npos) << call.name;
    transposes += call.op == "transpose" ? 1 : 0;
  }
  // Only an NCHW or NCL input of several channels must be brought to NHWC; everything behind stays there.
  const auto& shape = model.program.inputs.front().shape;
  const bool image_of_several_channels = shape.size() == 4 && shape[1] > 1 && shape[2] * shape[3] > 1;
  const bool is_sequence = shape.size() == 3;
  EXPECT_EQ(transposes, image_of_several_channels || is_sequence ? 1 : 0);
  EXPECT_GE(model.memory.arena_bytes, model.memory.lower_bound_bytes);
}

/// MobileNetV2 and V3: the transpose at the input is the only one, and goes when images come with channels last.
class MobileNets : public ::testing::TestWithParam<std::string> {};

TEST_P(MobileNets, HaveNoTransposeAndNoFloatPartWithNhwcInput) {
  driver::CompileOptions options;
  options.model = testing::model_files(GetParam()).model;
  options.target = targets::make_target("cortex-m55", "").value();
  options.input_layout = driver::InputLayout::Nhwc;
  base::SilentProgress progress;
  const auto model = driver::compile(options, progress);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  EXPECT_GT(model->program.calls.size(), 50U);
  for (const program::KernelCall& call : model->program.calls) {
    EXPECT_NE(call.op, "transpose") << call.name;
    EXPECT_EQ(call.kernel.find("f32"), std::string::npos) << call.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, MobileNets, ::testing::Values("mv2_96", "mobilenet_v3_small_025"),
                         [](const auto& test) { return test.param; });

INSTANTIATE_TEST_SUITE_P(Models, EveryModel, ::testing::ValuesIn(testing::all_models()),
                         [](const auto& test) { return test.param; });

/// Least SQNR against torch's float output, in dB, with the committed calibration data; a little below what was
/// measured.
struct AccuracyCase {
  std::string name;
  double least_sqnr_db;
};

void PrintTo(const AccuracyCase& test, std::ostream* out) {
  *out << test.name;
}

class Accuracy : public ::testing::TestWithParam<AccuracyCase> {};

TEST_P(Accuracy, ReachesItsSqnr) {
  const ModelFiles files = testing::model_files(GetParam().name);
  const driver::Artifact artifact = testing::simulated(testing::compile_model(files, "cortex-m55"));
  const std::vector<float> actual = testing::values(artifact, run_on_simulator(artifact, files.input));
  const double sqnr = testing::sqnr_db(testing::read_values(files.float_output), actual);
  RecordProperty("sqnr_db", std::to_string(sqnr));
  EXPECT_GE(sqnr, GetParam().least_sqnr_db);
}

TEST_P(Accuracy, IsAtLeastThatOfExecuTorch) {
  const ModelFiles files = testing::model_files(GetParam().name);
  const std::filesystem::path executorch = testing::test_data("models/" + GetParam().name + ".etout0.npy");
  if (!std::filesystem::exists(executorch)) return;  // the digits have a test of their own
  const driver::Artifact artifact = testing::simulated(testing::compile_model(files, "cortex-m55"));
  const std::vector<float> expected = testing::read_values(files.float_output);
  const std::vector<float> actual = testing::values(artifact, run_on_simulator(artifact, files.input));
  EXPECT_GE(testing::sqnr_db(expected, actual), testing::sqnr_db(expected, testing::read_values(executorch)));
}

INSTANTIATE_TEST_SUITE_P(Models, Accuracy,
                         ::testing::Values(AccuracyCase{"tiny_cnn", 30}, AccuracyCase{"ds_cnn", 30},
                                           AccuracyCase{"resnet8", 30}),
                         [](const auto& test) { return test.param.name; });

class Digits : public ::testing::TestWithParam<std::string> {};

TEST_P(Digits, AreAtLeastAsAccurateAsWithExecuTorch) {
  ModelFiles files = testing::model_files(GetParam());
  files.input = testing::test_data("models/digits_test_inputs.npy");
  const driver::Artifact artifact = testing::simulated(testing::compile_model(files, "cortex-m55"));
  const driver::RunOutcome outcome = run_on_simulator(artifact, files.input);
  const auto labels = driver::load_labels(testing::test_data("models/digits_test_labels.npy"), outcome.outputs.size(),
                                          driver::first_output(artifact.program));
  ASSERT_TRUE(labels.ok());

  const std::string stem = "models/" + GetParam();
  const std::vector<float> expected = testing::read_values(testing::test_data(stem + ".test_float_out.npy"));
  const std::vector<float> executorch = testing::read_values(testing::test_data(stem + ".test_etout_calib64.npy"));
  std::size_t executorch_correct = 0;
  for (std::size_t i = 0; i < labels->size(); ++i) {
    const std::span<const float> scores(executorch.data() + i * 10, 10);
    executorch_correct += driver::class_of(scores) == (*labels)[i] ? 1 : 0;
  }
  EXPECT_GE(driver::count_correct(outcome.outputs, *labels), executorch_correct);
  EXPECT_GE(testing::sqnr_db(expected, testing::values(artifact, outcome)), testing::sqnr_db(expected, executorch));
}

INSTANTIATE_TEST_SUITE_P(Models, Digits, ::testing::Values("digits_cnn", "digits_ds"),
                         [](const auto& test) { return test.param; });

/// Over the 450 test images, with the same calibration samples.
TEST(Effort, BuysAccuracyOnATrainedNetwork) {
  ModelFiles files = testing::model_files("digits_cnn");
  files.input = testing::test_data("models/digits_test_inputs.npy");
  const std::vector<float> expected = testing::read_values(testing::test_data("models/digits_cnn.test_float_out.npy"));
  const auto sqnr_with = [&](const quantizer::QuantizerOptions& options) {
    const driver::Artifact artifact = testing::simulated(testing::compile_model(files, "cortex-m55", options));
    return testing::sqnr_db(expected, testing::values(artifact, run_on_simulator(artifact, files.input)));
  };
  const double plain =
      sqnr_with({.range_method = quantizer::RangeMethod::MinMax, .bias_correction = quantizer::BiasCorrection::None});
  const double normal = sqnr_with({});
  const double best = sqnr_with({.weight_rounding = quantizer::WeightRounding::Adaptive});
  EXPECT_GT(normal, plain + 0.4);
  EXPECT_GT(best, normal + 0.2);
}

TEST(Effort, RoundsWeightsTheSameOnAnyNumberOfThreads) {
  const ModelFiles files = testing::model_files("ds_cnn");
  const quantizer::QuantizerOptions options{.weight_rounding = quantizer::WeightRounding::Adaptive};
  base::set_worker_limit(1);
  const std::string alone = program::serialize(testing::compile_model(files, "cortex-m4", options).program);
  base::set_worker_limit(5);
  const std::string together = program::serialize(testing::compile_model(files, "cortex-m4", options).program);
  base::set_worker_limit(0);
  EXPECT_EQ(alone, together);
  EXPECT_NE(alone, program::serialize(testing::compile_model(files, "cortex-m4").program));
}

TEST(Mnist, IsWithinHalfAPointOfTheFloatNetwork) {
  const ModelFiles files = testing::model_files("mnist");
  const driver::Artifact artifact = testing::simulated(testing::compile_model(files, "cortex-m55"));
  const driver::RunOutcome outcome = run_on_simulator(artifact, files.input);
  const auto labels = driver::load_labels(testing::mnist_data("test_labels.npy"), outcome.outputs.size(),
                                          driver::first_output(artifact.program));
  ASSERT_TRUE(labels.ok());
  const std::vector<float> float_scores = testing::read_values(files.float_output);
  std::size_t float_correct = 0;
  for (std::size_t i = 0; i < labels->size(); ++i) {
    const std::span<const float> scores(float_scores.data() + i * 10, 10);
    float_correct += driver::class_of(scores) == (*labels)[i] ? 1 : 0;
  }
  const auto samples = static_cast<double>(labels->size());
  const double float_accuracy = 100.0 * static_cast<double>(float_correct) / samples;
  const double accuracy = 100.0 * static_cast<double>(driver::count_correct(outcome.outputs, *labels)) / samples;
  EXPECT_GE(accuracy, float_accuracy - 0.5);
}

}  // namespace
}  // namespace pudu
