// Tests only: window shapes of pools, with the output extents that PyTorch gives them.
#pragma once

#include <cstdint>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

/// Whether a last window that hangs over the end counts (PyTorch's ceil_mode).
enum class Overhang { Cut, Keep };

/// PyTorch's output extent; 0 when the window does not fit.
inline std::int32_t pool_extent(std::int32_t in, std::int32_t before, std::int32_t after, std::int32_t taps,
                                std::int32_t dilation, std::int32_t stride, Overhang overhang) {
  const std::int32_t room = in + before + after - dilation * (taps - 1) - 1;
  if (room < 0) return 0;
  std::int32_t out = room / stride + 1;
  // With ceil_mode the last window must still begin inside of the image or the padding before it.
  if (overhang == Overhang::Keep && room % stride != 0 && out * stride < in + before) ++out;
  return out;
}

struct PoolShape {
  std::int32_t batches, h, w, channels;
  std::int32_t kh, kw, sh, sw, top, left, bottom, right, dh, dw;
  Overhang overhang;
};

inline PoolShape random_pool(Random& random) {
  PoolShape s{};
  s.batches = random.between(1, 2);
  s.h = random.between(1, 9), s.w = random.between(1, 9), s.channels = random.between(1, 9);
  s.kh = random.between(1, 5), s.kw = random.between(1, 5);
  s.sh = random.between(1, 6), s.sw = random.between(1, 6);
  s.top = random.between(0, 6), s.left = random.between(0, 6);
  s.bottom = random.between(0, 6), s.right = random.between(0, 6);
  s.dh = random.between(1, 3), s.dw = random.between(1, 3);
  s.overhang = random.one_in(2) ? Overhang::Keep : Overhang::Cut;
  return s;
}

}  // namespace pudu::kernels::testing
