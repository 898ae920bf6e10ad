// docs/operators.md, printed from the operators' definitions so that it cannot go stale.
#pragma once

#include <string>

namespace pudu::ops {

std::string operators_markdown();

}  // namespace pudu::ops
