// compile(): the one function that wires the stages, from a model file to a Program with a memory map.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "ir/graph.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "quantizer/options.hpp"
#include "targets/target.hpp"

namespace pudu::driver {

/// How the caller passes images: as PyTorch has them, or with channels innermost (no transpose on the device).
enum class InputLayout : std::uint8_t { AsExported, Nchw, Nhwc };

struct CompileOptions {
  std::filesystem::path model;
  /// One .npz or one .npy per input; empty = synthetic data, for analysis only: sizes are right, accuracy is not.
  std::vector<std::filesystem::path> calibration;
  targets::TargetConfig target;
  quantizer::QuantizerOptions quantizer;
  InputLayout input_layout = InputLayout::AsExported;
  std::optional<std::int64_t> batch;                   ///< for models with a dynamic batch
  std::optional<std::filesystem::path> intermediates;  ///< folder for the text of every stage
  std::optional<std::size_t> ram_bytes;                ///< fail when the arena is larger
  std::optional<std::size_t> flash_bytes;              ///< fail when the constants are larger
};

struct StageTime {
  std::string name;
  double seconds = 0;
  std::size_t peak_memory_bytes = 0;  ///< of the process, up to the end of the stage
};

struct CompiledModel {
  program::Program program;
  program::MemoryMap memory;
  std::vector<StageTime> stages;
  std::string model_file;  ///< name of the model's file, without its folder
};

/// Errors are those of the stages, with the file filled in; LimitExceeded when --ram or --flash are too small.
Result<CompiledModel> compile(const CompileOptions& options, base::ProgressListener& progress);

/// LimitExceeded, naming what needs most, when the arena or the constants are larger than allowed.
Status check_limits(const CompiledModel& model, std::optional<std::size_t> ram_bytes,
                    std::optional<std::size_t> flash_bytes);

/// Plans the arena of a program and checks the plan with the independent validator.
Result<program::MemoryMap> plan_program(const program::Program& program);

/// Bytes of all constants: what the model itself needs of the flash, without code.
std::size_t constant_bytes(const program::Program& program);

}  // namespace pudu::driver
