// Walks tensors that share a shape and differ in strides: broadcasting, permutation, slicing and padding.
// Dimensions of one element are dropped and neighbours that all tensors lay out alike are merged first, so that the
// inner loops are long and the common cases (equal shapes, a broadcast channel, a plain 2-D transpose) need no code of
// their own.
#pragma once

#include <cstring>

#include "kernels/kernel.hpp"

namespace pudu::kernels {

/// A loop nest over `Tensors` tensors, outermost dimension first; rank is at least 1 after `make_strided_loop`.
template <int Tensors>
struct StridedLoop {
  std::int32_t rank;
  std::int32_t shape[max_rank];
  std::int32_t strides[Tensors][max_rank];  ///< elements
};

/// The shortest nest over `shape`; `strides[t]` holds the strides of tensor t. An empty shape gives {1} or, if any
/// extent is 0, {0}.
template <int Tensors>
constexpr StridedLoop<Tensors> make_strided_loop(std::int32_t rank, const std::int32_t* shape,
                                                 const std::int32_t* const (&strides)[Tensors]) noexcept {
  StridedLoop<Tensors> loop{};
  for (std::int32_t dim = 0; dim < rank; ++dim) {
    if (shape[dim] == 0) {
      loop.rank = 1;
      loop.shape[0] = 0;
      return loop;
    }
    if (shape[dim] == 1) continue;
    bool merges = loop.rank > 0;
    for (int t = 0; t < Tensors && merges; ++t) {
      merges = loop.strides[t][loop.rank - 1] == strides[t][dim] * shape[dim];
    }
    if (!merges) loop.shape[loop.rank++] = 1;
    loop.shape[loop.rank - 1] *= shape[dim];
    for (int t = 0; t < Tensors; ++t) loop.strides[t][loop.rank - 1] = strides[t][dim];
  }
  if (loop.rank == 0) loop.shape[loop.rank++] = 1;
  return loop;
}

/// Calls body(const std::int32_t (&offsets)[Tensors]) for every index of the dimensions before the last `inner_rank`.
template <int Tensors, class Body>
void for_each_outer(const StridedLoop<Tensors>& loop, std::int32_t inner_rank, Body&& body) noexcept {
  std::int32_t index[max_rank] = {};
  std::int32_t offsets[Tensors] = {};
  for (;;) {
    body(offsets);
    std::int32_t dim = loop.rank - inner_rank - 1;
    for (; dim >= 0; --dim) {
      for (int t = 0; t < Tensors; ++t) offsets[t] += loop.strides[t][dim];
      if (++index[dim] < loop.shape[dim]) break;
      for (int t = 0; t < Tensors; ++t) offsets[t] -= loop.strides[t][dim] * loop.shape[dim];
      index[dim] = 0;
    }
    if (dim < 0) return;
  }
}

/// Contiguous strides of `shape`, last dimension fastest.
inline void fill_contiguous_strides(std::int32_t rank, const std::int32_t* shape, std::int32_t* strides) noexcept {
  std::int32_t stride = 1;
  for (std::int32_t dim = rank - 1; dim >= 0; --dim) {
    strides[dim] = stride;
    stride *= shape[dim];
  }
}

/// One dimension of a two-dimensional copy.
struct CopyAxis {
  std::int32_t count, output_stride, input_stride;
};

inline void copy_block(std::int8_t* output, const std::int8_t* input, CopyAxis outer, CopyAxis inner) noexcept {
  // Below this many bytes a call of memcpy costs more than the loop.
  constexpr std::int32_t min_run_bytes = 8;
  if (inner.output_stride == 1 && inner.input_stride == 1 && inner.count >= min_run_bytes) {
    for (std::int32_t i = 0; i < outer.count; ++i, output += outer.output_stride, input += outer.input_stride) {
      std::memcpy(output, input, static_cast<std::size_t>(inner.count));
    }
    return;
  }
  if (outer.count > inner.count) {  // the longer axis goes inside
    const CopyAxis swapped = outer;
    outer = inner;
    inner = swapped;
  }
  for (std::int32_t i = 0; i < outer.count; ++i, output += outer.output_stride, input += outer.input_stride) {
    std::int8_t* to = output;
    const std::int8_t* from = input;
    for (std::int32_t left = inner.count; left > 0; --left, to += inner.output_stride, from += inner.input_stride) {
      *to = *from;
    }
  }
}

/// output[sum i_d * output_strides[d]] = input[sum i_d * input_strides[d]] for every index of `shape`. No overlap.
inline void copy_strided(std::int32_t rank, const std::int32_t* shape, std::int8_t* output,
                         const std::int32_t* output_strides, const std::int8_t* input,
                         const std::int32_t* input_strides) noexcept {
  const StridedLoop<2> loop = make_strided_loop<2>(rank, shape, {output_strides, input_strides});
  const std::int32_t last = loop.rank - 1;
  if (loop.shape[last] == 0) return;
  const CopyAxis inner{loop.shape[last], loop.strides[0][last], loop.strides[1][last]};
  const CopyAxis outer = last > 0 ? CopyAxis{loop.shape[last - 1], loop.strides[0][last - 1], loop.strides[1][last - 1]}
                                  : CopyAxis{1, 0, 0};
  for_each_outer(loop, last > 0 ? 2 : 1, [&](const std::int32_t(&offsets)[2]) {
    copy_block(output + offsets[0], input + offsets[1], outer, inner);
  });
}

/// output, contiguous, takes input[sum i_d * input_strides[d]] for every index of `shape`. No overlap.
template <class Element>
void gather_strided(std::int32_t rank, const std::int32_t* shape, Element* output, const Element* input,
                    const std::int32_t* input_strides) noexcept {
  std::int32_t contiguous[max_rank] = {};
  fill_contiguous_strides(rank, shape, contiguous);
  const StridedLoop<2> loop = make_strided_loop<2>(rank, shape, {contiguous, input_strides});
  const std::int32_t count = loop.shape[loop.rank - 1];
  const std::int32_t step = loop.strides[1][loop.rank - 1];
  if (count == 0) return;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[2]) {
    const Element* from = input + offsets[1];
    Element* to = output + offsets[0];
    for (std::int32_t left = count; left > 0; --left, from += step) *to++ = *from;
  });
}

}  // namespace pudu::kernels
