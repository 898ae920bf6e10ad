// Every probe as an ExecuTorch program: it gives the simulator's bytes in ExecuTorch's stock runtime, or it is refused
// with a reason and the way out, before anything is written.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "executorch/pte_support.hpp"
#include "support/probe.hpp"

namespace pudu::testing {
namespace {

using emitters::PteOperators;

/// Kernels that become operators of ExecuTorch whatever their parameters are, as far as the probes have them.
bool is_supported(const std::string& kernel) {
  static const std::set<std::string> kernels = {"quantize_f32_s8",  "dequantize_s8_f32",
                                                "conv2d_s8",        "depthwise_conv2d_s8",
                                                "linear_s8",        "add_s8",
                                                "mul_s8",           "lut_s8",
                                                "softmax_s8",       "pad_s8",
                                                "concat_s8",        "transpose_s8",
                                                "copy_s8",          "minimum_s8",
                                                "maximum_s8",       "div_s8",
                                                "batch_matmul_s8",  "transpose_conv2d_s8",
                                                "strided_slice_s8", "index_select_s8"};
  return kernels.contains(kernel);
}

/// Calls of pools that are refused, by probe, with the reason.
const std::map<std::string, std::string>& refused_probes() {
  static const std::map<std::string, std::string> reasons = {
      {"probes/adaptive_avg3of8", "adaptive average pooling with windows of different sizes"},
      {"reader/pool_adaptive_avg_none", "adaptive average pooling with windows of different sizes"},
      {"reader/pool_avg_divisor", "a divisor of 3 for windows of 4"},
      {"probes/maxpool_dil", "max pooling with dilation"},
      {"reader/pool_max_dilated_padded", "max pooling with dilation"},
  };
  return reasons;
}

/// Is there a reason in the program itself?
bool may_be_refused(const std::string& name, const program::Program& program) {
  if (refused_probes().contains(name)) return true;
  return std::any_of(program.calls.begin(), program.calls.end(), [](const program::KernelCall& call) {
    return !is_supported(call.kernel) && call.kernel != "avg_pool2d_s8" && call.kernel != "max_pool2d_s8";
  });
}

class PteProbes : public ::testing::TestWithParam<std::string> {};

TEST_P(PteProbes, GiveTheBytesOfTheSimulatorOrAReason) {
  const Probe probe(GetParam());
  base::SilentProgress progress;
  const auto model = driver::compile(probe.compile_options(), progress);
  if (!model) return;  // it is refused altogether, as other tests say
  const auto artifact = driver::make_pte(*model, PteOperators::Nhwc, progress);
  const auto refusal = refused_probes().find(GetParam());
  if (refusal != refused_probes().end()) {
    ASSERT_FALSE(artifact.ok());
    EXPECT_EQ(artifact.error().diagnostics.front().found, refusal->second);
  }
  if (!artifact && may_be_refused(GetParam(), model->program)) {
    EXPECT_EQ(artifact.error().kind, ErrorKind::Unsupported);
    for (const Diagnostic& diagnostic : artifact.error().diagnostics) {
      EXPECT_EQ(diagnostic.hint, "the C++ output runs it: -o FOLDER");
      EXPECT_FALSE(diagnostic.where.empty());
    }
    return;
  }
  ASSERT_TRUE(artifact.ok()) << to_string(artifact.error());
  const driver::Samples samples = noise_for(model->program, 2);
  const auto expected = run_simulator(*model, samples);
  EXPECT_EQ(run_executorch(*artifact, samples), expected);
  EXPECT_EQ(run_executorch(pte_of(*model, PteOperators::Classic), samples), expected) << "classic operators";
  EXPECT_EQ(run_executorch(pte_of(for_target(*model, "any")), samples), expected) << "any target";
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, PteProbes, ::testing::ValuesIn(probe_names()), test_name);

}  // namespace
}  // namespace pudu::testing
