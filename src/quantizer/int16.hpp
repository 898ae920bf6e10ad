// Mixed precision: chosen activations are int16, all others int8. Weights stay int8.
//
// Layers with weights take codes of either width and make codes of either. All other kernels take and make codes of one
// width: a node with an int16 operand or result then runs in 16 bits as a whole, its int8 operands are widened first,
// exactly, and a result that is to be int8 is narrowed behind it. Both are nodes of their own (`requantize`).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/float_islands.hpp"

namespace pudu::quantizer {

/// Symmetric int16 parameters for values up to `magnitude`, with half as much again to spare: a bit of 16 is little, a
/// clipped value much.
ir::QuantParams int16_params(float magnitude);

/// Why the value cannot be int16; empty when it can: an input of the model, or the result of an operator that has
/// int16 kernels, and not kept from run to run.
std::string why_not_int16(const ir::Graph& graph, ir::ValueId id, std::span<const FloatPart> float_parts);

/// The values that `names` names (nodes, inputs, or `all:` and an operator), by value index, with those that only copy
/// or average them. Usage: a name that is none of these; Unsupported: a value that cannot be int16.
Result<std::vector<bool>> find_int16_values(const ir::Graph& graph, std::span<const std::string> names,
                                            std::span<const FloatPart> float_parts);

/// What was chosen, and what it is worth on samples that the network was not quantized with.
struct Int16Choice {
  std::vector<std::string> names;
  double int8_sqnr_db = 0;   ///< of the outputs without what was chosen
  double sqnr_db = 0;        ///< with it
  std::size_t held_out = 0;  ///< samples it was measured on; 0: the user named the values
};

/// The values that could be chosen, in the sequence of the graph; those that only copy others are left out. The name of
/// a value is that of its node, or of the input.
struct Int16Candidate {
  ir::ValueId value{};
  std::string name;
};
std::vector<Int16Candidate> int16_candidates(const ir::Graph& graph, std::span<const FloatPart> float_parts);

/// Inserts the conversions into a float graph that has its islands, and extends `islands` for the new values. Returns
/// int16 parameters by value index; int8 values have none. `chosen` is by index of the values before.
Result<std::vector<std::optional<ir::QuantParams>>> add_int16_conversions(ir::Graph& graph, const Ranges& ranges,
                                                                          std::vector<bool> chosen, Islands& islands);

}  // namespace pudu::quantizer
