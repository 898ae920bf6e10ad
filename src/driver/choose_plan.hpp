// Which memory plan a program for C++ gets: layer by layer, or by rows.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::driver {

/// Plans `program` as the options say:
/// - Layerwise: whole calls.
/// - Streamed: the fewest bytes; with a limit the fastest plan of at most as many.
/// - Auto: whole calls where they fit the limit or there is none, else as Streamed.
/// `dialect`, if there is one, is the program before its kernels were prepared: it takes the place of `program`, and is
/// empty then, where only its kernels, with less scratch, fit the limit.
/// A plan that exceeds the limit is the smallest that was found. Unsupported when inputs cannot arrive by rows.
Result<program::MemoryMap> choose_plan(program::Program& program, std::optional<program::Program>& dialect,
                                       const PlanOptions& options);

}  // namespace pudu::driver
