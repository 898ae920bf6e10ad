// The float reference of the operator recurrent.
#pragma once

#include <span>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops::recurrent {

/// The logistic function.
double sigmoid(double x);

/// One sequence of the batch after the other, in doubles; formulas in recurrent.md. `outputs` are the hidden states of
/// all steps and the last state.
Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs);

}  // namespace pudu::ops::recurrent
