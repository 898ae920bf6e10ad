#include "emitters/pte/broadcast.hpp"

#include <algorithm>

namespace pudu::emitters {
namespace {

/// Position of the innermost dimension of more than one element; -1 when there is none.
std::int32_t innermost(const BroadcastShape& shape) {
  std::int32_t dim = shape.rank - 1;
  while (dim >= 0 && shape.sizes[dim] == 1) --dim;
  return dim;
}

}  // namespace

std::int64_t BroadcastShape::elements() const {
  std::int64_t count = 1;
  for (std::int32_t dim = 0; dim < rank; ++dim) count *= sizes[dim];
  return count;
}

std::int32_t BroadcastShape::channels() const {
  const std::int32_t dim = innermost(*this);
  return dim < 0 ? 1 : sizes[dim];
}

BroadcastForm form_of(const BroadcastShape& shape, const std::int32_t* strides) {
  if (kernels::is_contiguous(shape.rank, shape.sizes, strides)) return BroadcastForm::Whole;
  const std::int32_t last = innermost(shape);
  for (std::int32_t dim = 0; dim < shape.rank; ++dim) {
    if (shape.sizes[dim] != 1 && strides[dim] != (dim == last ? 1 : 0)) return BroadcastForm::Other;
  }
  return BroadcastForm::Channels;
}

bool is_scalar(const BroadcastShape& shape, const std::int32_t* strides) {
  for (std::int32_t dim = 0; dim < shape.rank; ++dim) {
    if (shape.sizes[dim] != 1 && strides[dim] != 0) return false;
  }
  return true;
}

kernels::StridedSliceS8Params spread_over_channels(const BroadcastShape& shape) {
  return {.rank = 1, .output_shape = {shape.channels()}, .input_strides = {0}, .input_start_offset = 0};
}

kernels::StridedSliceS8Params spread_over(const BroadcastShape& shape, const std::int32_t* strides) {
  kernels::StridedSliceS8Params params{.rank = shape.rank};
  std::copy_n(shape.sizes, shape.rank, params.output_shape);
  std::copy_n(strides, shape.rank, params.input_strides);
  return params;
}

std::vector<std::byte> gather(const std::vector<std::byte>& data, const kernels::StridedSliceS8Params& params) {
  std::vector<std::byte> result;
  std::int64_t count = 1;
  for (std::int32_t dim = 0; dim < params.rank; ++dim) count *= params.output_shape[dim];
  for (std::int64_t element = 0; element < count; ++element) {
    std::int64_t rest = element;
    std::int64_t position = params.input_start_offset;
    for (std::int32_t dim = params.rank; dim-- > 0;) {
      position += rest % params.output_shape[dim] * params.input_strides[dim];
      rest /= params.output_shape[dim];
    }
    result.push_back(data[static_cast<std::size_t>(position)]);
  }
  return result;
}

void set_channel_strides(const BroadcastShape& shape, std::int32_t* strides) {
  std::fill_n(strides, shape.rank, 0);
  if (const std::int32_t last = innermost(shape); last >= 0) strides[last] = 1;
}

void set_whole_strides(const BroadcastShape& shape, std::int32_t* strides) {
  std::int32_t stride = 1;
  for (std::int32_t dim = shape.rank; dim-- > 0;) {
    strides[dim] = stride;
    stride *= shape.sizes[dim];
  }
}

}  // namespace pudu::emitters
