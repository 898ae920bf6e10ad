// An ExecuTorch program as plain values (pte/program.hpp) -> the bytes of a .pte file: the inverse of pte::read.
//
// The same program gives the same bytes on every host. Texts, sizes, orders and lists that occur more than once are
// stored once; a flatbuffer may share them, and the stock runtime and ExecuTorch's Python tools read such files.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.hpp"
#include "pte/program.hpp"

namespace pudu::emitters {

/// Constants are the tensors' `data`, by `data_index`, each aligned to 16 bytes in one segment; index 0 stands for
/// none. Metadata, where there is any, becomes the last plan, with the checksum of the file in it. Named data and
/// dynamic shapes are not written. Internal when a data index is missing between 1 and the largest.
Result<std::vector<std::byte>> serialize(const pte::Program& program);

}  // namespace pudu::emitters
