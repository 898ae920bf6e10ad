// Runs a compiled model on samples: on the host simulator or on the emulated board of its target. Both give the same
// bits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/artifact.hpp"
#include "driver/input_extent.hpp"
#include "driver/samples.hpp"
#include "emulator/emulator.hpp"

namespace pudu::driver {

/// What the emulated board tells beside the outputs.
struct DeviceFigures {
  std::string cpu;  ///< that the firmware is built for
  std::string board;
  std::vector<std::uint64_t> instructions;  ///< per sample; executed instructions, not cycles
  std::size_t stack_bytes = 0;              ///< deepest
  emulator::FirmwareSizes sizes;
  std::optional<emulator::Profile> profile;  ///< of the first sample, a layer for each call, where it was asked for
};

struct RunOutcome {
  std::vector<std::vector<base::Array>> outputs;  ///< outputs[sample][port]: raw elements in the port's shape
  std::optional<DeviceFigures> device;
  std::vector<InputExtent> inputs = {};  ///< of all samples, for input_warnings(); empty of a float network
};

/// The model's inputs as the caller passes them. Those of 8 and of 16 bits take codes as well as float32, which is
/// quantized; those of a model compiled with --io float32 take float32 only.
std::vector<PortShape> input_shapes(const program::Program& program);

/// What a model with states finds in them when a sample begins.
enum class SampleStates : std::uint8_t {
  Kept,   ///< what the sample before left behind: the samples are one sequence
  Reset,  ///< their initial values: each sample stands alone
};

/// Does the model keep anything from run to run?
bool has_states(const program::Program& program);

/// Gives each thread that asks the next sample, read in order.
class SampleQueue {
 public:
  explicit SampleQueue(const SampleStream& stream)
      : count_(stream.count()), read_([&stream](std::size_t index) { return stream.read(index); }) {}
  explicit SampleQueue(const Samples& samples)
      : count_(samples.size()),
        read_([&samples](std::size_t index) -> Result<std::vector<base::Array>> { return samples[index]; }) {}

  std::size_t count() const { return count_; }

  struct Item {
    std::size_t index = 0;
    std::vector<base::Array> sample;
  };
  /// Nothing behind the last one, or once stopped.
  Result<std::optional<Item>> next();
  void stop();

 private:
  std::size_t count_;
  std::function<Result<std::vector<base::Array>>(std::size_t)> read_;
  std::mutex mutex_;
  std::size_t next_ = 0;
};

/// Runs every sample, on all cores; one after the other when states are kept. Holds all outputs, but of a stream only
/// the inputs that are being run.
Result<RunOutcome> run_on_host(const Artifact& artifact, const SampleStream& samples, base::ProgressListener& progress,
                               SampleStates states = SampleStates::Kept);
Result<RunOutcome> run_on_host(const Artifact& artifact, const Samples& samples, base::ProgressListener& progress,
                               SampleStates states = SampleStates::Kept);

/// See emulator::choose_device.
struct BoardOptions {
  std::string board;               ///< instead of the target's own, when not empty
  std::filesystem::path work_dir;  ///< keeps objects and images for later runs; a temporary folder when empty
  std::string cpu = {};            ///< for a model that is compiled for any CPU; empty = cortex-m55, or the board's
  std::filesystem::path cmsis_nn_root = {};  ///< for a model that calls it; empty = environment CMSIS_NN_ROOT
  SampleStates states = SampleStates::Kept;
  emulator::Measurement measurement = emulator::Measurement::Instructions;
};

/// Builds the firmware and runs every sample in one emulator.
Result<RunOutcome> run_on_board(const Artifact& artifact, const Samples& samples, const BoardOptions& options,
                                base::ProgressListener& progress);

/// real = (q - zero_point) * scale for int8 outputs; float outputs pass.
base::Array dequantized(const base::Array& raw, const program::Buffer& buffer);

}  // namespace pudu::driver
