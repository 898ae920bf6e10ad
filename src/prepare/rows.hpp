// Convolutions whose image may be seen as longer rows, with the same bytes: kernels work along rows, and short ones
// cost more per output.
#pragma once

#include <optional>
#include <vector>

#include "prepare/variant.hpp"

namespace pudu::prepare {

/// Parameters of the same kernel with longer rows; none when the call has none. A 1x1 convolution with stride 1 and
/// without padding is one row of all positions of the batch; an image of width 1 has its axes swapped.
std::optional<std::vector<program::Parameter>> parameters_with_long_rows(const SourceCall& call);

}  // namespace pudu::prepare
