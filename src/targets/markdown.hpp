// docs/targets.md, printed from cpus.def so that it cannot go stale.
#pragma once

#include <string>

#include "targets/target.hpp"

namespace pudu::targets {

/// "scalar, dsp, mve".
std::string isa_list(Cpu cpu);

std::string targets_markdown();

}  // namespace pudu::targets
