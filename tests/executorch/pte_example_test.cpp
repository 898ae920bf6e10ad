// The application of examples/executorch, built on this host with a program that Pudu wrote: it prints what the runner
// gives.
#include <gtest/gtest.h>

#include "base/subprocess.hpp"
#include "executorch/pte_support.hpp"

namespace pudu::testing {
namespace {

std::string run_command(const std::vector<std::string>& command) {
  base::ProcessOptions options;
  options.timeout = std::chrono::minutes(10);
  const auto result = base::run_process(command, options);
  EXPECT_TRUE(result.ok() && result->succeeded())
      << command.front() << "\n"
      << (result.ok() ? result->standard_output + result->standard_error : "");
  return result.ok() ? result->standard_output : "";
}

TEST(PteExample, BuildsAndRuns) {
  const base::TempDirectory folder = base::TempDirectory::create("pudu-example").value();
  const driver::CompiledModel model = compile_model(model_files("tiny_cnn"), "cortex-m55");
  const driver::PteArtifact artifact = pte_of(model);
  const std::filesystem::path program = folder.path() / "tiny_cnn.pte";
  ASSERT_TRUE(driver::write_pte(artifact.bytes, program).ok());

  const std::string source = std::string(PUDU_SOURCE_DIR) + "/examples/executorch/app";
  const std::string build = (folder.path() / "build").string();
  run_command({PUDU_CMAKE, "-S", source, "-B", build, "-DMODEL=" + program.string(), "-DCMAKE_BUILD_TYPE=Release",
               "-DCMAKE_CXX_COMPILER_LAUNCHER=" PUDU_COMPILER_LAUNCHER, "-Dexecutorch_DIR=" PUDU_EXECUTORCH_DIR});
  run_command({PUDU_CMAKE, "--build", build, "--parallel", "2"});
  const std::string printed = run_command({build + "/app"});

  const driver::Samples zeros = {
      {base::make_array(model.program.inputs[0].shape, std::vector<std::int8_t>(28 * 28, 0))}};
  const auto outputs = run_executorch(artifact, zeros);
  std::string expected;
  for (const std::int8_t code : outputs[0][0].data<std::int8_t>()) expected += std::to_string(code) + "\n";
  EXPECT_EQ(printed, expected);
}

}  // namespace
}  // namespace pudu::testing
