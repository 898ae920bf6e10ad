// Buffers that rewriting a program leaves behind.
#pragma once

#include "program/program.hpp"

namespace pudu::program {

/// Drops the buffers that no call and no port knows, and numbers the others anew, in their order.
void drop_unused_buffers(Program& program);

}  // namespace pudu::program
