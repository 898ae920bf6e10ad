// The form of requantization that the channels of a convolution take, for all kernels with the constants of
// conv2d_dsp_s8, and the length of its strips.
#pragma once

#include <vector>

#include "kernels/conv2d_dsp/prepare.hpp"
#include "prepare/prepare.hpp"

namespace pudu::prepare {

struct FittedForm {
  kernels::Conv2dDspS8Params params;
  std::vector<kernels::ChannelConstants> constants;
};

/// Even positions of which a strip takes about 4 KiB, for size 1; a few strips more cost little, and scratch is RAM.
std::int32_t strip_positions(const kernels::Conv2dDspS8Params& params, Optimize optimize);

/// The form with the fewest instructions: a line for as many channels as can be, else Rounded, else General.
FittedForm fit_form_of(const kernels::Conv2dDspS8Params& params, const kernels::conv2d_dsp::Layer& layer);

}  // namespace pudu::prepare
