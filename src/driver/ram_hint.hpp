// What to pass, or to change, when a model needs more memory than the user allows.
#pragma once

#include <cstddef>
#include <string>

#include "driver/compile.hpp"

namespace pudu::driver {

/// The least --ram that the model's plan fits, and what the plans need that its options leave out: by rows, and with
/// inputs that arrive by rows. They are planned for this, unless model.alternatives has them: as long as the planner
/// takes.
std::string ram_hint(const CompiledModel& model, std::size_t ram_bytes);

}  // namespace pudu::driver
