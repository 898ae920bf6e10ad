// The options that commands on models share, as the user writes them: on the command line, or as keywords in Python.
// What is wrong with one is said in the same words in both places.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "driver/compile.hpp"

namespace pudu::tools {

/// The options of compile, analyze and validate, as text; empty where none is given.
struct ModelOptions {
  std::string model;
  std::string target = "cortex-m55";
  std::string isa;
  std::string kernels = "builtin";
  std::vector<std::string> calibration;
  std::string io = "int8";
  std::string input_layout;
  std::string effort = "default";
  std::string ranges;
  bool equalize = false;
  std::string bias_correction;
  std::string linear_weights;
  std::string weights = "int8";  ///< or `int4`, or `int4:NAME,...`
  std::string optimize = "balanced";
  std::vector<std::string> keep_float;
  std::vector<std::string> int16;  ///< names, lists of them separated by commas, `auto` or `auto:N`
  std::string accuracy;
  std::string intermediates;
  std::string ram;
  std::string flash;
  std::string memories;
  std::string memory = "auto";
  std::string feed = "whole";
  std::string batch;
  std::string jobs;
  std::string plan_time;
  std::vector<std::string> disabled_passes;
  std::optional<std::string> stop_after;
  bool print_passes = false;
};

/// Sets how many threads the process uses, too.
Result<driver::CompileOptions> to_compile_options(const ModelOptions& options);

/// A float model without calibration data, where they are required.
Error missing_calibration();

}  // namespace pudu::tools
