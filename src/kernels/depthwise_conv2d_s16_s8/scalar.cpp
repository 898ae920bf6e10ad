// depthwise_conv2d_s16_s8: kernels/wide_depthwise_conv2d.hpp for its codes.
#include "kernels/wide_depthwise_conv2d.hpp"

#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"

namespace pudu::kernels {

void DepthwiseConv2dS16S8::run(const Params& params, const Operands& operands) noexcept {
  wide_depthwise_conv2d::run_images<DepthwiseConv2dS16S8>(params, operands);
}

void DepthwiseConv2dS16S8::run_rows(const Params& params, const Operands& operands, Rows<const Input> input,
                                    Rows<Output> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  wide_depthwise_conv2d::write_rows<DepthwiseConv2dS16S8>(params, operands, input, output, row_begin, row_end);
}

}  // namespace pudu::kernels
