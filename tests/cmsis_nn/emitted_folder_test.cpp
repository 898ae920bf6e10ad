// A folder compiled with --kernels cmsis-nn: its CMakeLists.txt finds CMSIS-NN in every way it names, its model.cpp
// refuses what does not fit, and the command line says what it needs. CMSIS-NN is the double in every case.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/progress.hpp"
#include "cmsis_nn/emitted_program.hpp"
#include "driver/compile.hpp"
#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::CliWorkspace;
using ::testing::HasSubstr;

class CmsisNnFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    work_.copy(testing::test_data("models/digits_ds.pt2"), "net.pt2");
    work_.copy(testing::test_data("models/digits_calib.npy"), "calib.npy");
    work_.copy(testing::test_data("models/digits_test_inputs.npy"), "input.npy");
  }

  std::string compile(const std::string& more) const {
    return work_.pudu_ok("compile net.pt2 --calibration calib.npy --kernels cmsis-nn " + more);
  }

  /// Configures and builds `project` around the compiled folder `out`; what CMake says, empty when it succeeds.
  std::string build(const std::string& project, const std::vector<std::string>& options = {}) const {
    testing::write_text(work_.path("project/CMakeLists.txt"),
                        "cmake_minimum_required(VERSION 3.16)\nproject(firmware LANGUAGES C CXX)\n" + project +
                            "add_subdirectory(${CMAKE_CURRENT_SOURCE_DIR}/../out model)\n");
    fs::remove_all(work_.path("build"));
    std::vector<std::string> configure = {PUDU_CMAKE,
                                          "-S",
                                          "project",
                                          "-B",
                                          "build",
                                          "-G",
                                          PUDU_CMAKE_GENERATOR,
                                          std::string("-DCMAKE_MAKE_PROGRAM=") + PUDU_CMAKE_MAKE_PROGRAM,
                                          std::string("-DCMAKE_CXX_COMPILER=") + PUDU_CXX};
    configure.insert(configure.end(), options.begin(), options.end());
    std::string failure = output_of_failure(configure);
    return failure.empty() ? output_of_failure({PUDU_CMAKE, "--build", "build"}) : failure;
  }

  std::string output_of_failure(const std::vector<std::string>& command) const {
    base::ProcessOptions options;
    options.working_directory = work_.path();
    options.environment = {"CMSIS_NN_ROOT="};
    const auto result = base::run_process(command, options);
    if (!result.ok()) return to_string(result.error());
    return result->succeeded() ? "" : result->standard_output + result->standard_error;
  }

  CliWorkspace work_;
};

constexpr const char* own_target =
    "add_library(cmsis-nn INTERFACE)\ntarget_include_directories(cmsis-nn INTERFACE " PUDU_DOUBLE "/Include)\n";

TEST_F(CmsisNnFolder, UsesTheTargetOfTheProject) {
  compile("--target m4 -o out");
  EXPECT_EQ(build(own_target), "");
}

TEST_F(CmsisNnFolder, UsesAPackage) {
  compile("--target m4 -o out");
  testing::write_text(work_.path("package/cmsis-nn-config.cmake"),
                      "add_library(cmsis-nn::cmsis-nn INTERFACE IMPORTED)\n"
                      "target_include_directories(cmsis-nn::cmsis-nn INTERFACE " PUDU_DOUBLE "/Include)\n");
  EXPECT_EQ(build("", {"-Dcmsis-nn_DIR=" + work_.path("package").string()}), "");
}

TEST_F(CmsisNnFolder, BuildsTheSourcesBelowItsRoot) {
  compile("--target m4 -o out");
  EXPECT_EQ(build("", {"-DCMSIS_NN_ROOT=" PUDU_DOUBLE}), "");
}

/// CMake breaks lines where it likes.
std::string in_one_line(const std::string& text) {
  std::string line;
  for (const std::string& word : testing::words_of(text)) line += (line.empty() ? "" : " ") + word;
  return line;
}

TEST_F(CmsisNnFolder, SaysWhatToDoWithoutCmsisNn) {
  compile("--target m4 -o out");
  EXPECT_THAT(in_one_line(build("")),
              HasSubstr("net calls CMSIS-NN, which was not found: add a target cmsis-nn before this folder, "
                        "install a package cmsis-nn or CMSIS-NN, or set CMSIS_NN_ROOT to its folder"));
  EXPECT_THAT(in_one_line(build("", {"-DCMSIS_NN_ROOT=/nowhere"})),
              HasSubstr("CMSIS_NN_ROOT is '/nowhere', which has no Include/arm_nnfunctions.h"));
}

