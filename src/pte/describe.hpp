// A program as text, for people: what `pudu inspect` prints. It cannot be read back.
#pragma once

#include <string>

#include "pte/program.hpp"

namespace pudu::pte {

/// "int8[1, 8, 28, 28] in dim order [0, 2, 3, 1]"; the order only where it is not 0, 1, 2, ...
std::string describe(const Tensor& tensor);
/// "%12" of a tensor, "[1, 1]" of a list of integers, "0.25", "true", "none".
std::string describe_argument(const Plan& plan, std::int32_t value);
/// "%29 = cortex_m::pad.out(input=%22, pre_pad=[0, 0, 0, 0], ...)", with the names of the known operators' arguments.
std::string describe_call(const Plan& plan, const KernelCall& call);
/// Every tensor, then every call, a line each.
std::string print(const Plan& plan);

}  // namespace pudu::pte
