// Small networks that differ as much as can be, compiled in every way that leaves their numbers as they are
// (support/every_plan.hpp): each way gives the same bytes on the simulator. `sweep_plans` does so with any model and
// seed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/every_plan.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

/// A network of tests/data, and one way to quantize it.
struct Case {
  std::string network;
  std::uint32_t seed = 1;
  std::string quantized = {};  ///< "": int8; "int16", "int4", "float_ports", or the operator that stays float
};

quantizer::QuantizerOptions quantizer_of(const Case& test) {
  quantizer::QuantizerOptions options;
  if (test.quantized == "int16") {
    options.int16 = {"all:conv2d"};
  } else if (test.quantized == "int4") {
    options.int4_weights.emplace();
  } else if (test.quantized == "float_ports") {
    options.io = quantizer::IoType::Float32;
  } else if (!test.quantized.empty()) {
    options.keep_float = {test.quantized};
  }
  return options;
}

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.network << " " << test.quantized << " seed " << test.seed;
}

class EveryPlan : public ::testing::TestWithParam<Case> {};

TEST_P(EveryPlan, GivesTheSameBytes) {
  const Case& test = GetParam();
  const testing::SweepOutcome outcome = testing::sweep_plans(
      {.model = testing::test_data(test.network + ".pt2"), .quantizer = quantizer_of(test), .seed = test.seed});
  EXPECT_THAT(outcome.findings, ::testing::IsEmpty());
  EXPECT_GE(outcome.compared_runs, 40U);  // all but those with fed rows, which not every network can have
}

std::vector<Case> cases() {
  std::vector<Case> all = {
      {"plans/output_read_later"},
      {"search/digits_r8_w8_b1"},
      {"search/digits_r8_w8_b3"},
      {"search/digits_r8_w24_b1"},
      {"search/digits_r8_w8_b1", 2, "int16"},
      {"search/digits_r8_w8_b1", 3, "int4"},
      {"search/digits_r8_w8_b3", 4, "float_ports"},
      {"search/digits_r8_w8_b1", 5, "linear"},
  };
  // Views, rows, windows, several inputs or outputs, states, recurrences, attention, operators without a kernel of
  // their own, batches, and networks whose images lie in either order.
  std::uint32_t seed = 10;
  for (const char* network : {"models/tiny_cnn",
                              "models/three_convs",
                              "states/streaming",
                              "states/streaming_assigned",
                              "probes/cat",
                              "probes/channel_shuffle",
                              "probes/chunk_add",
                              "probes/conv1d",
                              "probes/conv_2users_relu",
                              "probes/conv_batch4",
                              "probes/conv_circular_pad",
                              "probes/conv_pad_asym_stride2_even_k",
                              "probes/conv_softmax_dim1",
                              "probes/convt_s2",
                              "probes/dw_mult2",
                              "probes/embedding",
                              "probes/gru",
                              "probes/hswish_alone",
                              "probes/linear_3d",
                              "probes/maxpool_dil",
                              "probes/mha",
                              "probes/mul_broadcast_c11_se",
                              "probes/permute_flatten_linear",
                              "probes/reshape_view5d",
                              "probes/shared_weights_conv_twice",
                              "probes/upsample_nearest",
                              "operators/attention_causal",
                              "operators/bilinear_scale_2",
                              "operators/conv_transpose_norm_relu",
                              "operators/divide",
                              "operators/halves_in_place",
                              "operators/instance_norm",
                              "operators/lstm_state_in_out",
                              "operators/minimum_maximum",
                              "operators/pad_reflect_and_crop",
                              "operators/pixel_unshuffle",
                              "operators/stack_unbind",
                              "operators/truth_values",
                              "operators/write_slices"}) {
    all.push_back({network, seed++});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, EveryPlan, ::testing::ValuesIn(cases()), [](const auto& test) {
  std::string name = test.param.network + (test.param.quantized.empty() ? "" : "_" + test.param.quantized);
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

/// Else the cases would hold nothing against each other.
TEST(PlanVariants, DifferInAllThatTheyCan) {
  std::set<std::string> cpus;
  std::set<std::string> texts;
  int fed = 0, limited = 0, divided = 0, cmsis_nn = 0, without = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    for (const testing::PlanVariant& variant : testing::plan_variants(seed)) {
      cpus.insert(variant.cpu);
      texts.insert(variant.text());
      fed += variant.feed == driver::Feed::Rows ? 1 : 0;
      limited += variant.ram_fraction > 0 ? 1 : 0;
      divided += variant.fast_memory_fraction > 0 ? 1 : 0;
      cmsis_nn += variant.kernels == targets::KernelLibrary::CmsisNn ? 1 : 0;
      without += variant.without.empty() ? 0 : 1;
    }
  }
  EXPECT_EQ(cpus.size(), 7U);
  EXPECT_GE(texts.size(), 200U);
  EXPECT_GE(fed, 20 * 12);
  EXPECT_EQ(limited, 20 * 12);
  EXPECT_EQ(divided, 20 * 4);
  EXPECT_GE(cmsis_nn, 20);
  EXPECT_EQ(without, 20 * 3);
}

}  // namespace
}  // namespace pudu
