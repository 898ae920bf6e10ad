// The text form of a memory plan with a schedule, which stands in model.pudu beside the Program, so that every run of a
// compiled folder is of the very plan that was emitted:
//
//   plan {
//     arena 48384 bound 47520 strategy "order_search"
//     window %conv2d 3
//     share %add = %x + 0
//     place %x 0
//     feed %x [0, 1]
//     rows conv2d [0, 1]
//     slide %conv2d [1, 3]
//     slide %conv2d_1 [4, 6] to 8
//     whole linear
//   }
//
// Ranges are [begin, end), as everywhere. Lifetimes, states and memory regions are not part of it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::program {

/// `map.schedule` must be there.
std::string print_plan(const Program& program, const MemoryMap& map);

/// The map without lifetimes; states have their places. InvalidInput, naming the line, on text that is not of that form
/// or names what the program does not have. Whether the steps make sense is not looked at here.
Result<MemoryMap> parse_plan(const Program& program, std::string_view text);

}  // namespace pudu::program
