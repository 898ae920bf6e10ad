// Constant buffers as C++ arrays.
#pragma once

#include <string>

#include "program/program.hpp"

namespace pudu::emitters {

/// C++ type of an element: std::int8_t, float, ...
std::string element_type_name(program::ElementType type);

/// Definition of a constant array. int8 data stand as a string literal, which compilers read a hundred times faster
/// than a list of numbers; it costs one byte for the terminating zero.
std::string constant_definition(const std::string& identifier, const program::Buffer& buffer);

}  // namespace pudu::emitters
