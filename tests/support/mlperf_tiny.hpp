// The int8 networks of MLPerf Tiny (tests/data/mlperf_tiny): .tflite files, inputs, and the outputs that TensorFlow
// Lite and TensorFlow Lite Micro give for them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "driver/run.hpp"
#include "program/program.hpp"
#include "support/models.hpp"

namespace pudu::testing {

const std::vector<std::string>& mlperf_tiny_networks();

/// Without calibration data: the networks are int8 already.
ModelFiles mlperf_tiny_files(const std::string& name);

/// The two inputs, as codes.
driver::Samples mlperf_tiny_inputs(const std::string& name, const program::Program& program);

/// The two recorded outputs, as raw codes with the shape of the program's output.
std::vector<std::vector<base::Array>> mlperf_tiny_outputs(const std::string& name, const program::Program& program);

}  // namespace pudu::testing