TEST_F(CmsisNnFolder, TheCommandLineTellsWhatRunsWhere) {
  EXPECT_THAT(compile("--target m55 -o out"),
              AllOf(HasSubstr("\n  CMSIS-NN           16 of 27 kernel calls\n"
                              "  built-in           11 lut_s8 (hardswish, hardswish_1, hardswish_2, hardswish_3 and 7 "
                              "more): CMSIS-NN has no function for it\n")));
  const std::string report = testing::read_text(work_.path("out/report.json"));
  EXPECT_THAT(report, AllOf(HasSubstr("\"kernels\":\"cmsis-nn\""), HasSubstr("\"arm_depthwise_conv_wrapper_s8\""),
                            HasSubstr("\"fallback\":\"CMSIS-NN has no function for it\"")));
  EXPECT_THAT(work_.pudu_ok("analyze net.pt2 --target m55 --kernels cmsis-nn --quiet"), "");
}

TEST_F(CmsisNnFolder, TheSimulatorNeedsNoCmsisNn) {
  compile("--target m55 -o out");
  work_.pudu_ok("compile net.pt2 --calibration calib.npy --target m55 -o builtin --quiet");
  work_.pudu_ok("run out --input input.npy --output a.npy --raw --quiet");
  work_.pudu_ok("run builtin --input input.npy --output b.npy --raw --quiet");
  EXPECT_EQ(testing::read_text(work_.path("a.npy")), testing::read_text(work_.path("b.npy")));
}

TEST_F(CmsisNnFolder, AnUnknownLibraryIsRefused) {
  const base::ProcessResult result =
      work_.pudu("compile net.pt2 --calibration calib.npy --kernels cmsis -o out --quiet");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.standard_error, "error: --kernels: unknown kernel library 'cmsis'; supported: builtin, cmsis-nn\n");
}

TEST_F(CmsisNnFolder, ABoardNeedsCmsisNn) {
  compile("--target m55 -o out");
  for (const char* command : {"run out --input input.npy --on qemu --quiet", "bench out --quiet"}) {
    const base::ProcessResult result = work_.pudu(command, {"CMSIS_NN_ROOT="});
    EXPECT_EQ(result.code, 1) << command;
    EXPECT_EQ(result.standard_error,
              "error: --cmsis-nn-root: not given, and the model was compiled with --kernels cmsis-nn; the folder of "
              "CMSIS-NN, with Include/ and Source/\n"
              "hint: give --cmsis-nn-root DIR, or set CMSIS_NN_ROOT; the host simulator of `pudu run` needs none\n")
        << command;
  }
  const base::ProcessResult wrong = work_.pudu("bench out --cmsis-nn-root . --quiet");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.standard_error,
              HasSubstr("is not CMSIS-NN; its folder, with Include/arm_nnfunctions.h and Source/*/*.c\n"));
  const base::ProcessResult host = work_.pudu("run out --input input.npy --cmsis-nn-root . --quiet");
  EXPECT_EQ(host.code, 1);
  EXPECT_EQ(host.standard_error, "error: --cmsis-nn-root: given for a run on the host; with --on qemu only\n");
}

/// A model whose planned scratch is smaller than what CMSIS-NN wants, as of another version of it.
class ShrunkScratch : public ::testing::Test {
 protected:
  void SetUp() override {
    const testing::ModelFiles files = testing::model_files("tiny_cnn");
    driver::CompileOptions options;
    options.model = files.model;
    options.calibration = {files.calibration};
    options.target = targets::make_target("m4", "", targets::KernelLibrary::CmsisNn).value();
    base::SilentProgress progress;
    model_ = driver::compile(options, progress).value();
  }

  /// Status of the model on the double of `isa`, whose MVE wants more scratch than was planned for DSP.
  std::string status_on(targets::Isa isa, const std::vector<std::string>& flags) const {
    const std::string text = testing::compile_and_run(model_->program, model_->memory, isa, flags);
    return text.substr(0, text.find('\n'));
  }

  std::optional<driver::CompiledModel> model_;
};

TEST_F(ShrunkScratch, IsRefusedByTheRuntimeCheckBeforeTheCall) {
  EXPECT_EQ(status_on(targets::Isa::Dsp, {"-DPUDU_ENABLE_RUNTIME_CHECKS"}), "status 0");
  EXPECT_EQ(status_on(targets::Isa::Mve, {"-DPUDU_ENABLE_RUNTIME_CHECKS"}), "status 4");
}

/// The double looks at the size it is given; CMSIS-NN itself does not.
TEST_F(ShrunkScratch, ARefusalOfCmsisNnIsReturned) {
  EXPECT_EQ(status_on(targets::Isa::Mve, {}), "status 3");
}

TEST_F(ShrunkScratch, SingleRoundingAndArmclangDoNotBuild) {
  EXPECT_THAT(
      testing::compile_and_run(model_->program, model_->memory, targets::Isa::Dsp, {"-DCMSIS_NN_USE_SINGLE_ROUNDING"}),
      HasSubstr("computes other results than the model was made for"));
  EXPECT_THAT(
      testing::compile_and_run(model_->program, model_->memory, targets::Isa::Dsp, {"-D__ARMCC_VERSION=6220000"}),
      HasSubstr("built by armclang it wants other sizes"));
}

}  // namespace
}  // namespace pudu
