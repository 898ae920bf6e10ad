// The levels of checks of read.hpp that look at the plain values. Each expects that the ones before it found nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "pte/operators.hpp"
#include "pte/program.hpp"
#include "pte/read.hpp"

namespace pudu::pte {

/// "instruction 12 cortex_m::quantized_add", after the plan's name when it is not the program's first.
std::string place_of(const Program& program, const Plan& plan, std::size_t call);
/// "instruction 12 cortex_m::quantized_add, argument 3 (self_shift)"
std::string place_of(const Program& program, const Plan& plan, std::size_t call, std::size_t argument);

/// Indices in every list, the number of arguments of the known operators, and the kind of each argument.
Status verify_calls(const Program& program);

/// Whatever an instruction or a caller reads has been written, and nothing else has been written over it since.
/// Plans with operators that are not known are passed by.
Status verify_flow(const Program& program);

/// Scratch tensors have the bytes that the kernels need.
Status verify_scratch(const Program& program, const ReadOptions& options);

/// May the program run on this ISA: its scratch suffices, and its linear layers have the sums of weights that MVE's
/// kernels need instead of a bias, or the bias that the others need? For a program of Pudu's, what it records.
bool runs_on(const Program& program, kernels::Isa isa);

}  // namespace pudu::pte
