// Runs a firmware image in QEMU: samples in, outputs, instruction counts and peak stack out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "emulator/firmware.hpp"
#include "emulator/profile.hpp"

namespace pudu::emulator {

/// The bytes of one sample: all inputs of the model (or all outputs) one after the other, in their order.
using SampleBytes = std::vector<std::uint8_t>;

/// A profile of the first sample takes longer, and says nothing by layer unless the firmware has layer markers.
enum class Measurement : std::uint8_t { Instructions, Profile };

struct QemuOptions {
  std::chrono::milliseconds timeout = std::chrono::minutes(10);  ///< wall time of all samples together
  Measurement measurement = Measurement::Instructions;
  std::size_t layer_count = 0;                 ///< steps of the model, for a profile
  std::optional<CycleModel> cycle_model = {};  ///< for a profile with estimated cycles
};

struct QemuRun {
  std::vector<SampleBytes> outputs;         ///< one per sample
  std::vector<std::uint8_t> statuses;       ///< what run() returned, one per sample: a pudu::RunStatus, 0 is Ok
  std::vector<std::uint64_t> instructions;  ///< executed by run(), one per sample; not cycles. Exact and repeatable
  std::optional<Profile> profile;           ///< of the first sample, where it was asked for
  std::uint32_t peak_stack_bytes = 0;       ///< the deepest run() over all samples, in steps of 4 bytes
};

/// Runs the samples one after the other in one emulator. Fails with InvalidInput when samples differ in size or do not
/// have the size of the model's inputs, Unsupported when QEMU or the instruction counter is missing, LimitExceeded when
/// the time is up, Internal when the firmware faults (with the registers of the fault).
Result<QemuRun> run_on_qemu(const Firmware& firmware, const std::vector<SampleBytes>& samples,
                            const QemuOptions& options = {});

}  // namespace pudu::emulator
