// Tests only: kernels of 16-bit codes prepared for the DSP extension beside those in the dialect's layout, and the
// comparison of one prepared layer with the bytes it has to give.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "kernels/testing/wide_prepared.hpp"

namespace pudu::kernels::testing {

template <class PreparedKernel, class BaseKernel>
struct KernelPair {
  using Prepared = PreparedKernel;
  using Base = BaseKernel;
};

template <class Kernels>
class WidePreparedTest : public ::testing::Test {
 protected:
  using Prepared = typename Kernels::Prepared;
  using Base = typename Kernels::Base;
  using Input = typename Prepared::Input;
  using Output = typename Prepared::Output;

  Random random{1};

  /// `layer`: one of wide_prepared.hpp. Its scratch is exactly what the kernel asks for.
  template <class Layer>
  void expect_output(const Layer& layer, const std::vector<Input>& input, const std::vector<Output>& expected) {
    ASSERT_TRUE(layer.has_constants) << describe(layer.params);
    forms_.insert(layer.params.form);
    GuardedBuffer<Output> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(Prepared::scratch_bytes(layer.params, Isa::Dsp));
    Prepared::run(layer.params,
                  {input.data(), layer.weights.data(), first_word(layer.constants), output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(layer.params);
  }

  /// Did the layers so far need every form of requantization? 8-bit results have one.
  void expect_every_form() { EXPECT_EQ(forms_.size(), sizeof(Output) == 1 ? 1U : 3U); }

 private:
  static const std::int32_t* first_word(const std::vector<std::int32_t>& constants) { return constants.data(); }
  static const std::int32_t* first_word(const std::vector<WideConstants>& constants) { return &constants[0].bias; }

  std::set<std::int32_t> forms_;
};

}  // namespace pudu::kernels::testing
