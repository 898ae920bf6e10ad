#include "operators/layout.hpp"

namespace pudu::executorch_ops {
namespace {

constexpr std::int32_t logical_order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

constexpr const char* wrong_image = "an image is no rank-4 tensor whose bytes lie in the order N, H, W, C";

/// Extent of a broadcast dimension, or -1.
std::int32_t broadcast_extent(std::int32_t a, std::int32_t b) noexcept {
  if (a == b || b == 1) return a;
  return a == 1 ? b : -1;
}

/// Size of `tensor` along dimension `dim` of a result of `rank` dimensions, aligned at the last one.
std::int32_t aligned_size(const Tensor& tensor, std::int32_t dim, std::int32_t rank) noexcept {
  const std::int32_t own = dim - (rank - rank_of(tensor));
  return own < 0 ? 1 : size_of(tensor, own);
}

void broadcast_strides(const Tensor& tensor, const Tensor& out, std::int32_t* strides) noexcept {
  std::int32_t own_strides[kernels::max_rank] = {};
  read_strides(tensor, own_strides);
  const std::int32_t rank = rank_of(out);
  for (std::int32_t position = 0; position < rank; ++position) {
    const std::int32_t dim = dim_at(out, position);
    const std::int32_t own = dim - (rank - rank_of(tensor));
    strides[position] = own < 0 || size_of(tensor, own) == 1 ? 0 : own_strides[own];
  }
}

}  // namespace

std::int32_t dim_at(const Tensor& tensor, std::int32_t position) noexcept {
  const auto order = tensor.dim_order();
  return order.data() == nullptr ? position : order[static_cast<std::size_t>(position)];
}

bool lies_in_order(const Tensor& tensor, const std::int32_t* order) noexcept {
  const std::int32_t rank = rank_of(tensor);
  std::int32_t next = 0;
  for (std::int32_t position = 0; position < rank; ++position) {
    const std::int32_t dim = dim_at(tensor, position);
    if (size_of(tensor, dim) == 1) continue;
    while (next < rank && order[next] != dim) ++next;
    if (next == rank) return false;
  }
  return true;
}

bool is_contiguous(const Tensor& tensor) noexcept {
  return rank_of(tensor) <= 16 && lies_in_order(tensor, logical_order);
}

bool is_laid_out_alike(const Tensor& a, const Tensor& b) noexcept {
  const std::int32_t rank = rank_of(a);
  if (rank_of(b) != rank || rank > 16) return false;
  std::int32_t order[16] = {};
  for (std::int32_t dim = 0; dim < rank; ++dim) {
    if (size_of(a, dim) != size_of(b, dim)) return false;
    order[dim] = dim_at(b, dim);
  }
  return lies_in_order(a, order);
}

void read_strides(const Tensor& tensor, std::int32_t* strides) noexcept {
  std::int32_t stride = 1;
  for (std::int32_t position = rank_of(tensor) - 1; position >= 0; --position) {
    const std::int32_t dim = dim_at(tensor, position);
    strides[dim] = stride;
    stride *= size_of(tensor, dim);
  }
}

bool read_image(Arguments& arguments, const Tensor& tensor, ImageForm form, Image& image) noexcept {
  const bool is_nhwc = form == ImageForm::Nhwc;
  if (!arguments.require(rank_of(tensor) == 4 && lies_in_order(tensor, is_nhwc ? logical_order : channels_last_order),
                         wrong_image)) {
    return false;
  }
  image = is_nhwc ? Image{size_of(tensor, 0), size_of(tensor, 1), size_of(tensor, 2), size_of(tensor, 3)}
                  : Image{size_of(tensor, 0), size_of(tensor, 2), size_of(tensor, 3), size_of(tensor, 1)};
  return true;
}

bool shape_image(Arguments& arguments, const Tensor& out, ImageForm form, const Image& image) noexcept {
  const std::int32_t nhwc[] = {image.n, image.h, image.w, image.c};
  const std::int32_t nchw[] = {image.n, image.c, image.h, image.w};
  Image shaped{};
  return arguments.shape_output(out, form == ImageForm::Nhwc ? nhwc : nchw, 4) &&
         read_image(arguments, out, form, shaped);
}

bool make_broadcast_loop(Arguments& arguments, const Tensor& input1, const Tensor& input2, const Tensor& out,
                         BroadcastLoop& loop) noexcept {
  loop = {};
  if (is_laid_out_alike(input1, input2) && is_laid_out_alike(input1, out)) {
    // One long loop, whatever the rank.
    loop.rank = 1;
    loop.shape[0] = element_count(input1);
    loop.strides1[0] = loop.strides2[0] = 1;
    return true;
  }
  const std::int32_t rank = rank_of(input1) > rank_of(input2) ? rank_of(input1) : rank_of(input2);
  if (!arguments.require(rank <= kernels::max_rank, "broadcasting takes tensors of rank 6 at most")) return false;
  std::int32_t sizes[kernels::max_rank] = {};
  for (std::int32_t dim = 0; dim < rank; ++dim) {
    sizes[dim] = broadcast_extent(aligned_size(input1, dim, rank), aligned_size(input2, dim, rank));
    if (!arguments.require(sizes[dim] >= 0, "the inputs' shapes do not broadcast")) return false;
  }
  if (!arguments.shape_output(out, sizes, rank)) return false;
  loop.rank = rank;
  for (std::int32_t position = 0; position < rank; ++position) loop.shape[position] = sizes[dim_at(out, position)];
  broadcast_strides(input1, out, loop.strides1);
  broadcast_strides(input2, out, loop.strides2);
  return true;
}

}  // namespace pudu::executorch_ops
