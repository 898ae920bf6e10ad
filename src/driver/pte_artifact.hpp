// The .pte form of a compilation: an ExecuTorch program of one file.
//
// Scratch: with CMSIS-NN's sizes a program runs on its kernels and on Pudu's. Where they make the arena larger than
// Pudu's kernels need it, the program is planned for Pudu's alone, unless the target asks for CMSIS-NN's
// (TargetConfig::kernels); the file says which (pte/metadata.hpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/compile.hpp"
#include "emitters/pte/pte_emitter.hpp"

namespace pudu::driver {

/// The name of the program in a folder that holds C++ as well.
inline constexpr const char* pte_file = "model.pte";

struct PteArtifact {
  CompiledModel model;  ///< as it stands in the file: its calls, its scratch, its plan
  std::vector<std::byte> bytes;
  /// Bytes by which scratch for CMSIS-NN's kernels would have raised the arena; 0 when the program is planned for them.
  std::size_t spared_bytes = 0;
  /// "pudu::argmax_s8.out", ...: those that a stock runtime does not have, each once.
  std::vector<std::string> own_operators;
};

/// The program of a model, planned as plan_pte.hpp says, read back and verified. Unsupported, naming all of them, for
/// calls that no operator computes; for the kernel library of CMSIS-NN, those that only Pudu's computes, too.
Result<PteArtifact> make_pte(const CompiledModel& model, emitters::PteOperators operators,
                             base::ProgressListener& progress,
                             const PlanOptions& plan = {.memory = MemoryMode::Layerwise});

/// Can the file be written? Asked before the work of a compilation. InvalidInput if not.
Status check_output_file(const std::filesystem::path& file);

/// Writes all of the file or nothing. InvalidInput when it cannot be written.
Status write_pte(const std::vector<std::byte>& bytes, const std::filesystem::path& file);

}  // namespace pudu::driver
