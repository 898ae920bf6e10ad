// depthwise_conv2d_dsp_s8 around its slides.
#include "kernels/depthwise_conv2d_dsp/gather.hpp"

namespace pudu::kernels::depthwise_conv2d_dsp {
namespace {

Work work_of(const DepthwiseConv2dDspS8Operands& operands) noexcept {
  return {operands.input, operands.weights, operands.constants, operands.output, operands.scratch, 1, 1};
}

}  // namespace

void run_stride1(const DepthwiseConv2dDspS8Params& p, const DepthwiseConv2dDspS8Operands& operands, const Slides& rows,
                 const Slides& last) noexcept {
  slide_stride1<std::int8_t>(p, work_of(operands), rows, last);
}

void run_stride2(const DepthwiseConv2dDspS8Params& p, const DepthwiseConv2dDspS8Operands& operands,
                 const Slides& rows) noexcept {
  slide_stride2<std::int8_t>(p, work_of(operands), rows);
}

}  // namespace pudu::kernels::depthwise_conv2d_dsp
