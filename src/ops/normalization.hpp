// What layer_norm and group_norm share: groups of elements that are brought to mean 0 and variance 1, then scaled and
// shifted by channel, in floats and lowered to normalize_s8.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops {

/// Operands of both operators.
enum NormalizationOperand : std::size_t { NormalizedInput, NormalizationWeight, NormalizationBias };

enum class Centering : std::uint8_t { Mean, None };

/// A logical view of the input: `groups` runs of `group_elements` elements in sequence, in which each channel is a run
/// of `channel_elements`; the channels start again after `channels` of them.
struct NormalizationShape {
  std::int64_t groups = 1;
  std::int64_t group_elements = 1;
  std::int64_t channels = 1;
  std::int64_t channel_elements = 1;
};

/// eps is a number above 0, weight and bias are absent or float constants of `channels` elements, and a group has at
/// most max_mean_elements.
Status check_normalization(const ir::Graph& graph, const ir::Node& node, const NormalizationShape& shape);

/// The float reference.
void normalize_groups(std::span<const Tensor> inputs, const NormalizationShape& shape, Centering centering, double eps,
                      std::span<float> output);

/// The kernel's view of memory: [outer, positions, channels], groups of channels.
struct NormalizationLayout {
  std::int64_t outer = 1;
  std::int64_t positions = 1;
  std::int64_t channels = 1;
  std::int64_t groups = 1;
};
/// Emits the kernel on the input in `order`, in which it lies as `layout` says.
Status lower_normalization(LowerContext& context, const DimOrder& order, const NormalizationLayout& layout,
                           Centering centering);

const KernelBinding& normalize_s8();

}  // namespace pudu::ops
