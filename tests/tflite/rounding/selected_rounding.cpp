#include "numerics/requantize.hpp"

namespace pudu::numerics::selectable {

Rounding selected_rounding = Rounding::Twice;

}  // namespace pudu::numerics::selectable
