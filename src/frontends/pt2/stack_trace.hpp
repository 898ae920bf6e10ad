// The place in the user's program that an exported node comes from, and how a fault tells it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace pudu::frontends {

struct SourceLine {
  std::string place;  ///< "zoo.py:26 in forward"; empty when the trace names none
  std::string code;   ///< the line of code, or empty
};

/// The innermost frame of a Python stack trace that is not a part of torch or another installed package; if all are,
/// the innermost one. Folders are dropped from file names.
SourceLine find_source_line(std::string_view stack_trace);

/// Adds the user's line of code to a fault, where the fault leaves room for it.
Diagnostic with_source(Diagnostic diagnostic, const SourceLine& source);

}  // namespace pudu::frontends
