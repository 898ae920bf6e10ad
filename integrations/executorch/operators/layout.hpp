// Where the elements of a tensor lie: images in NHWC order, and strides for the kernels that walk any order.
// A dimension of one element has no place in memory, so it never decides about an order: ExecuTorch writes a
// channels-last image of one channel with dim order [0, 2, 1, 3].
#pragma once

#include "kernels/kernel.hpp"
#include "operators/arguments.hpp"

namespace pudu::executorch_ops {

/// How the logical sizes of an image's tensor are to be read.
enum class ImageForm {
  ChannelsLast,  ///< sizes N, C, H, W; the bytes lie in the order N, H, W, C
  Nhwc,          ///< sizes N, H, W, C of a contiguous tensor (the `_nhwc` operators)
};

struct Image {
  std::int32_t n, h, w, c;
};

/// The tensor as an image; refuses another rank or another order of the bytes.
bool read_image(Arguments& arguments, const Tensor& tensor, ImageForm form, Image& image) noexcept;
/// Gives `out` the sizes of `image`, and refuses another order of its bytes.
bool shape_image(Arguments& arguments, const Tensor& out, ImageForm form, const Image& image) noexcept;

/// True when the bytes lie in the order `order` of the logical dimensions, outermost first.
bool lies_in_order(const Tensor& tensor, const std::int32_t* order) noexcept;
inline constexpr std::int32_t channels_last_order[] = {0, 2, 3, 1};

/// True when the bytes lie in the order of the logical dimensions.
bool is_contiguous(const Tensor& tensor) noexcept;
/// True when both have the same sizes and the same order of bytes.
bool is_laid_out_alike(const Tensor& a, const Tensor& b) noexcept;

/// Elements from one index of each logical dimension to the next.
void read_strides(const Tensor& tensor, std::int32_t* strides) noexcept;

/// Position i of the tensor's memory order, outermost first, as a logical dimension.
std::int32_t dim_at(const Tensor& tensor, std::int32_t position) noexcept;

/// Shape of a broadcast result and, for two tensors, their strides over it: everything in the memory order of `out`,
/// which so is contiguous. Refuses ranks above kernels::max_rank and shapes that do not broadcast; shapes `out`.
struct BroadcastLoop {
  std::int32_t rank;
  std::int32_t shape[kernels::max_rank];
  std::int32_t strides1[kernels::max_rank], strides2[kernels::max_rank];
};
bool make_broadcast_loop(Arguments& arguments, const Tensor& input1, const Tensor& input2, const Tensor& out,
                         BroadcastLoop& loop) noexcept;

}  // namespace pudu::executorch_ops
