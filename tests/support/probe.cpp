#include "support/probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "base/progress.hpp"
#include "support/models.hpp"

namespace pudu::testing {
namespace {

namespace fs = std::filesystem;
using frontends::NamedArrays;

/// The arrays `prefix0`, `prefix1`, ... under the names that samples are looked up by.
NamedArrays inputs_of(const NamedArrays& arrays, const std::string& prefix) {
  NamedArrays inputs;
  for (int i = 0; arrays.count(prefix + std::to_string(i)) > 0; ++i) {
    inputs["in" + std::to_string(i)] = arrays.at(prefix + std::to_string(i));
  }
  return inputs;
}

/// A few samples do not cover the range of another one, and what is cut off would hide what the operator itself loses:
/// the calibration data include the input.
void append_sample(base::Array& samples, const base::Array& sample) {
  ++samples.shape.front();
  samples.bytes.insert(samples.bytes.end(), sample.bytes.begin(), sample.bytes.end());
}

void check(const Status& status) {
  if (!status) throw std::runtime_error(to_string(status.error()));
}

NamedArrays read_arrays(const fs::path& file) {
  auto arrays = frontends::read_npz(file);
  if (!arrays) throw std::runtime_error(to_string(arrays.error()));
  return std::move(arrays).value();
}

}  // namespace

std::vector<std::string> probe_names() {
  std::vector<std::string> names;
  for (const char* folder : {"operators", "probes", "reader"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(test_data(folder))) {
      if (entry.path().extension() == ".pt2") names.push_back(std::string(folder) + "/" + entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Probe::Probe(const std::string& name)
    : model_(test_data(name + ".pt2")),
      folder_(base::TempDirectory::create("pudu-probe").value()),
      arrays_(read_arrays(test_data(name + ".npz"))) {
  const NamedArrays inputs = inputs_of(arrays_, "in");
  NamedArrays calibration = inputs_of(arrays_, "calib");
  for (auto& [input, samples] : calibration) append_sample(samples, inputs.at(input));
  check(frontends::write_npz(calibration_file(), calibration));
  check(frontends::write_npz(input_file(), inputs));
}

driver::CompileOptions Probe::compile_options() const {
  driver::CompileOptions options;
  options.model = model_;
  options.calibration = {calibration_file()};
  options.target = targets::make_target("cortex-m55", "").value();
  return options;
}

std::vector<base::Array> Probe::run(const driver::Artifact& artifact) const {
  base::SilentProgress progress;
  auto outcome = driver::run_on_host(artifact, samples_of(artifact.program, input_file()), progress);
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
  std::vector<base::Array> outputs;
  for (std::size_t port = 0; outcome.ok() && port < artifact.program.outputs.size(); ++port) {
    const program::Buffer& buffer = artifact.program.buffer(artifact.program.outputs[port].buffer);
    outputs.push_back(driver::dequantized(outcome->outputs.front()[port], buffer));
  }
  return outputs;
}

const std::map<std::string, double>& lower_sqnr_db() {
  static const std::map<std::string, double> table = {
      // Chooses between x and -x by the sign of a convolution: where that is rounded to 0, the sign is lost.
      {"probes/where_gt", 18.0},
      {"operators/where_number", 25.0},
      // Positions, not numbers: those of elements that are equal once rounded are exchanged.
      {"operators/argmax_channels", 17.0},
  };
  return table;
}

double least_sqnr_db(const std::string& name) {
  // Eight bits give about 40 on one operator; a wrong operand or shift gives less than 20.
  constexpr double usual_sqnr_db = 30.0;
  const auto lower = lower_sqnr_db().find(name);
  return lower == lower_sqnr_db().end() ? usual_sqnr_db : lower->second;
}

}  // namespace pudu::testing
