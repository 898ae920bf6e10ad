// Compiled models on emulated boards, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "support/models.hpp"

namespace pudu::testing {

/// Whose operands the kernels of a compiled folder take.
enum class KernelLayout : std::uint8_t { Prepared, Dialect };

/// A model compiled into a folder of its own, removed with it.
class CompiledFolder {
 public:
  CompiledFolder(const ModelFiles& files, const std::string& cpu, KernelLayout layout = KernelLayout::Prepared)
      : folder_(base::TempDirectory::create("pudu-test").value()) {
    base::SilentProgress progress;
    driver::CompiledModel model = compile_model(files, cpu);
    if (layout == KernelLayout::Dialect && model.dialect_program) {
      model.program = *model.dialect_program;
      model.memory = driver::plan_program(model.program).value();
      model.choices.clear();
    }
    auto report = driver::emit(model, folder_.path() / "model", progress);
    EXPECT_TRUE(report.ok()) << to_string(report.error());
    artifact_ = driver::read_artifact(folder_.path() / "model").value();
  }

  const driver::Artifact& artifact() const { return *artifact_; }
  std::filesystem::path work_dir() const { return folder_.path() / "work"; }

 private:
  base::TempDirectory folder_;
  std::optional<driver::Artifact> artifact_;
};

inline driver::Samples first_samples(const driver::Artifact& artifact, const std::filesystem::path& input,
                                     std::size_t count) {
  driver::Samples samples = samples_of(artifact.program, input);
  samples.resize(std::min(samples.size(), count));
  return samples;
}

}  // namespace pudu::testing
