// Variables of a .tflite file as states of the graph. There are two kinds: variables that VAR_HANDLE names, and tensors
// that are variables themselves, which an operator reads and changes (SVDF, LSTM). Operators stand in the file in the
// order of execution, so that a state's `after` is at every operator what the operators before it have left in it.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "frontends/tflite/node_importer.hpp"

namespace pudu::frontends::tflite {

/// What the variable holds at this operator.
inline ir::ValueId present_value(const ir::Graph& graph, std::size_t state) {
  return graph.states[state].after;
}

/// The state (a position in Graph::states) of a variable, made where it is none yet, with that shape and format. It
/// begins with the constant that an initialization subgraph assigns, or with zeros (codes: zero points).
Result<std::size_t> state_of_variable(NodeImporter& node, const std::string& variable, const ir::Shape& shape,
                                      const Format& format);

/// The state of operand `index`, which must be a tensor that is a variable. It begins with zeros (int8 codes: the zero
/// point).
Result<std::size_t> state_of_tensor(NodeImporter& node, std::size_t index);

/// From here on the variable holds `value`; Unsupported when it has another shape or format than the state.
Status assign(NodeImporter& node, std::size_t state, ir::ValueId value);

}  // namespace pudu::frontends::tflite
