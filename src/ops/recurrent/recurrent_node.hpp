// Operands and attributes of a node of the operator recurrent.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "kernels/recurrent/recurrent_s8.hpp"

namespace pudu::ops::recurrent {

using Kernel = kernels::RecurrentS8;

// Operands.
constexpr std::size_t sequence = 0;
constexpr std::size_t input_weight = 1;
constexpr std::size_t hidden_weight = 2;
constexpr std::size_t input_bias = 3;
constexpr std::size_t hidden_bias = 4;
constexpr std::size_t initial_hidden = 5;
constexpr std::size_t initial_cell = 6;

/// One of Kernel's cells; of a node that check_cell() has accepted.
std::int32_t cell_of(const ir::Node& node);
/// Does the sequence run from its end to its begin?
bool is_reverse(const ir::Node& node);

/// InvalidInput when the attribute "cell" names none.
Status check_cell(const ir::Node& node);

}  // namespace pudu::ops::recurrent
