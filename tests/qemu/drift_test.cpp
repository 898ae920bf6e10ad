// Drift between a compiled folder and what it is built with: kernels of another ABI, kernels that want more scratch,
// and compiler flags of another ISA stop the build with a text that says what to do; kernels that want less do not.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "base/subprocess.hpp"
#include "driver/version.hpp"
#include "emulator/firmware.hpp"
#include "kernels/build_check.hpp"
#include "qemu/board_runs.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;
using testing::CompiledFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What the cross compiler says about a folder's model.cpp with the flags of a CPU; empty when it builds.
std::string build_messages(const fs::path& folder, const char* cpu) {
  const targets::TargetConfig target = targets::make_target(cpu, "").value();
  std::vector<std::string> command = {
      "arm-none-eabi-g++", "-std=c++17", "-fno-exceptions", "-fno-rtti", "-I", ".", "-I", "pudu", "-c",
      "model.cpp",         "-o",         "model.o"};
  for (std::string& flag : emulator::split_flags(target.cpu_info().compiler_flags)) command.push_back(std::move(flag));
  const auto result = base::run_process(command, {.working_directory = folder});
  EXPECT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->standard_error.empty(), result->succeeded());
  return result->standard_error;
}

/// A folder compiled for the Cortex-M4, whose kernels a test may replace by another version's.
class Drift : public ::testing::Test {
 protected:
  fs::path folder() const { return compiled_.artifact().folder; }

  std::string read(const std::string& file) const {
    std::ifstream stream(folder() / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read(file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << file << " does not hold " << from;
    text.replace(at, from.size(), to);
    std::ofstream(folder() / file, std::ios::binary) << text;
  }

  /// Convolutions that need scratch ask for `bytes` of it, as those of another version may.
  void let_convolutions_want(const std::string& bytes) const {
    const std::string header = "pudu/kernels/conv2d/conv2d_s8.hpp";
    const std::string text = read(header);
    const std::size_t declaration = text.find("scratch_bytes(const Params& params, Isa");
    ASSERT_NE(declaration, std::string::npos);
    const std::size_t body = text.find("{\n", declaration) + 2;
    const std::string begin = text.substr(declaration, body - declaration);
    replace(header, begin, begin + "    if (!reads_in_place(params)) return " + bytes + ";\n");
  }

 private:
  CompiledFolder compiled_{testing::model_files("tiny_cnn"), "cortex-m4", testing::KernelLayout::Dialect};
};

TEST_F(Drift, TheKernelsItCameWithBuild) {
  EXPECT_THAT(build_messages(folder(), "cortex-m4"), IsEmpty());
}

TEST_F(Drift, KernelsThatWantOneByteMoreStopTheBuild) {
  let_convolutions_want("145");
  EXPECT_THAT(
      build_messages(folder(), "cortex-m4"),
      HasSubstr("these kernels want more scratch than was planned: recompile the model or use kernels version " +
                std::string(driver::version)));
}

TEST_F(Drift, KernelsThatWantLessBuild) {
  let_convolutions_want("2");
  EXPECT_THAT(build_messages(folder(), "cortex-m4"), IsEmpty());
}

TEST_F(Drift, AShrunkPlanStopsTheBuild) {
  replace("model.cpp", "isas) <= 144,", "isas) <= 143,");
  EXPECT_THAT(build_messages(folder(), "cortex-m4"), HasSubstr("these kernels want more scratch than was planned"));
}

TEST_F(Drift, AGrownPlanBuilds) {
  replace("model.cpp", "isas) <= 144,", "isas) <= 160,");
  EXPECT_THAT(build_messages(folder(), "cortex-m4"), IsEmpty());
}

TEST_F(Drift, KernelsOfAnotherAbiStopTheBuild) {
  const std::string own = "abi_version = " + std::to_string(kernels::abi_version);
  for (const std::string other : {"abi_version = 0", "abi_version = 1000"}) {
    replace("pudu/kernels/build_check.hpp", own, other);
    EXPECT_THAT(build_messages(folder(), "cortex-m4"),
                HasSubstr("these kernels have another: recompile the model or use kernels version " +
                          std::string(driver::version)));
    replace("pudu/kernels/build_check.hpp", other, own);
  }
}

TEST(WrongIsa, StopsTheBuild) {
  const testing::ModelFiles files = testing::model_files("tiny_cnn");
  struct Case {
    const char *target, *built_for, *message;
  };
  const Case cases[] = {
      {"cortex-m55", "cortex-m4", "compiled for cortex-m55 (mve), built for dsp: recompile the model with --target"},
      {"cortex-m55", "cortex-m0", "compiled for cortex-m55 (mve), built for scalar: recompile the model with --target"},
      {"cortex-m4", "cortex-m55", "compiled for cortex-m4 (dsp), built for mve: recompile the model with --target"},
      {"cortex-m4", "cortex-m3", "compiled for cortex-m4 (dsp), built for scalar: recompile the model with --target"},
      {"cortex-m0", "cortex-m33", "compiled for cortex-m0 (scalar), built for dsp: recompile the model with --target"},
  };
  for (const Case& wrong : cases) {
    const CompiledFolder compiled(files, wrong.target);
    EXPECT_THAT(build_messages(compiled.artifact().folder, wrong.built_for), HasSubstr(wrong.message));
  }
}

TEST(RightIsa, Builds) {
  const testing::ModelFiles files = testing::model_files("tiny_cnn");
  const CompiledFolder for_dsp(files, "cortex-m4");
  for (const char* cpu : {"cortex-m4", "cortex-m7", "cortex-m33"}) {
    EXPECT_THAT(build_messages(for_dsp.artifact().folder, cpu), IsEmpty()) << cpu;
  }
  const CompiledFolder for_any(files, "any");
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    EXPECT_THAT(build_messages(for_any.artifact().folder, std::string(cpu.name).c_str()), IsEmpty()) << cpu.name;
  }
}

}  // namespace
}  // namespace pudu
