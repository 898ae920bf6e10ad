// Models of tests/data and examples/mnist, compiled and run through the driver, for the end-to-end and emulator suites.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "driver/artifact.hpp"
#include "driver/compile.hpp"
#include "driver/run.hpp"

namespace pudu::testing {

/// A network with its calibration data and one input, by the names that tests/data/README.md lists, and "mnist".
struct ModelFiles {
  std::string name;
  std::filesystem::path model;
  std::filesystem::path calibration;  ///< empty: none is needed
  std::filesystem::path input;
  std::filesystem::path float_output;  ///< torch's
};
ModelFiles model_files(const std::string& name);
std::filesystem::path test_data(const std::string& relative);
std::filesystem::path mnist_data(const std::string& file);

/// Test parameters print as their names.
const std::vector<std::string>& all_models();

/// Compiles a model; a failure fails the test with the diagnostics.
driver::CompiledModel compile_model(const ModelFiles& files, const std::string& cpu,
                                    const quantizer::QuantizerOptions& options = {});

/// The compiled model as an artifact without a folder, for the simulator.
driver::Artifact simulated(driver::CompiledModel model);

/// Samples of a model's only input.
driver::Samples samples_of(const program::Program& program, const std::filesystem::path& file);

/// All values of output 0 over all samples, dequantized.
std::vector<float> values(const driver::Artifact& artifact, const driver::RunOutcome& outcome);

std::vector<float> read_values(const std::filesystem::path& file);

/// 10 log10(sum reference^2 / sum (reference - actual)^2), in dB.
double sqnr_db(const std::vector<float>& reference, const std::vector<float>& actual);

}  // namespace pudu::testing
