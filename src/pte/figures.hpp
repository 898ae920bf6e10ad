// What a program costs, call by call: multiply-accumulates, constants, scratch; and which constants no call reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/kernel.hpp"
#include "pte/program.hpp"

namespace pudu::pte {

struct CallFigures {
  std::int64_t macs = 0;
  std::size_t constant_bytes = 0;  ///< of constants that no call before it reads
  std::size_t scratch_bytes = 0;
  std::int32_t output = -1;  ///< the value it writes; -1 when there is none
};

struct UnusedConstant {
  std::int32_t value = 0;
  std::size_t bytes = 0;  ///< of those that no other constant that is used shares
};

struct Figures {
  std::vector<CallFigures> calls;
  std::int64_t macs = 0;
  std::int64_t parameters = 0;     ///< elements of weights and biases, each constant once
  std::size_t constant_bytes = 0;  ///< of the constant segment
  std::size_t unused_constant_bytes = 0;
  std::vector<UnusedConstant> unused_constants;
  std::size_t pool_bytes = 0;  ///< of all memory pools
};

/// Of a plan of `program`, which read() has accepted. A constant that another plan uses counts as unused.
Figures compute_figures(const Program& program, const Plan& plan);

/// Kernels of the library that the program was planned for run on these, smallest first. For a program of Pudu's, the
/// recorded ones; otherwise those whose scratch sizes fit.
std::vector<kernels::Isa> fitting_isas(const Program& program);
/// "scalar, dsp"
std::string isa_names(const Program& program);

/// Quantization that an explicit quantize or dequantize call at the program's edge tells of a float input or output.
struct EdgeQuantization {
  double scale = 0;
  std::int64_t zero_point = 0;
  ScalarType type = ScalarType::Int8;
};
std::optional<EdgeQuantization> edge_quantization(const Plan& plan, std::int32_t value);

}  // namespace pudu::pte
