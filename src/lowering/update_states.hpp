// Values that a state becomes are computed where the state lies, so that they need neither memory nor a copy.
#pragma once

#include "program/program.hpp"

namespace pudu::lowering {

/// Removes each copy of an activation into a state where the one call that writes the activation can write the state
/// itself: when nothing reads the state afterwards, and the call either does not read it or works in place on it.
void update_states_in_place(program::Program& program);

}  // namespace pudu::lowering
