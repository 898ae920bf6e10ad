#include "prepare/variants.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "prepare/variant.hpp"

namespace pudu::prepare {
namespace {

// One line for each kernel and instruction set that has variants.
constexpr std::array families = {
    VariantFamily{"add_s8", targets::Isa::Dsp, add_dsp_candidates},
    VariantFamily{"add_s8", targets::Isa::Mve, add_mve_candidates},
    VariantFamily{"add_s8", targets::Isa::Scalar, add_dsp_candidates},
    VariantFamily{"conv2d_s8", targets::Isa::Dsp, conv2d_dsp_candidates},
    VariantFamily{"conv2d_s8", targets::Isa::Dsp, conv2d_winograd_dsp_candidates},
    VariantFamily{"conv2d_s8", targets::Isa::Dsp, conv2d_winograd_rows_dsp_candidates},
    VariantFamily{"conv2d_s16", targets::Isa::Dsp, wide_conv2d_dsp_candidates<kernels::Conv2dDspS16>},
    VariantFamily{"conv2d_s16_s8", targets::Isa::Dsp, wide_conv2d_dsp_candidates<kernels::Conv2dDspS16S8>},
    VariantFamily{"conv2d_s8_s16", targets::Isa::Dsp, wide_conv2d_dsp_candidates<kernels::Conv2dDspS8S16>},
    VariantFamily{"depthwise_conv2d_s16", targets::Isa::Dsp,
                  wide_depthwise_conv2d_dsp_candidates<kernels::DepthwiseConv2dDspS16>},
    VariantFamily{"linear_s16", targets::Isa::Dsp, wide_linear_dsp_candidates<kernels::LinearDspS16>},
    VariantFamily{"depthwise_conv2d_s16_s8", targets::Isa::Dsp,
                  wide_depthwise_conv2d_dsp_candidates<kernels::DepthwiseConv2dDspS16S8>},
    VariantFamily{"linear_s16_s8", targets::Isa::Dsp, wide_linear_dsp_candidates<kernels::LinearDspS16S8>},
    VariantFamily{"depthwise_conv2d_s8_s16", targets::Isa::Dsp,
                  wide_depthwise_conv2d_dsp_candidates<kernels::DepthwiseConv2dDspS8S16>},
    VariantFamily{"linear_s8_s16", targets::Isa::Dsp, wide_linear_dsp_candidates<kernels::LinearDspS8S16>},
    VariantFamily{"conv2d_s8", targets::Isa::Mve, conv2d_mve_candidates},
    VariantFamily{"conv2d_s8", targets::Isa::Scalar, conv2d_lanes_candidates},
    VariantFamily{"conv2d_s8", targets::Isa::Dsp, pointwise_s4_candidates},
    VariantFamily{"conv2d_s8", targets::Isa::Mve, pointwise_s4_candidates},
    VariantFamily{"conv2d_s8", targets::Isa::Scalar, pointwise_s4_candidates},
    VariantFamily{"linear_s8", targets::Isa::Dsp, pointwise_s4_candidates},
    VariantFamily{"linear_s8", targets::Isa::Mve, pointwise_s4_candidates},
    VariantFamily{"linear_s8", targets::Isa::Scalar, pointwise_s4_candidates},
    VariantFamily{"depthwise_conv2d_s8", targets::Isa::Dsp, depthwise_conv2d_dsp_candidates},
    VariantFamily{"depthwise_conv2d_s8", targets::Isa::Dsp, depthwise_conv2d_5x5_dsp_candidates},
    VariantFamily{"depthwise_conv2d_s8", targets::Isa::Mve, depthwise_conv2d_mve_candidates},
    VariantFamily{"depthwise_conv2d_s8", targets::Isa::Scalar, depthwise_conv2d_lanes_candidates},
    VariantFamily{"linear_s8", targets::Isa::Dsp, linear_dsp_candidates},
    VariantFamily{"linear_s8", targets::Isa::Mve, linear_mve_candidates},
    VariantFamily{"linear_s8", targets::Isa::Scalar, linear_lanes_candidates},
};

/// Measured instructions per multiply-accumulate of the kernels in the dialect's layout: typical layers of
/// docs/kernels.md.
struct MeasuredCount {
  std::string_view kernel;
  double scalar, dsp, mve;
};
constexpr std::array measured_counts = {
    MeasuredCount{"conv2d_s8", 8.0, 2.5, 0.30},
    MeasuredCount{"depthwise_conv2d_s8", 31.0, 12.0, 2.0},
    MeasuredCount{"linear_s8", 7.3, 2.0, 0.5},
    MeasuredCount{"conv2d_s16", 7.5, 2.5, 0.45},
    MeasuredCount{"conv2d_s16_s8", 7.5, 2.5, 0.45},
    MeasuredCount{"conv2d_s8_s16", 7.5, 2.6, 0.5},
    MeasuredCount{"depthwise_conv2d_s16", 23.0, 10.0, 2.8},
    MeasuredCount{"depthwise_conv2d_s16_s8", 23.0, 10.5, 2.8},
    MeasuredCount{"depthwise_conv2d_s8_s16", 25.0, 13.6, 3.0},
    MeasuredCount{"linear_s16", 8.1, 2.15, 0.5},
    MeasuredCount{"linear_s16_s8", 8.1, 2.15, 0.5},
    MeasuredCount{"linear_s8_s16", 8.1, 2.2, 0.5},
};

double count_on(const MeasuredCount& count, targets::Isa isa) {
  switch (isa) {
    case targets::Isa::Scalar:
      return count.scalar;
    case targets::Isa::Dsp:
      return count.dsp;
    case targets::Isa::Mve:
      break;
  }
  return count.mve;
}

/// Small layers leave most of the instructions to the outputs, small images to borders.
double count_on_mve(const program::KernelCall& call, double typical) {
  if (call.kernel == kernels::Conv2dS8::name) {
    const auto p = ops::detail::to_params<kernels::Conv2dS8Params>(call.parameters);
    const double taps = static_cast<double>(p.kernel_h) * p.kernel_w * p.input_channels / p.groups;
    const double rows_above_three = std::max(0, p.kernel_h - 3);
    const double gather = kernels::Conv2dS8::reads_in_place(p) ? 0 : 125 + 100 * rows_above_three;  // of a position
    return 0.19 + (8 + gather / p.output_channels) / taps;
  }
  if (call.kernel == kernels::DepthwiseConv2dS8::name) {
    const auto p = ops::detail::to_params<kernels::DepthwiseConv2dS8Params>(call.parameters);
    return 1.5 + 7.0 / std::min(p.output_h, p.output_w);
  }
  if (call.kernel == kernels::LinearS8::name) {
    const double features = ops::detail::to_params<kernels::LinearS8Params>(call.parameters).input_features;
    return (29 + 4 * std::ceil(features / 16)) / features;
  }
  return typical;
}

}  // namespace

double instructions_per_byte(Optimize optimize) {
  switch (optimize) {
    case Optimize::Speed:
      return 0;
    case Optimize::Size:
      return 256;
    case Optimize::Balanced:
      break;
  }
  return 32;
}

std::span<const VariantFamily> variant_families() {
  return families;
}

bool SourceCall::has_long_products() const {
  const std::string_view architecture = program_.target.cpu_info().architecture;
  return architecture != "armv6-m" && architecture != "armv8-m.base";
}

std::size_t SourceCall::constant_bytes() const {
  std::size_t bytes = 0;
  for (const program::Operand& operand : call_.operands) bytes += constant_bytes_of(operand.name).size();
  return bytes;
}

std::vector<BoundConstant> SourceCall::bound_constants() const {
  std::vector<BoundConstant> constants;
  for (const program::Operand& operand : call_.operands) {
    constants.emplace_back(operand.name, program_.buffer(operand.buffer).data);
  }
  return constants;
}

std::size_t SourceCall::scratch_bytes(const Candidate& candidate) const {
  return ops::planned_scratch_bytes(*ops::find_kernel(candidate.kernel), candidate.parameters, program_.target);
}

std::span<const std::byte> SourceCall::constant_bytes_of(std::string_view operand) const {
  const program::Operand* bound = call_.find_operand(operand);
  if (bound == nullptr) return {};
  const program::Buffer& buffer = program_.buffer(bound->buffer);
  return buffer.data != nullptr ? std::span<const std::byte>(*buffer.data) : std::span<const std::byte>();
}

double kernel_instructions(const program::Program& program, const program::KernelCall& call) {
  using Model = double (*)(std::span<const program::Parameter>);
  static constexpr std::array<std::pair<std::string_view, Model>, 13> models = {{
      {"conv2d_mve_s8", conv2d_mve_instructions},
      {"depthwise_conv2d_mve_s8", depthwise_conv2d_mve_instructions},
      {"conv2d_dsp_s8", conv2d_dsp_instructions},
      {"conv2d_dsp_s16", wide_conv2d_dsp_instructions<kernels::Conv2dDspS16>},
      {"conv2d_dsp_s16_s8", wide_conv2d_dsp_instructions<kernels::Conv2dDspS16S8>},
      {"conv2d_dsp_s8_s16", wide_conv2d_dsp_instructions<kernels::Conv2dDspS8S16>},
      {"depthwise_conv2d_dsp_s16", wide_depthwise_conv2d_dsp_instructions<kernels::DepthwiseConv2dDspS16>},
      {"depthwise_conv2d_dsp_s16_s8", wide_depthwise_conv2d_dsp_instructions<kernels::DepthwiseConv2dDspS16S8>},
      {"depthwise_conv2d_dsp_s8_s16", wide_depthwise_conv2d_dsp_instructions<kernels::DepthwiseConv2dDspS8S16>},
      {"conv2d_winograd_dsp_s8", conv2d_winograd_dsp_instructions},
      {"conv2d_winograd_rows_dsp_s8", conv2d_winograd_rows_dsp_instructions},
      {"depthwise_conv2d_dsp_s8", depthwise_conv2d_dsp_instructions},
      {"depthwise_conv2d_5x5_dsp_s8", depthwise_conv2d_5x5_dsp_instructions},
  }};
  for (const auto& [kernel, model] : models) {
    if (kernel == call.kernel) return model(call.parameters);
  }
  return base_instructions(program, call);
}

double base_instructions(const program::Program& program, const program::KernelCall& call) {
  const auto found = std::find_if(measured_counts.begin(), measured_counts.end(),
                                  [&](const MeasuredCount& count) { return count.kernel == call.kernel; });
  if (found == measured_counts.end()) return 0;
  if (program.target.isa == targets::Isa::Scalar && call.kernel == kernels::LinearS8::name) {
    // Few features leave most of the instructions to the outputs.
    const auto p = ops::detail::to_params<kernels::LinearS8Params>(call.parameters);
    return 6.4 * static_cast<double>(call.macs) + 107.0 * p.batches * p.output_features;
  }
  double per_mac = count_on(*found, program.target.isa);
  if (program.target.isa == targets::Isa::Mve) per_mac = count_on_mve(call, per_mac);
  // An output of a linear layer costs as much as many products.
  if (program.target.isa == targets::Isa::Dsp && call.kernel == kernels::LinearS8::name) {
    const auto p = ops::detail::to_params<kernels::LinearS8Params>(call.parameters);
    per_mac = 1.65 + 50.0 / p.input_features;
  }
  return per_mac * static_cast<double>(call.macs);
}

std::vector<Candidate> candidates_for(const SourceCall& call, Optimize optimize) {
  std::vector<Candidate> candidates;
  for (const VariantFamily& family : variant_families()) {
    if (family.base != call.call().kernel || family.isa != call.isa()) continue;
    for (Candidate& candidate : family.candidates(call, optimize)) candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::optional<Candidate> choose_variant(const SourceCall& call, std::vector<Candidate> candidates, const Cost& base,
                                        Optimize optimize, std::size_t scratch_bytes) {
  std::erase_if(candidates, [&](const Candidate& each) { return call.scratch_bytes(each) > scratch_bytes; });
  if (candidates.empty()) return std::nullopt;
  // The call as it is competes without a kernel, but not with weights that are to be stored in 4 bits.
  const bool is_int4 = candidates.front().kernel == kernels::PointwiseS4::name;
  if (base.instructions > 0 && !is_int4) candidates.push_back({.cost = base});
  const double byte = instructions_per_byte(optimize);
  const auto price = [&](const Candidate& of) {
    return of.cost.instructions + byte * static_cast<double>(of.cost.constant_bytes);
  };
  const auto best = std::min_element(candidates.begin(), candidates.end(),
                                     [&](const Candidate& a, const Candidate& b) { return price(a) < price(b); });
  if (best->kernel.empty()) return std::nullopt;
  return std::move(*best);
}

}  // namespace pudu::prepare
