// The families of variants, one function each; variants.cpp lists them.
#pragma once

#include <span>
#include <vector>

#include "prepare/variant.hpp"

namespace pudu::prepare {

std::vector<Candidate> add_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> add_mve_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_lanes_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_mve_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_winograd_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_winograd_rows_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_5x5_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_lanes_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_mve_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> linear_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> linear_lanes_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> linear_mve_candidates(const SourceCall& call, Optimize optimize);
/// Layers of 16-bit codes; Kernel is the prepared kernel.
template <class Kernel>
std::vector<Candidate> wide_conv2d_dsp_candidates(const SourceCall& call, Optimize optimize);
template <class Kernel>
std::vector<Candidate> wide_depthwise_conv2d_dsp_candidates(const SourceCall& call, Optimize optimize);
template <class Kernel>
std::vector<Candidate> wide_linear_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> pointwise_s4_candidates(const SourceCall& call, Optimize optimize);

/// What the prepared kernel with these parameters needs, by the model its candidates are compared with.
double conv2d_mve_instructions(std::span<const program::Parameter> parameters);
double depthwise_conv2d_mve_instructions(std::span<const program::Parameter> parameters);
double conv2d_dsp_instructions(std::span<const program::Parameter> parameters);
template <class Kernel>
double wide_conv2d_dsp_instructions(std::span<const program::Parameter> parameters);
template <class Kernel>
double wide_depthwise_conv2d_dsp_instructions(std::span<const program::Parameter> parameters);
double conv2d_winograd_dsp_instructions(std::span<const program::Parameter> parameters);
double conv2d_winograd_rows_dsp_instructions(std::span<const program::Parameter> parameters);
double depthwise_conv2d_dsp_instructions(std::span<const program::Parameter> parameters);
double depthwise_conv2d_5x5_dsp_instructions(std::span<const program::Parameter> parameters);

}  // namespace pudu::prepare
