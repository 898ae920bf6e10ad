// How tensors lie in PyTorch's memory, from the sizes and strides that the exporter has written down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontends/pt2/exported_program.hpp"
#include "frontends/pt2/node_translator.hpp"
#include "frontends/pt2/symbols.hpp"
#include "ir/types.hpp"

namespace pudu::frontends {

/// Whether an image batch lies as torch.channels_last, and could not as well be contiguous.
bool is_channels_last(const ir::Shape& sizes, const std::vector<std::int64_t>& strides);

/// What an operator whose row says SameOrder did: it kept the order of elements if it could, else it copied, or
/// nothing is known and View is the safe answer. `base` and `result` are names of the program's tensors.
ResultMemory refine_memory(const ExportedProgram& program, const SizeEvaluator& sizes, const std::string& base,
                           const std::string& result);

}  // namespace pudu::frontends
