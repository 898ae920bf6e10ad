// linear_s8 for MVE: three output features at a time, their products with the input and the sums of their weights (for
// the input offset) in one pass over the weights; with a batch, or without offset, four at a time.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

using mve::ShiftForm;

struct Layer {
  const LinearS8Params& p;
  const LinearS8Operands& operands;
  mve::OutputRange range;

  std::int32_t start(std::int32_t feature, std::int32_t total) const noexcept {
    const std::int32_t bias = operands.bias != nullptr ? operands.bias[feature] : 0;
    return numerics::wrapping_add(bias, mve::wrapping_product(p.input_offset, total));
  }
};

/// Features [0, covered) in threes; the three channels of a vector's four lanes are stored.
template <ShiftForm Form>
std::int32_t write_threes(const Layer& layer) noexcept {
  const LinearS8Params& p = layer.p;
  const std::int32_t length = p.input_features;
  const std::int8_t* w = layer.operands.weights;
  const mve::OutputRange range = layer.range;
  std::int32_t feature = 0;
  // Lanes are loaded in fours: the last feature but none is the fourth's.
  for (; feature + 4 <= p.output_features; feature += 3, w += 3 * length) {
    mve::Sums sums, totals;
    mve::dot_and_total_3(layer.operands.input, w, length, length, sums, totals);
    sums.s0 = numerics::wrapping_add(sums.s0, layer.start(feature, totals.s0));
    sums.s1 = numerics::wrapping_add(sums.s1, layer.start(feature + 1, totals.s1));
    sums.s2 = numerics::wrapping_add(sums.s2, layer.start(feature + 2, totals.s2));
    // The fourth byte is written again by the next three, or by the features that remain.
    mve::store_4<Form>(mve::to_vector(sums), {layer.operands.multipliers + feature, layer.operands.shifts + feature},
                       range, layer.operands.output + feature);
  }
  return feature;
}

void write_one(const Layer& layer, std::int32_t batch, std::int32_t feature) noexcept {
  const LinearS8Params& p = layer.p;
  const std::int8_t* w = layer.operands.weights + feature * p.input_features;
  mve::Sums sums, totals;
  mve::dot_and_total_3(layer.operands.input + batch * p.input_features, w, 0, p.input_features, sums, totals);
  layer.operands.output[batch * p.output_features + feature] = numerics::requantize_to_int8(
      numerics::wrapping_add(sums.s0, layer.start(feature, totals.s0)), layer.operands.multipliers[feature],
      layer.operands.shifts[feature], p.output_offset, p.activation_min, p.activation_max);
}

/// Four features from `feature` on, of every batch.
template <ShiftForm Form>
void write_four(const Layer& layer, std::int32_t feature) noexcept {
  const LinearS8Params& p = layer.p;
  const std::int32_t length = p.input_features;
  const std::int8_t* w = layer.operands.weights + feature * length;
  std::int32_t starts[4];
  for (std::int32_t n = 0; n < 4; ++n) {
    starts[n] = layer.start(feature + n, p.input_offset != 0 ? mve::total(w + n * length, length) : 0);
  }
  const mve::ChannelLanes lanes(layer.operands.multipliers + feature, layer.operands.shifts + feature);
  const std::int8_t* input = layer.operands.input;
  std::int8_t* output = layer.operands.output + feature;
  for (std::int32_t left = p.batches; left > 0; --left, input += length, output += p.output_features) {
    mve::store_4<Form>(mve::dot_4(input, w, length, length, starts), lanes, layer.range, output);
  }
}

template <ShiftForm Form>
void write(const Layer& layer) noexcept {
  const LinearS8Params& p = layer.p;
  std::int32_t feature = 0;
  if (p.batches == 1 && p.input_offset != 0) {
    feature = write_threes<Form>(layer);
  } else {
    for (; feature + 4 <= p.output_features; feature += 4) write_four<Form>(layer, feature);
  }
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    for (std::int32_t rest = feature; rest < p.output_features; ++rest) write_one(layer, batch, rest);
  }
}

}  // namespace

void LinearS8::run(const Params& params, const Operands& operands) noexcept {
  const Layer layer{params, operands,
                    mve::OutputRange(params.output_offset, params.activation_min, params.activation_max)};
  if (mve::shift_form(operands.shifts, params.output_features) == ShiftForm::Right) {
    write<ShiftForm::Right>(layer);
  } else {
    write<ShiftForm::Any>(layer);
  }
}

}  // namespace pudu::kernels

#endif
