#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Makes zero padding of height and width, or of the length of sequences, the padding of the convolutions that read it,
/// when nothing else does.
Status fuse_pad(ir::Graph& graph);

}  // namespace pudu::passes
