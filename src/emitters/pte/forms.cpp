#include "emitters/pte/forms.hpp"

#include <algorithm>
#include <numeric>

namespace pudu::emitters {
namespace {

struct Dim {
  std::int64_t size;
  std::int64_t stride;
};

/// The dimensions of more than one element, those merged that are one run in the input as well.
std::vector<Dim> merged_dims(std::int32_t rank, const std::int32_t* sizes, const std::int32_t* strides) {
  std::vector<Dim> dims;
  for (std::int32_t i = 0; i < rank; ++i) {
    if (sizes[i] == 1) continue;
    if (!dims.empty() && dims.back().stride == std::int64_t{strides[i]} * sizes[i]) {
      dims.back() = {dims.back().size * sizes[i], strides[i]};
    } else {
      dims.push_back({sizes[i], strides[i]});
    }
  }
  return dims;
}

/// The stock MVE kernel gathers with 16-bit offsets of up to seven rows.
bool exceeds_gather(const std::vector<std::int64_t>& sizes) {
  return std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size * 7 > UINT16_MAX; });
}

}  // namespace

std::vector<std::int64_t> Permutation::output_sizes() const {
  std::vector<std::int64_t> sizes;
  for (const std::int64_t dim : perm) sizes.push_back(input_sizes[static_cast<std::size_t>(dim)]);
  return sizes;
}

std::optional<Permutation> as_permutation(const kernels::TransposeS8Params& params) {
  const std::vector<Dim> dims = merged_dims(params.rank, params.output_shape, params.input_strides);
  if (dims.empty()) return Permutation{{1}, {0}};
  std::vector<std::size_t> by_stride(dims.size());
  std::iota(by_stride.begin(), by_stride.end(), std::size_t{0});
  std::sort(by_stride.begin(), by_stride.end(),
            [&](std::size_t a, std::size_t b) { return dims[a].stride > dims[b].stride; });
  Permutation result;
  result.perm.resize(dims.size());
  for (std::size_t i = 0; i < by_stride.size(); ++i) {
    result.input_sizes.push_back(dims[by_stride[i]].size);
    result.perm[by_stride[i]] = static_cast<std::int64_t>(i);
  }
  std::int64_t expected = 1;
  for (std::size_t i = by_stride.size(); i-- > 0;) {
    if (dims[by_stride[i]].stride != expected) return std::nullopt;
    expected *= dims[by_stride[i]].size;
  }
  if (dims.size() == 2 && exceeds_gather(result.input_sizes)) {
    // With a third dimension the stock kernel loops over elements instead.
    result = {{result.input_sizes[0], result.input_sizes[1], 1}, {1, 2, 0}};
  }
  return result;
}

std::optional<Slice> as_slice(const kernels::StridedSliceS8Params& params, std::int64_t input_elements) {
  std::vector<Dim> dims = merged_dims(params.rank, params.output_shape, params.input_strides);
  if (std::any_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.stride <= 0; })) return std::nullopt;
  const std::int64_t offset = params.input_start_offset;
  // [outer, cut, inner]: the innermost run, and the outermost dimension when it goes all over the input.
  std::int64_t inner = 1;
  if (!dims.empty() && dims.back().stride == 1) {
    inner = dims.back().size;
    dims.pop_back();
  }
  std::int64_t outer = 1;
  if (dims.size() == 2 || (dims.size() == 1 && offset + inner <= dims[0].stride)) {
    if (dims[0].size * dims[0].stride == input_elements) {
      outer = dims[0].size;
      dims.erase(dims.begin());
    }
  }
  if (dims.size() > 1) return std::nullopt;
  const std::int64_t row = input_elements / outer;
  if (dims.empty()) {
    // One run of each outer step.
    if (offset + inner > row) return std::nullopt;
    return Slice{{outer, row}, {outer, inner}, 1, offset, offset + inner, 1};
  }
  const Dim cut = dims[0];
  if (row % inner != 0 || offset % inner != 0 || cut.stride % inner != 0) return std::nullopt;
  const std::int64_t start = offset / inner;
  const std::int64_t step = cut.stride / inner;
  const std::int64_t end = start + (cut.size - 1) * step + 1;
  if (end > row / inner) return std::nullopt;
  return Slice{{outer, row / inner, inner}, {outer, cut.size, inner}, 1, start, end, step};
}

std::vector<std::int64_t> Padding::output_sizes() const {
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 0; i < input_sizes.size(); ++i) sizes.push_back(before[i] + input_sizes[i] + after[i]);
  return sizes;
}

std::optional<Padding> as_padding(const kernels::PadS8Params& params) {
  Padding result;
  for (std::int32_t i = 0; i < params.rank; ++i) {
    const std::int64_t size = params.input_shape[i];
    const std::int64_t before = params.pad_before[i];
    const std::int64_t after = params.pad_after[i];
    if (before < 0 || after < 0) return std::nullopt;
    if (before == 0 && after == 0 && !result.input_sizes.empty()) {
      // A row of pads of the dimension outside is `size` elements.
      result.input_sizes.back() *= size;
      result.before.back() *= size;
      result.after.back() *= size;
      continue;
    }
    const bool replaces_outer_ones =
        result.input_sizes.size() == 1 && result.input_sizes[0] == 1 && result.before[0] == 0 && result.after[0] == 0;
    if (replaces_outer_ones) result = {};
    result.input_sizes.push_back(size);
    result.before.push_back(before);
    result.after.push_back(after);
  }
  if (result.input_sizes.empty()) result = {{1}, {0}, {0}};
  const std::vector<std::int64_t>& sizes = result.input_sizes;
  if (sizes.size() > max_operator_rank) return std::nullopt;
  if (sizes.size() == 4 && (sizes[1] == 1 || (sizes[2] == 1 && sizes[3] == 1))) return std::nullopt;
  return result;
}

}  // namespace pudu::emitters
