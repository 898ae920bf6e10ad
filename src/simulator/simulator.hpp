// Runs a Program on the host with the very kernels that the device runs, in an arena laid out by the same memory plan,
// so that its bytes are those of QEMU and of the device. Where the host has a faster form of a kernel
// (host_kernels/layers.hpp), that runs: over the same prepared operands, with the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "host_kernels/layers.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "simulator/prepared_steps.hpp"

namespace pudu::simulator {

/// What the simulator does to memory that the plan says is free.
enum class FreeMemory : std::uint8_t {
  Untouched,  ///< as on the device
  /// Behind each step every byte that no later step reads is overwritten: a wrong plan changes the result. The kernels'
  /// twins run, which use scratch.
  Poisoned,
};

/// Called after each step (of the schedule, where there is one) with the bytes of the arena; for tests.
using StepObserver = std::function<void(std::size_t step, std::span<const std::byte> arena)>;

class Simulator {
 public:
  /// `program` must outlive the simulator. InvalidInput when a kernel is unknown (the program is another version's),
  /// Internal when the map does not fit the program. `layers` are those of this program, made once for many
  /// simulators; null: this one makes its own.
  static Result<Simulator> create(const program::Program& program, const program::MemoryMap& map,
                                  FreeMemory free_memory = FreeMemory::Untouched,
                                  std::shared_ptr<const host_kernels::ProgramLayers> layers = nullptr);

  // A copy's arena would begin at another address, perhaps not an aligned one.
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;
  Simulator(Simulator&&) = default;
  Simulator& operator=(Simulator&&) = default;
  ~Simulator() = default;

  /// One inference: raw bytes of each input in, raw bytes of each output out, in the ports' order. States are as the
  /// last run left them.
  /// InvalidInput when the number or size of inputs is wrong; Internal when a guard around the arena was overwritten.
  Result<std::vector<std::vector<std::byte>>> run(std::span<const std::vector<std::byte>> inputs,
                                                  const StepObserver& observer = {});
  /// Gives states their initial values, as before the first run.
  void reset();

 private:
  Simulator(const program::Program& program, const program::MemoryMap& map, FreeMemory free_memory,
            std::shared_ptr<const host_kernels::ProgramLayers> layers);
  Status check_inputs(std::span<const std::vector<std::byte>> inputs) const;
  std::byte* address(program::BufferId id);
  void run_call(std::size_t index, const program::KernelCall& call, std::span<const std::size_t> offsets);
  void run_layers(const StepObserver& observer);
  void run_schedule(std::span<const std::vector<std::byte>> inputs, const StepObserver& observer);
  void run_scheduled(const PreparedStep& step, std::span<const std::vector<std::byte>> inputs);
  void poison(const std::vector<ByteRange>& ranges);
  bool is_fed(program::BufferId id) const;
  static bool guards_intact(const std::vector<std::byte>& memory, std::size_t begin, std::size_t bytes);
  std::span<std::byte> arena();

  const program::Program* program_;
  program::MemoryMap map_;  ///< where free memory is poisoned, with a schedule
  FreeMemory free_memory_;
  std::shared_ptr<const host_kernels::ProgramLayers> layers_;
  std::vector<PreparedStep> steps_;            ///< of the map's schedule
  std::vector<std::vector<ByteRange>> dying_;  ///< by step; when free memory is poisoned
  std::vector<std::byte> memory_;              ///< guard, arena, guard; the arena starts at a 16-byte boundary
  std::size_t arena_begin_ = 0;
  std::vector<std::byte> state_memory_;  ///< guard, state block, guard, aligned in the same way
  std::size_t state_begin_ = 0;
};

}  // namespace pudu::simulator
