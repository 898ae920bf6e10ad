#include "ops/call_overlap.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "kernels/avg_pool2d/overlap.hpp"
#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"
#include "kernels/avg_pool2d_s16/overlap.hpp"
#include "kernels/conv2d/overlap.hpp"
#include "kernels/conv2d_dsp/overlap.hpp"
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/conv2d_f32/overlap.hpp"
#include "kernels/conv2d_lanes/overlap.hpp"
#include "kernels/conv2d_mve/overlap.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/conv2d_winograd_dsp/overlap.hpp"
#include "kernels/conv2d_winograd_rows_dsp/overlap.hpp"
#include "kernels/depthwise_conv2d/overlap.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/overlap.hpp"
#include "kernels/depthwise_conv2d_dsp/overlap.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_lanes/overlap.hpp"
#include "kernels/depthwise_conv2d_mve/overlap.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/dequantize/overlap.hpp"
#include "kernels/dequantize_s16/overlap.hpp"
#include "kernels/max_pool2d/overlap.hpp"
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"
#include "kernels/max_pool2d_s16/overlap.hpp"
#include "kernels/quantize/overlap.hpp"
#include "kernels/quantize_s16/overlap.hpp"
#include "kernels/quantize_ties_away/overlap.hpp"
#include "kernels/requantize_s16_s8/overlap.hpp"
#include "kernels/requantize_s8_s16/overlap.hpp"
#include "kernels/wide_overlap.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::ops {
namespace {

using kernels::Isa;
using kernels::Overlap;
using OverlapFunction = Overlap (*)(std::span<const program::Parameter>, Isa);

template <class Kernel>
Overlap overlap_by_parameters(std::span<const program::Parameter> parameters, Isa isa) {
  return overlap_of(detail::to_params<typename Kernel::Params>(parameters), isa);
}

/// Of float pools, which share their parameters with those of codes.
template <class Kernel>
Overlap float_pool_overlap(std::span<const program::Parameter> parameters, Isa isa) {
  return overlap_of(detail::to_params<typename Kernel::Params>(parameters), isa, sizeof(float));
}

template <class... Kernels>
std::map<std::string_view, OverlapFunction> functions_of() {
  return {{Kernels::name, &overlap_by_parameters<Kernels>}...};
}

OverlapFunction find_function(std::string_view kernel) {
  using namespace kernels;
  static const std::map<std::string_view, OverlapFunction> functions = [] {
    auto known = functions_of<AvgPool2dS16, AvgPool2dS8, Conv2dDspS16, Conv2dDspS16S8, Conv2dDspS8, Conv2dDspS8S16,
                              Conv2dF32, Conv2dLanesS8, Conv2dMveS8, Conv2dS16, Conv2dS16S8, Conv2dS8, Conv2dS8S16,
                              Conv2dWinogradDspS8, Conv2dWinogradRowsDspS8, DepthwiseConv2d5x5DspS8,
                              DepthwiseConv2dDspS16, DepthwiseConv2dDspS8, DepthwiseConv2dLanesS8, DepthwiseConv2dMveS8,
                              DepthwiseConv2dS16, DepthwiseConv2dS16S8, DepthwiseConv2dS8, DepthwiseConv2dS8S16,
                              DequantizeS16F32, DequantizeS8F32, MaxPool2dS16, MaxPool2dS8, QuantizeF32S16,
                              QuantizeF32S8, QuantizeTiesAwayF32S8, RequantizeS16S8, RequantizeS8S16>();
    known[AvgPool2dF32::name] = &float_pool_overlap<AvgPool2dF32>;
    known[MaxPool2dF32::name] = &float_pool_overlap<MaxPool2dF32>;
    return known;
  }();
  const auto found = functions.find(kernel);
  return found != functions.end() ? found->second : nullptr;
}

/// Everything that the overlap of a call follows from.
std::string key_of(const program::KernelCall& call, std::span<const Isa> isas) {
  std::string key = call.kernel;
  const auto add = [&key](const auto& values) {
    key += '\0';
    key.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  };
  add(isas);
  for (const program::Parameter& parameter : call.parameters) {
    add(parameter.name);
    std::visit(add, parameter.values);
  }
  return key;
}

/// What was found for calls before: replaying a kernel over a million positions takes milliseconds, and planning asks
/// for the same calls in every plan and once more in every check.
class KnownOverlaps {
 public:
  std::optional<Overlap> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(key);
    return found != known_.end() ? std::optional(found->second) : std::nullopt;
  }

  void add(const std::string& key, const Overlap& overlap) {
    constexpr std::size_t most = 4096;  // of many networks in one process
    const std::lock_guard lock(mutex_);
    if (known_.size() == most) known_.clear();
    known_.emplace(key, overlap);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Overlap> known_;
};

Overlap worst_overlap(OverlapFunction function, const program::KernelCall& call, std::span<const Isa> isas) {
  Overlap overlap = function(call.parameters, Isa::Scalar);
  for (const Isa isa : isas) {
    const Overlap here = function(call.parameters, isa);
    if (!here.is_safe) return kernels::never_overlaps;
    overlap.least_lead = std::max(overlap.least_lead, here.least_lead);
    overlap.grid = std::lcm(overlap.grid, here.grid);
  }
  return overlap;
}

}  // namespace

Overlap call_overlap(const program::KernelCall& call, const targets::TargetConfig& target) {
  const OverlapFunction function = find_function(call.kernel);
  // Programs of tests may have calls in name only.
  if (function == nullptr || call.parameters.empty()) return kernels::never_overlaps;
  static KnownOverlaps known;
  const auto isas = target.isas();
  const std::string key = key_of(call, isas);
  if (const std::optional<Overlap> overlap = known.find(key)) return *overlap;
  const Overlap overlap = worst_overlap(function, call, isas);
  known.add(key, overlap);
  return overlap;
}

}  // namespace pudu::ops
