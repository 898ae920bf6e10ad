// Compiled models as .pte programs, run beside the host simulator.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/executorch_run.hpp"
#include "driver/pte_artifact.hpp"
#include "driver/run.hpp"
#include "pte/read.hpp"
#include "support/models.hpp"

namespace pudu::testing {

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  return std::move(result).value();
}

inline driver::PteArtifact pte_of(const driver::CompiledModel& model,
                                  emitters::PteOperators operators = emitters::PteOperators::Nhwc) {
  base::SilentProgress progress;
  return value_of(driver::make_pte(model, operators, progress));
}

/// Gives the model, also in the dialect's layout, another target.
inline void set_target(driver::CompiledModel& model, const targets::TargetConfig& target) {
  model.program.target = target;
  if (model.dialect_program) model.dialect_program->target = target;
}

/// The model for another CPU: nothing but its scratch depends on that in a `.pte`.
inline driver::CompiledModel for_target(driver::CompiledModel model, const std::string& cpu) {
  set_target(model, value_of(targets::make_target(cpu, "")));
  return model;
}

/// The model for the library of CMSIS-NN's kernels.
inline driver::CompiledModel for_cmsis_nn(driver::CompiledModel model) {
  targets::TargetConfig target = model.program.target;
  target.kernels = targets::KernelLibrary::CmsisNn;
  set_target(model, target);
  return model;
}

/// Seeded noise for every input: codes, or floats of a normal distribution.
inline driver::Samples noise_for(const program::Program& program, std::size_t count) {
  std::mt19937 generator(7);
  driver::Samples samples(count);
  for (auto& sample : samples) {
    for (const program::Port& port : program.inputs) {
      const program::Buffer& buffer = program.buffer(port.buffer);
      std::size_t elements = 1;
      for (const std::int64_t size : port.shape) elements *= static_cast<std::size_t>(size);
      if (buffer.type == program::ElementType::Float32) {
        std::vector<float> values(elements);
        std::normal_distribution<float> normal;
        for (float& value : values) value = normal(generator);
        sample.push_back(base::make_array(port.shape, values));
      } else if (buffer.type == program::ElementType::Int32) {
        base::Array positions{base::ArrayType::Int32, port.shape, {}};
        for (std::size_t i = 0; i < elements; ++i) {
          for (const unsigned byte : {static_cast<unsigned>(generator() % 8), 0U, 0U, 0U}) {
            positions.bytes.push_back(static_cast<std::byte>(byte));
          }
        }
        sample.push_back(std::move(positions));
      } else if (buffer.type == program::ElementType::Int16) {
        base::Array codes{base::ArrayType::Int16, port.shape, {}};
        for (std::size_t i = 0; i < 2 * elements; ++i)
          codes.bytes.push_back(static_cast<std::byte>(generator() & 0xFFU));
        sample.push_back(std::move(codes));
      } else {
        std::vector<std::int8_t> codes(elements);
        for (std::int8_t& code : codes) code = static_cast<std::int8_t>(generator() & 0xFFU);
        sample.push_back(base::make_array(port.shape, codes));
      }
    }
  }
  return samples;
}

inline std::vector<std::vector<base::Array>> run_simulator(const driver::CompiledModel& model,
                                                           const driver::Samples& samples) {
  base::SilentProgress progress;
  return value_of(driver::run_on_host(simulated(model), samples, progress)).outputs;
}

inline std::vector<std::vector<base::Array>> run_executorch(const driver::PteArtifact& artifact,
                                                            const driver::Samples& samples) {
  const base::TempDirectory folder = base::TempDirectory::create("pudu-pte").value();
  const std::filesystem::path file = folder.path() / "model.pte";
  EXPECT_TRUE(driver::write_pte(artifact.bytes, file).ok());
  const driver::ExecutorchProgram program = value_of(driver::read_executorch_program(file));
  driver::ExecutorchOptions options;
  options.runner = PUDU_EXECUTORCH_RUNNER;
  return value_of(driver::run_on_executorch(program, samples, options)).outputs;
}

}  // namespace pudu::testing
