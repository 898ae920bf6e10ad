// Runs an ExecuTorch program (.pte) on samples: on ExecuTorch's stock runtime with Pudu's operators, by the program
// `pudu-executorch-runner` in a process of its own. Pudu's reader has verified the file before.
//
// Limits: tensors of float32, int8 or int16 go in and out, and of int32 for positions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/result.hpp"
#include "driver/memory_log.hpp"
#include "driver/samples.hpp"
#include "pte/metadata.hpp"

namespace pudu::driver {

/// True for a file of that name (*.pte) or with that content.
bool is_executorch_program(const std::filesystem::path& file);

struct ExecutorchPort {
  PortShape shape;  ///< logical, PyTorch's order
  base::ArrayType type = base::ArrayType::Float32;
  std::optional<pte::PortQuantization> quantization = {};  ///< of codes, where the program records it
};

struct ExecutorchProgram {
  std::filesystem::path file;
  std::vector<ExecutorchPort> inputs, outputs;
};

/// Reads and verifies all of the file. InvalidInput when it is damaged; Unsupported for what Pudu does not handle.
Result<ExecutorchProgram> read_executorch_program(const std::filesystem::path& file);

/// Samples of the program's inputs: float32, or int8 codes where an input is int8. float32 samples of an int8 or int16
/// input are quantized as the program records it; InvalidInput where it records nothing.
Result<Samples> load_executorch_samples(const ExecutorchProgram& program, std::span<const std::filesystem::path> files);

/// Time of one instruction over all samples.
struct OperatorTime {
  std::uint32_t instruction = 0;
  std::string name;
  std::uint64_t calls = 0;
  std::uint64_t nanoseconds = 0;
};

struct ExecutorchOutcome {
  std::vector<std::vector<base::Array>> outputs;  ///< outputs[sample][port]
  MemoryLog memory;
  std::vector<double> milliseconds;     ///< per sample
  std::vector<OperatorTime> operators;  ///< empty unless asked for
};

enum class OperatorProfile { Off, On };

struct ExecutorchOptions {
  OperatorProfile profile = OperatorProfile::Off;
  std::filesystem::path etdump;  ///< where ExecuTorch's own profile goes; empty: nowhere
  std::filesystem::path runner;  ///< empty: the one beside this executable
};

/// InvalidInput when the runtime refuses the program or the kernels refuse a call, with what they logged.
Result<ExecutorchOutcome> run_on_executorch(const ExecutorchProgram& program, const Samples& samples,
                                            const ExecutorchOptions& options);

/// real = (code - zero_point) * scale for outputs whose quantization the program records; others pass.
void dequantize_outputs(const ExecutorchProgram& program, ExecutorchOutcome& outcome);

}  // namespace pudu::driver
