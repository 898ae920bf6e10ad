// The families of variants, one function each; variants.cpp lists them.
#pragma once

#include <vector>

#include "prepare/variant.hpp"

namespace pudu::prepare {

std::vector<Candidate> add_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> add_mve_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_lanes_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_mve_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> conv2d_winograd_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_5x5_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_lanes_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> depthwise_conv2d_mve_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> linear_dsp_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> linear_lanes_candidates(const SourceCall& call, Optimize optimize);
std::vector<Candidate> linear_mve_candidates(const SourceCall& call, Optimize optimize);

}  // namespace pudu::prepare
