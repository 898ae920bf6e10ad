// What one inference executed, layer by layer: instructions by class, branches, estimated cycles.
//
// The instruction counter writes which runs of instructions were executed between two markers (its file says how); the
// image says which layer begins at which marker (kernels/model_api.hpp). Here both are put together.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "emulator/cycles.hpp"
#include "emulator/thumb.hpp"

namespace pudu::emulator {

struct ExecutionCounts {
  std::uint64_t instructions = 0;
  std::array<std::uint64_t, instruction_class_count> by_class = {};  ///< by InstructionClass; their sum is instructions
  std::uint64_t branches_taken = 0;
  std::uint64_t branches_not_taken = 0;
  CycleRange cycles;  ///< zero for a CPU without a model

  ExecutionCounts& operator+=(const ExecutionCounts& other);
  std::uint64_t of(InstructionClass kind) const { return by_class[static_cast<std::size_t>(kind)]; }
  friend bool operator==(const ExecutionCounts&, const ExecutionCounts&) = default;
};

struct Profile {
  std::vector<ExecutionCounts> layers;  ///< in the order of the model's steps
  ExecutionCounts glue;                 ///< what is in no layer: the call of run() and its return
  /// Layers and glue together: exactly what is counted without a profile.
  ExecutionCounts whole() const;
};

/// An instruction at `address` before which layer `index` begins.
struct LayerMarker {
  std::uint32_t address = 0;
  std::uint32_t index = 0;
};

/// The markers of an image, none where it was built without. InvalidInput for what is no such image.
Result<std::vector<LayerMarker>> read_layer_markers(const std::filesystem::path& elf);

/// The first measurement in what the instruction counter wrote. An index of `layer_count` or more begins glue.
/// InvalidInput, naming the line, when the text is not of that form.
Result<Profile> parse_profile(std::string_view text, const std::vector<LayerMarker>& markers, std::size_t layer_count,
                              std::optional<CycleModel> model);

}  // namespace pudu::emulator
