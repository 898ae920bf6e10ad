// Convolutions over sequences are lowered to images of one row, [1, 1, L, C], whose kernels work along the row. Row by
// row there is nothing to stream in them; position by position there is. In memory both are the same.
#pragma once

#include "program/program.hpp"

namespace pudu::schedule {

/// Gives arena buffers that hold one sequence of vectors (any shape of three or four sizes of which one, L, besides the
/// last, C, is not 1) the shape [1, L, 1, C], so that ops::row_form finds a row for every position. Calls stay as they
/// are. Says whether there was such a buffer.
bool make_sequences_upright(program::Program& program);

}  // namespace pudu::schedule
