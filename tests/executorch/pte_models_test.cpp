// Every network of the fixtures as an ExecuTorch program: in ExecuTorch's stock runtime it gives the simulator's bytes,
// in both forms, for every target; and it is no larger than what ExecuTorch's own flow makes of the network.
#include <gtest/gtest.h>

#include <map>

#include "executorch/pte_support.hpp"

namespace pudu::testing {
namespace {

using emitters::PteOperators;

class PteModels : public ::testing::TestWithParam<std::string> {};

TEST_P(PteModels, GiveTheBytesOfTheSimulator) {
  for (const auto io : {quantizer::IoType::Int8, quantizer::IoType::Float32}) {
    const driver::CompiledModel model = compile_model(model_files(GetParam()), "cortex-m55", {.io = io});
    const driver::Samples samples = noise_for(model.program, 2);
    const auto expected = run_simulator(model, samples);
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0", "any"}) {
      const driver::CompiledModel targeted = for_target(model, cpu);
      EXPECT_EQ(run_executorch(pte_of(targeted), samples), expected) << cpu;
    }
    EXPECT_EQ(run_executorch(pte_of(model, PteOperators::Classic), samples), expected) << "classic operators";
  }
}

TEST_P(PteModels, KeepTheirBytesWhenLegalized) {
  // The calls that are written, run by the simulator in the plan that is written.
  const driver::CompiledModel model = compile_model(model_files(GetParam()), "cortex-m55");
  const driver::Samples samples = noise_for(model.program, 2);
  EXPECT_EQ(run_simulator(pte_of(model).model, samples), run_simulator(model, samples));
}

TEST_P(PteModels, AreTheSameBytesEveryTime) {
  const driver::CompiledModel model = compile_model(model_files(GetParam()), "cortex-m55");
  const driver::CompiledModel again = compile_model(model_files(GetParam()), "cortex-m55");
  EXPECT_EQ(pte_of(model).bytes, pte_of(again).bytes);
}

INSTANTIATE_TEST_SUITE_P(All, PteModels, ::testing::ValuesIn(all_models()),
                         [](const auto& test) { return test.param; });

/// What ExecuTorch 1.5.1's Cortex-M flow makes of a network with a float input.
struct Baseline {
  std::string model;
  std::size_t m55_file_bytes;
  std::size_t m4_file_bytes;  ///< and M0's
  std::size_t m55_planned_bytes;
  std::size_t m4_planned_bytes;
};

void PrintTo(const Baseline& baseline, std::ostream* stream) {
  *stream << baseline.model;
}

class PteSizes : public ::testing::TestWithParam<Baseline> {};

TEST_P(PteSizes, AreNoLargerThanExecuTorchs) {
  const Baseline& baseline = GetParam();
  const driver::CompiledModel model =
      compile_model(model_files(baseline.model), "cortex-m55", {.io = quantizer::IoType::Float32});
  const driver::PteArtifact m55 = pte_of(model);
  EXPECT_LE(m55.bytes.size(), baseline.m55_file_bytes);
  EXPECT_LE(m55.model.memory.arena_bytes, baseline.m55_planned_bytes);
  if (baseline.m55_planned_bytes > baseline.m4_planned_bytes) {
    // There, scratch has raised the peak.
    EXPECT_LT(m55.model.memory.arena_bytes, baseline.m55_planned_bytes);
  }
  // ExecuTorch's programs have no sums of weights there, and one multiplier for each linear layer: where linear layers
  // are all there is, Pudu's tables of multipliers are 2 % of the file, unless they are left out.
  const driver::CompiledModel small =
      baseline.model == "deep_autoencoder"
          ? compile_model(model_files(baseline.model), "cortex-m4",
                          {.io = quantizer::IoType::Float32, .linear_weights = quantizer::LinearWeights::PerTensor})
          : model;
  for (const char* cpu : {"cortex-m4", "cortex-m0"}) {
    const driver::PteArtifact artifact = pte_of(for_target(small, cpu));
    EXPECT_LE(artifact.bytes.size(), baseline.m4_file_bytes) << cpu;
    EXPECT_LE(artifact.model.memory.arena_bytes, baseline.m4_planned_bytes) << cpu;
  }
}

INSTANTIATE_TEST_SUITE_P(Baselines, PteSizes,
                         ::testing::Values(Baseline{"tiny_cnn", 17752, 17704, 7840, 7840},
                                           Baseline{"ds_cnn", 54368, 54192, 20464, 16000},
                                           Baseline{"resnet8", 173368, 173320, 49728, 49728},
                                           Baseline{"mobilenet_v1_025", 313656, 313640, 138240, 138240},
                                           Baseline{"deep_autoencoder", 285376, 278048, 3200, 3200},
                                           Baseline{"mv2_96", 4000736, 4000736, 280944, 276480}),
                         [](const auto& test) { return test.param.model; });

TEST(PteScratch, OfCmsisNnIsPlannedWhereItCostsNothing) {
  const driver::PteArtifact artifact =
      pte_of(compile_model(model_files("mobilenet_v1_025"), "cortex-m55", {.io = quantizer::IoType::Float32}));
  EXPECT_EQ(artifact.model.program.target.kernels, targets::KernelLibrary::CmsisNn);
  EXPECT_EQ(artifact.spared_bytes, 0U);
}

TEST(PteScratch, OfCmsisNnIsLeftOutWhereItRaisesTheArena) {
  const driver::CompiledModel model = compile_model(model_files("ds_cnn"), "cortex-m55");
  const driver::PteArtifact artifact = pte_of(model);
  EXPECT_EQ(artifact.model.program.target.kernels, targets::KernelLibrary::Builtin);
  EXPECT_EQ(artifact.spared_bytes, 4464U);  // two int32 columns of 124 channels for a 3x3 filter

  const driver::PteArtifact for_both = pte_of(for_cmsis_nn(model));
  EXPECT_EQ(for_both.model.program.target.kernels, targets::KernelLibrary::CmsisNn);
  EXPECT_EQ(for_both.model.memory.arena_bytes, artifact.model.memory.arena_bytes + 4464);
  const driver::Samples samples = noise_for(model.program, 1);
  EXPECT_EQ(run_executorch(for_both, samples), run_simulator(model, samples));
}

/// [1, H, W, C] to [1, C, H, W].
base::Array to_nchw(const base::Array& nhwc) {
  const std::int64_t pixels = nhwc.shape[1] * nhwc.shape[2];
  const std::int64_t channels = nhwc.shape[3];
  base::Array result = nhwc;
  result.shape = {1, channels, nhwc.shape[1], nhwc.shape[2]};
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      result.bytes[static_cast<std::size_t>(channel * pixels + pixel)] =
          nhwc.bytes[static_cast<std::size_t>(pixel * channels + channel)];
    }
  }
  return result;
}

TEST(PteInputs, OfNhwcLayoutAreChannelsLastTensors) {
  const ModelFiles files = model_files("resnet8");
  driver::CompileOptions options;
  options.model = files.model;
  options.input_layout = driver::InputLayout::Nhwc;  // no calibration file: any ranges will do
  options.target = value_of(targets::make_target("cortex-m55", ""));
  base::SilentProgress progress;
  const driver::CompiledModel model = value_of(driver::compile(options, progress));
  const driver::PteArtifact artifact = pte_of(model);

  const pte::Program program = value_of(pte::read(artifact.bytes));
  const pte::Tensor& input = *program.main().tensor(program.main().inputs.front());
  EXPECT_EQ(input.sizes, (std::vector<std::int32_t>{1, 3, 32, 32}));
  EXPECT_EQ(input.dim_order, (std::vector<std::uint8_t>{0, 2, 3, 1}));

  // The runner takes PyTorch's order and lays it out as the program wants it.
  const driver::Samples samples = noise_for(model.program, 1);
  EXPECT_EQ(run_executorch(artifact, {{to_nchw(samples[0][0])}}), run_simulator(model, samples));
}

}  // namespace
}  // namespace pudu::testing
