// Every probe as an ExecuTorch program: it gives the simulator's bytes in ExecuTorch's stock runtime with Pudu's
// operators. For CMSIS-NN's operators alone it is refused where they do not have all, before anything is written.
#include <gmock/gmock.h>

#include <algorithm>

#include "executorch/pte_support.hpp"
#include "ops/registry.hpp"
#include "support/probe.hpp"

namespace pudu::testing {
namespace {

using emitters::PteOperators;

/// The probes whose module changes no buffer: a model with state has no `.pte` form (pte_cli_test.cpp has its refusal).
std::vector<std::string> stateless_probes() {
  std::vector<std::string> names = probe_names();
  std::erase_if(names, [](const std::string& name) { return name.ends_with("buffer_mutation"); });
  return names;
}

class PteProbes : public ::testing::TestWithParam<std::string> {};

TEST_P(PteProbes, GiveTheBytesOfTheSimulator) {
  const Probe probe(GetParam());
  base::SilentProgress progress;
  const auto model = driver::compile(probe.compile_options(), progress);
  if (!model) return;  // it is refused altogether, as other tests say
  const driver::PteArtifact artifact = pte_of(*model);
  const driver::Samples samples = noise_for(model->program, 2);
  const auto expected = run_simulator(*model, samples);
  EXPECT_EQ(run_executorch(artifact, samples), expected);
  EXPECT_EQ(run_executorch(pte_of(*model, PteOperators::Classic), samples), expected) << "classic operators";
  EXPECT_EQ(run_executorch(pte_of(for_target(*model, "any")), samples), expected) << "any target";
}

/// With every operator in float32 that can be: the kernels of float islands, as operators of Pudu's library.
TEST_P(PteProbes, GiveTheBytesOfTheSimulatorInFloat) {
  const Probe probe(GetParam());
  base::SilentProgress progress;
  driver::CompileOptions options = probe.compile_options();
  const auto quantized = driver::compile(options, progress);
  if (!quantized) return;
  for (const program::KernelCall& call : quantized->program.calls) {
    const ops::OpDefinition* definition = ops::find_operator(call.op);
    if (definition != nullptr && definition->float_kernels) options.quantizer.keep_float.push_back(call.op);
  }
  options.quantizer.io = quantizer::IoType::Float32;
  const auto model = driver::compile(options, progress);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  const driver::Samples samples = noise_for(model->program, 2);
  EXPECT_EQ(run_executorch(pte_of(*model), samples), run_simulator(*model, samples));
}

/// CMSIS-NN's library has no operators of Pudu's: such a program would fail to load there.
TEST_P(PteProbes, AreRefusedForTheStockLibraryWhereTheyNeedOperatorsOfOurs) {
  const Probe probe(GetParam());
  base::SilentProgress progress;
  const auto model = driver::compile(probe.compile_options(), progress);
  if (!model) return;
  const bool needs_own = !pte_of(*model).own_operators.empty();
  const auto artifact = driver::make_pte(for_cmsis_nn(*model), PteOperators::Nhwc, progress);
  if (artifact) {
    EXPECT_FALSE(needs_own);
    EXPECT_TRUE(artifact->own_operators.empty());
    return;
  }
  EXPECT_EQ(artifact.error().kind, ErrorKind::Unsupported);
  for (const Diagnostic& diagnostic : artifact.error().diagnostics) {
    EXPECT_THAT(diagnostic.allowed, ::testing::EndsWith("without --kernels cmsis-nn"));
    EXPECT_EQ(diagnostic.hint, "the C++ output runs it: -o FOLDER");
    EXPECT_FALSE(diagnostic.where.empty());
  }
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, PteProbes, ::testing::ValuesIn(stateless_probes()), test_name);

}  // namespace
}  // namespace pudu::testing
