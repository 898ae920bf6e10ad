// Tests only: layers prepared for the DSP extension in every form of requantization, against the dialect's kernels,
// which their own tests prove against plain sums.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "kernels/testing/layer_case.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

using Forms = std::set<RequantizeForm>;

/// Runs the layer in every form that all its channels have, prepared as `prepare(form)` says, with guards around what
/// the kernel writes. Adds the forms that ran.
template <class Kernel, class Case, class Prepare>
void expect_every_form(const Case& layer, Prepare prepare, Forms& ran) {
  for (const RequantizeForm form : all_forms) {
    typename Kernel::Params q = prepare(form);
    const std::vector<ChannelConstants> constants = fitted_constants(layer.weights, layer.channels, q);
    if (constants.empty()) continue;
    ran.insert(form);
    const auto packed = packed_weights(q, layer.weights.data());
    GuardedBuffer<std::int8_t> output(layer.expected.size());
    GuardedBuffer<std::uint8_t> scratch(Kernel::scratch_bytes(q, Isa::Dsp));
    Kernel::run(q, {layer.input.data(), packed.data(), &constants[0].bias, output.data(), scratch.data()});
    ASSERT_EQ(output.values(), layer.expected) << describe(q);
  }
}

}  // namespace pudu::kernels::testing
