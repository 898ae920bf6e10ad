// Transposed convolutions over one or two dimensions, with groups.
#pragma once

#include "base/result.hpp"
#include "frontends/pt2/node_translator.hpp"

namespace pudu::frontends {

/// Of a node with the arguments input, weight [in, out / groups, ...], bias, stride, padding, output_padding, groups
/// and dilation.
Result<ir::ValueId> translate_transposed_convolution(NodeTranslator& node);

}  // namespace pudu::frontends
