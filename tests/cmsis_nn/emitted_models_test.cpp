// C++ that calls CMSIS-NN computes the bytes of the simulator, with the double of every ISA: whole networks, probes of
// one operator each, and calls with sizes at the edges of what CMSIS-NN computes right.
#include <gtest/gtest.h>

#include <ostream>

#include "base/progress.hpp"
#include "cmsis_nn/edge_program.hpp"
#include "cmsis_nn/emitted_program.hpp"
#include "driver/compile.hpp"
#include "ops/cmsis_nn_call.hpp"
#include "support/models.hpp"
#include "support/probe.hpp"

namespace pudu {
namespace {

using targets::Isa;
using targets::KernelLibrary;

targets::TargetConfig cmsis_nn_target(const std::string& cpu) {
  return targets::make_target(cpu, "", KernelLibrary::CmsisNn).value();
}

std::string cpu_with(Isa isa) {
  if (isa == Isa::Scalar) return "cortex-m0";
  return isa == Isa::Dsp ? "cortex-m4" : "cortex-m55";
}

driver::CompiledModel compile(driver::CompileOptions options, const std::string& cpu) {
  options.target = cmsis_nn_target(cpu);
  base::SilentProgress progress;
  auto model = driver::compile(options, progress);
  if (!model.ok()) throw std::runtime_error(to_string(model.error()));
  return std::move(model).value();
}

driver::CompiledModel compile_named(const std::string& name, const std::string& cpu,
                                    const driver::PlanOptions& plan = {}) {
  if (name.find('/') != std::string::npos) return compile(testing::Probe(name).compile_options(), cpu);
  const testing::ModelFiles files = testing::model_files(name);
  driver::CompileOptions options;
  options.model = files.model;
  options.calibration = {files.calibration};
  options.plan = plan;
  return compile(options, cpu);
}

void expect_same_bytes(const program::Program& program, const program::MemoryMap& memory, Isa isa) {
  EXPECT_EQ(testing::compile_and_run(program, memory, isa, {"-DPUDU_ENABLE_RUNTIME_CHECKS"}),
            testing::expected_text(program, memory));
}

struct Case {
  std::string model;
  Isa isa;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.model << " on " << targets::to_string(test.isa);
}

class EmittedModel : public ::testing::TestWithParam<Case> {};

TEST_P(EmittedModel, ComputesTheBytesOfTheSimulator) {
  const driver::CompiledModel model = compile_named(GetParam().model, cpu_with(GetParam().isa));
  expect_same_bytes(model.program, model.memory, GetParam().isa);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* model : {"tiny_cnn", "ds_cnn", "resnet8", "mobilenet_v1_025", "deep_autoencoder", "digits_ds",
                            "probes/conv1d", "probes/dwconv_batch4", "probes/conv_pad_asym_stride2_even_k",
                            "probes/cat", "probes/channel_shuffle", "probes/avgpool_pad_incl", "probes/linear_softmax",
                            "reader/depthwise_dilated_multiplier", "reader/pad_constant"}) {
    for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) all.push_back({model, isa});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Models, EmittedModel, ::testing::ValuesIn(cases()), [](const auto& instance) {
  std::string name = instance.param.model + "_" + std::string(targets::to_string(instance.param.isa));
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

/// Rows are the same functions' calls on smaller images.
TEST(EmittedByRows, ComputesTheBytesOfTheSimulator) {
  for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) {
    const driver::CompiledModel model =
        compile_named("ds_cnn", cpu_with(isa), {.memory = driver::MemoryMode::Streamed});
    ASSERT_TRUE(model.memory.schedule);
    expect_same_bytes(model.program, model.memory, isa);
  }
}

/// One program for any CPU, with the same text, against the doubles of all ISAs.
TEST(EmittedForAnyCpu, ComputesTheSameBytesOnEveryIsa) {
  const driver::CompiledModel model = compile_named("digits_ds", "any");
  for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) expect_same_bytes(model.program, model.memory, isa);
}

class EdgeCalls : public ::testing::TestWithParam<std::string> {
 protected:
  static constexpr int count = 40;
  static constexpr std::uint32_t seed = 20261122;

  program::Program edges() const { return testing::edge_program(cmsis_nn_target(GetParam()), seed, count); }
};

TEST_P(EdgeCalls, ComputeTheBytesOfTheSimulator) {
  const program::Program program = edges();
  const program::MemoryMap memory = driver::plan_program(program).value();
  for (const Isa isa : program.target.isas()) expect_same_bytes(program, memory, isa);
}

/// Otherwise the test above would compare our kernels with themselves.
TEST_P(EdgeCalls, RunOnCmsisNnMostly) {
  const program::Program program = edges();
  std::map<std::string, int> on_cmsis_nn;
  std::map<std::string, int> in_all;
  for (const program::KernelCall& call : program.calls) {
    ++in_all[call.kernel];
    if (ops::runs_on_cmsis_nn(program, call)) ++on_cmsis_nn[call.kernel];
  }
  for (const auto& [kernel, calls] : in_all) EXPECT_GE(2 * on_cmsis_nn[kernel], calls) << kernel;
}

INSTANTIATE_TEST_SUITE_P(Cpus, EdgeCalls, ::testing::Values("cortex-m0", "cortex-m4", "cortex-m55", "any"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace pudu
