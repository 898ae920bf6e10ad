// The form of requantization that the channels of a convolution take, for all kernels with the constants of
// conv2d_dsp_s8, and the length of its strips.
#pragma once

#include "kernels/conv2d_dsp/prepare.hpp"
#include "prepare/fitted_form.hpp"
#include "prepare/prepare.hpp"

namespace pudu::prepare {

/// Even positions of which a strip takes about 4 KiB, for size 1; a few strips more cost little, and scratch is RAM.
std::int32_t strip_positions(const kernels::Conv2dDspS8Params& params, Optimize optimize);

/// A line for as many pairs of channels as can be, else Rounded, else General.
FittedForm<kernels::Conv2dDspS8Params> fit_form_of(const kernels::Conv2dDspS8Params& params,
                                                   const kernels::conv2d_dsp::Layer& layer);

}  // namespace pudu::prepare
