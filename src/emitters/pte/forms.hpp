// Data movement as ExecuTorch's operators state it, recognized from the strides that Pudu's kernels take.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/pad/pad_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/transpose/transpose_s8.hpp"

namespace pudu::emitters {

/// The largest rank that cortex_m::transpose and cortex_m::pad take.
inline constexpr std::size_t max_operator_rank = 4;

/// Dimension `d` of the result is dimension perm[d] of the input. Neighbours that stay neighbours are merged.
struct Permutation {
  std::vector<std::int64_t> input_sizes;
  std::vector<std::int64_t> perm;

  std::vector<std::int64_t> output_sizes() const;
};
/// None when the call reads other than every element once.
std::optional<Permutation> as_permutation(const kernels::TransposeS8Params& params);

/// Elements start, start + step, ... before end of one dimension of a view of the input.
struct Slice {
  std::vector<std::int64_t> input_sizes;
  std::vector<std::int64_t> output_sizes;
  std::int64_t dim = 0;
  std::int64_t start = 0, end = 0, step = 1;
};
/// None when more than one dimension is cut, or elements are read twice or backwards.
std::optional<Slice> as_slice(const kernels::StridedSliceS8Params& params, std::int64_t input_elements);

/// Pads of a view of the input with as few dimensions as possible.
struct Padding {
  std::vector<std::int64_t> input_sizes;
  std::vector<std::int64_t> before, after;

  std::vector<std::int64_t> output_sizes() const;
};
/// None when a pad is negative, when five dimensions remain, and when four remain that the stock kernel takes for an
/// image of one channel or one pixel, whatever the dimension order says.
std::optional<Padding> as_padding(const kernels::PadS8Params& params);

}  // namespace pudu::emitters
