// Programs whose tensors share memory, in ExecuTorch's stock runtime: results in the place of operands, slices as
// views, concatenations whose parts are written where they belong. They give the bytes of a simulator in which every
// buffer has memory of its own and freed bytes are poisoned.
#include <gmock/gmock.h>

#include <algorithm>

#include "executorch/pte_support.hpp"
#include "schedule/make_schedule.hpp"
#include "schedule/testing/dag_program.hpp"
#include "support/probe.hpp"

namespace pudu::testing {
namespace {

using program::BufferId;
using schedule::testing::DagProgram;

/// Layer by layer, every buffer in memory of its own.
driver::CompiledModel unshared_model(const program::Program& program) {
  driver::CompiledModel model;
  model.program = program;
  model.memory = value_of(schedule::plan_schedule(program, program::layerwise_schedule(program)));
  model.memory.schedule.reset();
  return model;
}

std::vector<std::string> operators_of(const driver::PteArtifact& artifact) {
  const pte::Program program = value_of(pte::read(artifact.bytes));
  std::vector<std::string> names;
  for (const pte::KernelCall& call : program.main().calls) names.push_back(program.main().operator_of(call).name);
  return names;
}

/// Bytes of the arena; the program runs in the runtime, for both libraries, and gives the simulator's bytes.
std::size_t arena_of(const driver::CompiledModel& model, const std::vector<std::string>& operators) {
  const driver::Samples samples = noise_for(model.program, 2);
  const auto expected = run_simulator(model, samples);
  const driver::PteArtifact artifact = pte_of(model);
  EXPECT_EQ(operators_of(artifact), operators);
  EXPECT_EQ(run_executorch(artifact, samples), expected);
  EXPECT_EQ(run_simulator(artifact.model, samples), expected) << "the plan, with freed bytes poisoned";
  EXPECT_EQ(run_executorch(pte_of(for_cmsis_nn(model)), samples), expected) << "planned for CMSIS-NN";
  return artifact.model.memory.arena_bytes;
}

TEST(PteSharing, ResidualSumsTakeThePlaceOfAnOperand) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId a = dag.table(x);  // apart: x is read again
  const BufferId b = dag.sum(a, x);
  const BufferId c = dag.table(b);
  dag.output(dag.sum(c, b));
  const driver::CompiledModel model = unshared_model(dag.program);
  EXPECT_EQ(model.memory.arena_bytes, 192U);
  EXPECT_EQ(arena_of(model, {"cortex_m::quantized_activation", "cortex_m::quantized_add",
                             "cortex_m::quantized_activation", "cortex_m::quantized_add"}),
            128U);
}

TEST(PteSharing, ConcatenationsAndSlicesNeedNoCall) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId y = dag.input(32);
  const BufferId both = dag.concat({dag.table(x), dag.table(y)});
  const BufferId end = dag.slice(both, 64, 32);
  dag.output(dag.sum(end, dag.slice(both, 0, 32)));
  const driver::CompiledModel model = unshared_model(dag.program);
  EXPECT_EQ(model.memory.arena_bytes, 192U);
  EXPECT_EQ(
      arena_of(model, {"cortex_m::quantized_activation", "cortex_m::quantized_activation", "cortex_m::quantized_add"}),
      96U);
}

TEST(PteSharing, AnInputMayBeReturnedInPart) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  dag.output(dag.slice(x, 16, 32));
  dag.output(dag.copy(x));
  EXPECT_EQ(arena_of(unshared_model(dag.program), {}), 64U);
}

TEST(PteSharing, ViewsThatAReaderCannotTellFromFaultsAreCopies) {
  // The slice lies across the two parts, of which each was written by another call.
  DagProgram dag;
  const BufferId both = dag.concat({dag.table(dag.input(32)), dag.table(dag.input(32))});
  dag.output(dag.table(dag.slice(both, 16, 32)));
  const driver::CompiledModel model = unshared_model(dag.program);
  EXPECT_EQ(arena_of(model, {"cortex_m::quantized_activation", "cortex_m::quantized_activation", "aten::cat",
                             "aten::slice_copy", "cortex_m::quantized_activation"}),
            model.memory.arena_bytes);
}

/// The arena of the written program, and of the same calls with every buffer in memory of its own.
TEST(PteSharing, MakesArenasOfNetworksSmaller) {
  for (const char* name : {"probes/conv_2users_relu", "probes/hswish_alone", "probes/relu_alone"}) {
    base::SilentProgress progress;
    const driver::CompiledModel model = value_of(driver::compile(Probe(name).compile_options(), progress));
    const driver::PteArtifact artifact = pte_of(model);
    EXPECT_LT(artifact.model.memory.arena_bytes, unshared_model(artifact.model.program).memory.arena_bytes) << name;
    const driver::Samples samples = noise_for(model.program, 2);
    EXPECT_EQ(run_executorch(artifact, samples), run_simulator(model, samples)) << name;
  }
}

class RandomPrograms : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomPrograms, GiveTheSameBytesInNoMoreMemory) {
  const driver::CompiledModel model = unshared_model(schedule::testing::random_dag(GetParam(), 24).program);
  const driver::Samples samples = noise_for(model.program, 2);
  const auto expected = run_simulator(model, samples);
  const driver::PteArtifact artifact = pte_of(model);
  EXPECT_LE(artifact.model.memory.arena_bytes, model.memory.arena_bytes);
  EXPECT_EQ(run_executorch(artifact, samples), expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPrograms, ::testing::Range(0U, 100U));

}  // namespace
}  // namespace pudu::testing
