// Constant buffers as C++ arrays.
#pragma once

#include <string>
#include <string_view>

#include "program/program.hpp"

namespace pudu::emitters {

/// C++ type of an element: std::int8_t, float, ...
std::string element_type_name(program::ElementType type);

/// A C++ string literal of any bytes, in printable ASCII.
std::string string_literal(std::string_view text);

/// A C++ expression of exactly this float, in hexadecimal. NaN and infinities come from <limits>; which NaN is lost.
std::string float_literal(float value);

/// Definition of a constant array. int8 data stand as a string literal, which compilers read a hundred times faster
/// than a list of numbers; it costs one byte for the terminating zero.
std::string constant_definition(const std::string& identifier, const program::Buffer& buffer);

}  // namespace pudu::emitters
