// What readers of all kinds of models check and name alike.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ir/types.hpp"

namespace pudu::frontends {

/// A C identifier made from a file's stem: "a.b-c" becomes "a_b_c".
std::string to_identifier(std::string_view text);

/// The text with everything but letters, digits, '_' and '.' replaced by '_': what values are named in the graph.
std::string to_value_name(std::string_view text);

/// Sizes of a tensor: at most kernels' rank, each positive, fewer than 2^31 elements.
Status check_shape(const ir::Shape& shape);

}  // namespace pudu::frontends
