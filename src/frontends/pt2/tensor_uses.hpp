// Who reads and who changes the tensors of an exported program, before any of it is translated.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/pt2/exported_program.hpp"

namespace pudu::frontends {

/// Names of tensors that a node or an output reads, in order.
std::vector<std::string_view> tensor_names(const Argument& argument);

/// By a tensor's name: index of the last node that reads it, the number of nodes where an output does.
using LastUses = std::map<std::string, std::size_t, std::less<>>;
LastUses last_uses(const ExportedProgram& program);

/// The inputs that are buffers which the model changes: an operator does in place, or the signature says what they
/// become.
std::vector<const InputSpec*> changed_buffers(const ExportedProgram& program);

}  // namespace pudu::frontends
