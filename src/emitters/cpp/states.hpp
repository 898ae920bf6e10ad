// What a model keeps from one inference to the next, as C++: the state block, initialized before the program starts,
// and reset(). All of it is empty for a model without states.
#pragma once

#include <string>

#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// `state_bytes` and `reset()`, for model.hpp.
std::string state_declarations(const program::MemoryMap& memory);
/// The block and its initial values, for the unnamed namespace of model.cpp.
std::string state_definitions(const program::Program& program, const program::MemoryMap& memory);
/// The definition of reset().
std::string reset_definition(const program::Program& program, const program::MemoryMap& memory);

}  // namespace pudu::emitters
