// Rows are found by the shapes of buffers, which say how values lie for the operator that made them. Others may read
// the same bytes as an image of rows; this is where such buffers get the shape of that image. In memory all is as it
// was.
#pragma once

#include "program/program.hpp"

namespace pudu::schedule {

/// Changes shapes of arena buffers so that ops::row_form finds rows where calls have some. Calls stay as they are. Says
/// whether there was such a buffer.
/// - A buffer that is reshaped without a copy, as one channel is from NCHW to NHWC ([1, 1, H, W] and [1, H, W, 1]),
///   gets the image that convolutions and pools have in it, where they agree.
/// - Convolutions over sequences are lowered to images of one row, [1, 1, L, C], whose kernels work along the row. Row
/// by
///   row there is nothing to stream in them; position by position there is. A buffer that holds one sequence of vectors
///   (any shape of three or four sizes of which one, L, besides the last, C, is not 1) gets the shape [1, L, 1, C].
bool give_row_shapes(program::Program& program);

}  // namespace pudu::schedule
