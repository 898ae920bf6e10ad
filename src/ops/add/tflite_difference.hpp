// TensorFlow Lite's SUB by the kernel of additions. SUB scales both operands with positive multipliers and subtracts;
// the kernel adds, and a negative multiplier makes the difference. That is the same but for operands that come to lie
// at a tie of the first rounding, which goes up for both signs. One step there is 2^-20 of the result's accumulator, so
// that hardly ever a code differs; here it is made sure that none does, for all pairs of codes.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/add/add_s8.hpp"

namespace pudu::ops {

/// The negative multiplier of input 2 with which the kernel gives SUB's codes; `params` have the positive one. None
/// when neither the negated multiplier nor its neighbours give all of them.
std::optional<std::int32_t> subtracting_multiplier(const kernels::AddS8Params& params);

}  // namespace pudu::ops
