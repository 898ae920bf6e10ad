// The place in the user's program that an exported node comes from.
#pragma once

#include <string>
#include <string_view>

namespace pudu::frontends {

struct SourceLine {
  std::string place;  ///< "zoo.py:26 in forward"; empty when the trace names none
  std::string code;   ///< the line of code, or empty
};

/// The innermost frame of a Python stack trace that is not a part of torch or another installed package; if all are,
/// the innermost one. Folders are dropped from file names.
SourceLine find_source_line(std::string_view stack_trace);

}  // namespace pudu::frontends
