// How the models of costs count: whole vectors, tiles, strips.
#pragma once

#include <cstdint>

namespace pudu::prepare {

/// Pieces of `size` that cover `count`; the last one may be smaller.
constexpr double pieces_of(std::int32_t count, std::int32_t size) {
  const std::int32_t pieces = (count + size - 1) / size;
  return pieces;
}

}  // namespace pudu::prepare
