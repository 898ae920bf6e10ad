// Checks that a Program read from a file calls kernels this version has, the way they want to be called.
#pragma once

#include "base/result.hpp"
#include "program/program.hpp"

namespace pudu::ops {

/// Every call names a known kernel, has exactly its parameters with the right number of elements and within their
/// ranges, binds only its operands with the right element types, and touches no element that they do not have. The
/// program is one that program::verify accepts. InvalidInput otherwise: it was made by another version, or damaged.
Status check_calls(const program::Program& program);

}  // namespace pudu::ops
