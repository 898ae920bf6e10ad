// Rewrites a Program so that every call is one that ExecuTorch's cortex_m and portable operators can express, with the
// same results, byte for byte. What cannot be expressed is refused, all of it at once.
//
//   convolutions and pools    padding that is not the same on both sides, or that counts, becomes a call of its own
//   clamps of mul, avg pool   become a look-up table behind them
//   add, mul, min, max        an operand that is broadcast over other than the innermost dimension is spread out before
//   index_select              over two dimensions becomes two calls
//   rows (height 1)           become columns where CMSIS-NN's MVE kernel for rows fails or is wrong
//   what no operator computes stays, for an operator of Pudu's own (own_operators.hpp); refused for CMSIS-NN's library
//   scratch                   is sized for the kernel library of `library`
//
// The result needs a memory plan of its own.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// How a convolution says what padding lies above and below its image.
enum class RowPadding : std::uint8_t {
  Symmetric,    ///< as PyTorch: the same on both sides
  ByImageSize,  ///< the rows of the output say what is below: both libraries' convolutions compute as many as there are
};

/// Unsupported, with one diagnostic a call, for what only the C++ output can run.
Result<program::Program> legalize_for_executorch(const program::Program& source, targets::KernelLibrary library,
                                                 RowPadding row_padding = RowPadding::Symmetric);

}  // namespace pudu::emitters
