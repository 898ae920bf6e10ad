// Program -> Program for the C++ output: calls of kernels in the dialect's layout become calls of kernels that are
// prepared for the exact instruction set, with weights reordered and requantization folded ahead of time, where a cost
// model says that this is better. The result is an ordinary Program, which the simulator runs byte for byte.
//
// Limits: only for one CPU and for Pudu's own kernels; a .pte keeps the dialect's layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "program/program.hpp"

namespace pudu::prepare {

/// What a choice between kernels looks at; docs/kernels.md states the rules.
enum class Optimize : std::uint8_t { Balanced, Speed, Size };
/// "balanced", "speed", "size".
std::string_view to_string(Optimize optimize);
/// Unknown name: Usage.
Result<Optimize> parse_optimize(std::string_view name);

/// One call that was replaced.
struct Choice {
  std::string call;              ///< its name
  std::string kernel;            ///< what runs it now
  std::string description;       ///< of the variant: "int16 weights, strips of 48, requantization Line9"
  double instructions = 0;       ///< of one run, by the cost model
  double base_instructions = 0;  ///< of the kernel that it replaces
};

/// Are kernels of such a target prepared? Not for any CPU and not for CMSIS-NN's kernels.
bool prepares(const targets::TargetConfig& target);

/// Replaces what is better replaced; every other call stays as it is, or runs the same kernel over longer rows.
/// Constants that nothing reads any more are gone. Does nothing for targets that prepares() leaves out.
std::vector<Choice> prepare_program(program::Program& program, Optimize optimize);

/// Instructions of one run of a convolution or depthwise convolution, prepared or in the dialect's layout, by the cost
/// model; 0 for kernels that it does not know.
double kernel_instructions(const program::Program& program, const program::KernelCall& call);

}  // namespace pudu::prepare
