// Weights of 4 bits: linear layers and 1x1 convolutions may have codes from -7 to 7, one scale for each output channel.
// They are int8 codes for everything but the C++ output, which stores two in a byte (kernels/pointwise_s4). Half of the
// flash, and, without --effort max, many decibels of accuracy.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::quantizer {

inline constexpr std::int32_t largest_int4_code = 7;
inline constexpr std::int32_t largest_int8_code = 127;

/// Why the node's weights cannot be int4; empty when they can.
std::string why_not_int4(const ir::Graph& graph, const ir::Node& node);

/// By node index: the layers that `names` names (nodes, or all nodes of an operator that can), or, where it is empty,
/// all that can. Nothing chosen where there is no list. Usage: a name that is none of these; Unsupported: a node that
/// cannot have such weights.
Result<std::vector<bool>> find_int4_layers(const ir::Graph& graph,
                                           const std::optional<std::vector<std::string>>& names);

/// The largest code of weights whose codes are these: 7 where all are codes of 4 bits, which their scales were made
/// for, else 127.
std::int32_t largest_code_of(std::span<const std::int8_t> codes);

}  // namespace pudu::quantizer
