// The probes of tests/data: small exported models of one operator or idea, with samples and torch's outputs beside
// them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/temp_directory.hpp"
#include "driver/artifact.hpp"
#include "frontends/numpy/npz.hpp"

namespace pudu::testing {

/// "probes/cat", "reader/batch_norm_1d", ...: sorted.
std::vector<std::string> probe_names();

/// Probes that eight bits carry less well than 30 dB, with what they reach; probe.cpp says why.
const std::map<std::string, double>& lower_sqnr_db();
/// What a probe must reach: 30 dB, or less for those of lower_sqnr_db().
double least_sqnr_db(const std::string& name);

/// A probe's data, its samples written as the files that the driver takes. A fault of the data throws.
class Probe {
 public:
  explicit Probe(const std::string& name);

  /// With the probe's calibration data, for cortex-m55.
  driver::CompileOptions compile_options() const;
  /// The outputs of the probe's input on the simulator, dequantized; a failure fails the test.
  std::vector<base::Array> run(const driver::Artifact& artifact) const;
  /// in0, in1, ...: one sample.
  std::filesystem::path input_file() const { return folder_.path() / "input.npz"; }
  /// Torch's.
  const base::Array& expected_output(std::size_t port) const { return arrays_.at("out" + std::to_string(port)); }

 private:
  std::filesystem::path calibration_file() const { return folder_.path() / "calibration.npz"; }

  std::filesystem::path model_;
  base::TempDirectory folder_;
  frontends::NamedArrays arrays_;
};

}  // namespace pudu::testing
