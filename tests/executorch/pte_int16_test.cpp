// Networks with values of 16 bits as ExecuTorch programs: in ExecuTorch's stock runtime, Pudu's operators give the
// simulator's bytes, with ports of 16-bit codes and of floats. For CMSIS-NN's operators alone they are refused.
#include <gmock/gmock.h>

#include <set>

#include "executorch/pte_support.hpp"
#include "ops/registry.hpp"
#include "support/probe.hpp"

namespace pudu::testing {
namespace {

using ::testing::HasSubstr;

struct Int16Case {
  std::string name;
  std::string model;
  std::vector<std::string> int16;  ///< as --int16 takes them
};

void PrintTo(const Int16Case& test, std::ostream* stream) {
  *stream << test.name;
}

std::set<std::string> kernels_of(const program::Program& program) {
  std::set<std::string> kernels;
  for (const program::KernelCall& call : program.calls) kernels.insert(call.kernel);
  return kernels;
}

bool is_wide(std::string_view kernel) {
  return kernel.find("s16") != std::string_view::npos;
}

bool has_wide_kernel(const program::Program& program) {
  const std::set<std::string> kernels = kernels_of(program);
  return std::any_of(kernels.begin(), kernels.end(), is_wide);
}

class PteInt16 : public ::testing::TestWithParam<Int16Case> {
 protected:
  static driver::CompiledModel compiled(quantizer::IoType io) {
    return compile_model(model_files(GetParam().model), "cortex-m55", {.io = io, .int16 = GetParam().int16});
  }

  /// On every core, and without the arena's in-place and scratch plans of one of them.
  static void check(const driver::CompiledModel& model) {
    ASSERT_TRUE(has_wide_kernel(model.program));
    const driver::Samples samples = noise_for(model.program, 2);
    const auto expected = run_simulator(model, samples);
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0", "any"}) {
      const driver::PteArtifact artifact = pte_of(for_target(model, cpu));
      EXPECT_EQ(run_executorch(artifact, samples), expected) << cpu;
      EXPECT_EQ(run_simulator(artifact.model, samples), expected) << cpu << ", legalized";
    }
    EXPECT_EQ(run_executorch(pte_of(model, emitters::PteOperators::Classic), samples), expected) << "classic operators";
  }
};

TEST_P(PteInt16, GivesTheBytesOfTheSimulator) {
  check(compiled(quantizer::IoType::Int8));
}

TEST_P(PteInt16, GivesTheBytesOfTheSimulatorWithFloatPorts) {
  check(compiled(quantizer::IoType::Float32));
}

TEST_P(PteInt16, IsRefusedForCmsisNn) {
  base::SilentProgress progress;
  const auto artifact =
      driver::make_pte(for_cmsis_nn(compiled(quantizer::IoType::Int8)), emitters::PteOperators::Nhwc, progress);
  ASSERT_FALSE(artifact.ok());
  EXPECT_EQ(artifact.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(artifact.error()), HasSubstr("s16, which no operator of ExecuTorch's computes"));
}

INSTANTIATE_TEST_SUITE_P(Networks, PteInt16,
                         ::testing::Values(Int16Case{"TinyOneLayer", "tiny_cnn", {"conv2d"}},
                                           Int16Case{"DigitsWithItsPorts", "digits_cnn", {"x", "conv2d_1", "linear_1"}},
                                           Int16Case{"DigitsLayers", "digits_cnn", {"x", "all:conv2d", "all:linear"}},
                                           Int16Case{"DepthwiseLayers", "digits_ds", {"all:conv2d", "all:linear"}},
                                           Int16Case{"DsCnnLayers", "ds_cnn", {"all:conv2d", "all:linear"}},
                                           Int16Case{"ResidualSums", "resnet8", {"all:add"}},
                                           Int16Case{
                                               "ResidualLayers", "resnet8", {"all:add", "all:conv2d", "all:linear"}},
                                           Int16Case{"AutoencoderLayers", "deep_autoencoder", {"all:linear"}}),
                         [](const auto& test) { return test.param.name; });

/// The names of all values that can be int16.
std::vector<std::string> all_candidates(const driver::CompileOptions& options) {
  base::SilentProgress progress;
  const auto model = driver::compile_comparable(options, progress);
  std::vector<std::string> names;
  if (!model) return names;
  for (const auto& candidate : quantizer::int16_candidates(model->float_graph, {})) names.push_back(candidate.name);
  return names;
}

/// Every operator that has int16 kernels, each in a network of its own.
class PteInt16Probes : public ::testing::TestWithParam<std::string> {};

TEST_P(PteInt16Probes, GiveTheBytesOfTheSimulator) {
  const Probe probe(GetParam());
  driver::CompileOptions options = probe.compile_options();
  options.quantizer.int16 = all_candidates(options);
  ASSERT_FALSE(options.quantizer.int16.empty());
  base::SilentProgress progress;
  const auto model = driver::compile(options, progress);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  ASSERT_TRUE(has_wide_kernel(model->program));
  const driver::Samples samples = noise_for(model->program, 2);
  const auto expected = run_simulator(*model, samples);
  EXPECT_EQ(run_executorch(pte_of(*model), samples), expected);
  EXPECT_EQ(run_executorch(pte_of(for_target(*model, "any")), samples), expected) << "any target";
}

INSTANTIATE_TEST_SUITE_P(Int16, PteInt16Probes,
                         ::testing::Values("probes/conv_relu6", "probes/dw_mult2", "probes/linear_3d",
                                           "probes/add_bcast_bias", "probes/mul_broadcast_c11_se", "probes/maxpool_pad",
                                           "probes/avgpool_pad_incl", "probes/gap_mean", "probes/chunk_add",
                                           "probes/conv_silu", "probes/linear_sigmoid", "probes/conv1d",
                                           "probes/conv_batch4", "probes/dwconv_batch4"),
                         [](const auto& test) { return test.param.substr(test.param.find('/') + 1); });

}  // namespace
}  // namespace pudu::testing
