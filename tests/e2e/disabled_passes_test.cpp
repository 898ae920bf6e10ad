// Compilations without one of the passes: the probes and small networks of tests/data still give torch's outputs on the
// simulator, only less exactly or less cheaply, or are refused in words that name the pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/progress.hpp"
#include "support/models.hpp"
#include "support/probe.hpp"

namespace pudu {
namespace {

using ::testing::ElementsAre;

/// In dB. With all passes, probes and these networks reach 28 at least; a wrong operand or shift gives less than 20.
/// What a probe may lose against its usual floor when a pass is left out.
constexpr double allowed_loss_db = 4.0;
constexpr double least_sqnr_of_networks_db = 25.0;

Result<driver::CompiledModel> compile_without(const std::string& pass, driver::CompileOptions options) {
  options.disabled_passes = {pass};
  base::SilentProgress progress;
  return driver::compile(options, progress);
}

bool can_be_left_out(const std::string& pass) {
  driver::CompileOptions options;
  options.disabled_passes = {pass};
  return driver::selected_passes(options, std::nullopt).ok();
}

std::vector<std::string> pass_names() {
  const auto passes = driver::selected_passes({}, std::nullopt);
  EXPECT_TRUE(passes.ok());
  std::vector<std::string> names;
  for (const passes::Pass& pass : *passes) names.emplace_back(pass.name);
  return names;
}

std::vector<std::string> optional_passes() {
  std::vector<std::string> names;
  for (const std::string& name : pass_names()) {
    if (can_be_left_out(name)) names.push_back(name);
  }
  return names;
}

/// Of all models, only those with a batch norm must have a pass.
void expect_refusal(const std::string& pass, const Error& error) {
  EXPECT_EQ(pass, "fold_batch_norm");
  EXPECT_EQ(error.kind, ErrorKind::Unsupported) << to_string(error);
  for (const Diagnostic& diagnostic : error.diagnostics) {
    EXPECT_EQ(diagnostic.found, "batch_norm has no kernel");
    EXPECT_EQ(diagnostic.allowed,
              "the pass fold_batch_norm puts it into a neighbour or makes it a depthwise convolution");
  }
}

TEST(PassList, HasPassesThatCannotBeLeftOut) {
  std::vector<std::string> required;
  for (const std::string& name : pass_names()) {
    if (!can_be_left_out(name)) required.push_back(name);
  }
  EXPECT_THAT(required, ElementsAre("calibrate", "quantize", "lower", "plan"));
}

class WithoutPass : public ::testing::TestWithParam<std::string> {};

TEST_P(WithoutPass, ProbesAreAccurateOrRefused) {
  std::size_t accurate_probes = 0;
  base::SilentProgress progress;
  for (const std::string& name : testing::probe_names()) {
    SCOPED_TRACE(name);
    const testing::Probe probe(name);
    auto compiled = compile_without(GetParam(), probe.compile_options());
    if (!compiled) {
      // probes_test says why some are refused whatever the passes.
      if (driver::compile(probe.compile_options(), progress)) expect_refusal(GetParam(), compiled.error());
      continue;
    }
    const std::vector<base::Array> outputs = probe.run(testing::simulated(std::move(compiled).value()));
    for (std::size_t port = 0; port < outputs.size(); ++port) {
      EXPECT_EQ(outputs[port].shape, probe.expected_output(port).shape);
      EXPECT_GE(testing::sqnr_db(base::to_float32(probe.expected_output(port)), base::to_float32(outputs[port])),
                testing::least_sqnr_db(name) - allowed_loss_db);
    }
    ++accurate_probes;
  }
  EXPECT_GE(accurate_probes, 100U);
}

TEST_P(WithoutPass, NetworksAreAccurateOrRefused) {
  for (const char* name : {"tiny_cnn", "digits_cnn", "digits_ds", "ds_cnn"}) {
    SCOPED_TRACE(name);
    const testing::ModelFiles files = testing::model_files(name);
    driver::CompileOptions options;
    options.model = files.model;
    options.calibration = {files.calibration};
    auto compiled = compile_without(GetParam(), options);
    if (!compiled) {
      expect_refusal(GetParam(), compiled.error());
      continue;
    }
    const driver::Artifact artifact = testing::simulated(std::move(compiled).value());
    base::SilentProgress progress;
    auto outcome = driver::run_on_host(artifact, testing::samples_of(artifact.program, files.input), progress);
    ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
    const double sqnr = testing::sqnr_db(testing::read_values(files.float_output), testing::values(artifact, *outcome));
    EXPECT_GE(sqnr, least_sqnr_of_networks_db);
    RecordProperty(name, std::to_string(sqnr));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, WithoutPass, ::testing::ValuesIn(optional_passes()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace pudu
