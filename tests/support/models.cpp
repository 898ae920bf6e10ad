#include "support/models.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "base/progress.hpp"

namespace pudu::testing {
namespace {

[[noreturn]] void fail(const Error& error) {
  throw std::runtime_error(to_string(error));
}

template <class T>
T value_of(Result<T> result) {
  if (!result) fail(result.error());
  return std::move(result).value();
}

}  // namespace

std::filesystem::path test_data(const std::string& relative) {
  return std::filesystem::path(PUDU_TEST_DATA) / relative;
}
std::filesystem::path mnist_data(const std::string& file) {
  return std::filesystem::path(PUDU_MNIST) / file;
}

ModelFiles model_files(const std::string& name) {
  const std::filesystem::path models = test_data("models");
  if (name == "mnist") {
    return {name, mnist_data("mnist.pt2"), mnist_data("calibration.npy"), mnist_data("test_images.npy"),
            mnist_data("float_outputs.npy")};
  }
  ModelFiles files{name, models / (name + ".pt2"), models / (name + ".calib0.npy"), models / (name + ".in0.npy"),
                   models / (name + ".out0.npy")};
  if (name == "mv2_96") files.model = std::filesystem::path(PUDU_GENERATED_DATA) / "mv2_96.pt2";
  if (name.starts_with("digits_")) files.calibration = models / "digits_calib.npy";
  if (name == "tiny_cnn_dynbatch") files.calibration = files.input;
  return files;
}

const std::vector<std::string>& all_models() {
  static const std::vector<std::string> names = {
      "tiny_cnn",         "tiny_cnn_dynbatch",      "ds_cnn",     "resnet8",
      "mobilenet_v1_025", "deep_autoencoder",       "digits_cnn", "digits_ds",
      "mv2_96",           "mobilenet_v3_small_025", "mnist",      "tcn"};
  return names;
}

driver::CompiledModel compile_model(const ModelFiles& files, const std::string& cpu,
                                    const quantizer::QuantizerOptions& options) {
  driver::CompileOptions compile_options;
  compile_options.model = files.model;
  if (!files.calibration.empty()) compile_options.calibration = {files.calibration};
  compile_options.target = value_of(targets::make_target(cpu, ""));
  compile_options.quantizer = options;
  base::SilentProgress progress;
  return value_of(driver::compile(compile_options, progress));
}

driver::Artifact simulated(driver::CompiledModel model) {
  return {{}, std::move(model.program), std::move(model.memory)};
}

driver::Samples samples_of(const program::Program& program, const std::filesystem::path& file) {
  const std::vector<std::filesystem::path> files = {file};
  return value_of(driver::load_samples(files, driver::input_shapes(program)));
}

std::vector<float> values(const driver::Artifact& artifact, const driver::RunOutcome& outcome) {
  std::vector<float> all;
  const program::Buffer& buffer = artifact.program.buffer(artifact.program.outputs.front().buffer);
  for (const std::vector<base::Array>& sample : outcome.outputs) {
    const std::vector<float> one = base::to_float32(driver::dequantized(sample.front(), buffer));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::vector<float> read_values(const std::filesystem::path& file) {
  return base::to_float32(value_of(base::read_npy(file)));
}

double sqnr_db(const std::vector<float>& reference, const std::vector<float>& actual) {
  EXPECT_EQ(reference.size(), actual.size());
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < std::min(reference.size(), actual.size()); ++i) {
    const double difference = static_cast<double>(reference[i]) - actual[i];
    signal += static_cast<double>(reference[i]) * reference[i];
    noise += difference * difference;
  }
  return noise > 0 ? 10.0 * std::log10(signal / noise) : 200.0;
}

}  // namespace pudu::testing
