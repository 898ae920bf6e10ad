// The operands of an elementwise call: which of them ExecuTorch's operators can broadcast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernel.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"

namespace pudu::emitters {

struct BroadcastShape {
  std::int32_t rank;
  const std::int32_t* sizes;

  std::int64_t elements() const;
  /// Elements of the innermost dimension that has more than one: what the operators take for channels.
  std::int32_t channels() const;
};

enum class BroadcastForm : std::uint8_t {
  Whole,     ///< laid out as the output is
  Channels,  ///< one run of channels(), repeated
  Other,
};
BroadcastForm form_of(const BroadcastShape& shape, const std::int32_t* strides);
/// Is it one element, repeated everywhere?
bool is_scalar(const BroadcastShape& shape, const std::int32_t* strides);

/// Slices that repeat elements: one element as channels(), and whatever `strides` say as the whole output.
kernels::StridedSliceS8Params spread_over_channels(const BroadcastShape& shape);
kernels::StridedSliceS8Params spread_over(const BroadcastShape& shape, const std::int32_t* strides);
/// What the slice reads of constant data.
std::vector<std::byte> gather(const std::vector<std::byte>& data, const kernels::StridedSliceS8Params& params);

/// The strides of an operand of form Channels, or Whole.
void set_channel_strides(const BroadcastShape& shape, std::int32_t* strides);
void set_whole_strides(const BroadcastShape& shape, std::int32_t* strides);

}  // namespace pudu::emitters
