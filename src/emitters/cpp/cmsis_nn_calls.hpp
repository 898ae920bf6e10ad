// Calls of CMSIS-NN's functions in the emitted model.cpp, for `--kernels cmsis-nn`. Which function computes a kernel
// call, and with which sizes, is the choice of ops/cmsis_nn_call.hpp; here it becomes C++.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "ops/cmsis_nn_call.hpp"

namespace pudu::emitters {

/// What an emitted call works on.
struct CmsisNnOperands {
  /// C++ expression of the pointer to an operand: "weights", "inputs.1".
  std::function<std::string(std::string_view name)> pointer;
  std::string scratch;            ///< pointer to the scratch, or "nullptr"
  std::size_t scratch_bytes = 0;  ///< planned
};

/// The statements of one call: a block that returns from run() where CMSIS-NN refuses the call, or, built with
/// PUDU_ENABLE_RUNTIME_CHECKS, where it wants more scratch than was planned.
std::string cmsis_nn_statements(const ops::CmsisNnCall& call, const CmsisNnOperands& operands);

/// CMSIS-NN's header, and what the compiler must not be told: for the top of a model.cpp with such calls.
std::string cmsis_nn_includes(std::string_view model);

/// For the model's CMakeLists.txt: finds CMSIS-NN and leaves what to link in the variable `<model>_cmsis_nn`.
std::string cmsis_nn_cmake(std::string_view model);

/// True when any call of the program runs on CMSIS-NN.
bool calls_cmsis_nn(const program::Program& program);

}  // namespace pudu::emitters
