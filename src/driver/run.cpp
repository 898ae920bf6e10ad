#include "driver/run.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

#include "base/parallel.hpp"
#include "base/temp_directory.hpp"
#include "driver/port_bytes.hpp"
#include "emitters/cpp/cmsis_nn_calls.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "host_kernels/layers.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"
#include "kernels/model_api.hpp"
#include "simulator/simulator.hpp"

namespace pudu::driver {
namespace {

using Bytes = std::vector<std::byte>;

/// The bytes that the model's input buffer takes. float32 data for an integer input are quantized by the device's own
/// kernel.
Result<Bytes> to_input_bytes(const base::Array& array, const program::Buffer& buffer, const program::Port& port) {
  if (buffer.type == program::ElementType::Int32) return array.bytes;
  const bool model_is_float = buffer.type == program::ElementType::Float32;
  const bool data_is_float = array.dtype == base::ArrayType::Float32;
  if (model_is_float && !data_is_float) {
    return invalid_input({.where = port.name,
                          .found = "data type " + std::string(base::to_string(array.dtype)),
                          .allowed = "float32: the model was compiled with --io float32"});
  }
  if (model_is_float == data_is_float) return array.bytes;
  return to_bytes(array.data<float>(), buffer);
}

Result<std::vector<Bytes>> to_input_bytes(const program::Program& program, const std::vector<base::Array>& sample) {
  std::vector<Bytes> inputs;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const program::Port& port = program.inputs[i];
    PUDU_TRY_ASSIGN(Bytes bytes, to_input_bytes(sample[i], program.buffer(port.buffer), port));
    inputs.push_back(std::move(bytes));
  }
  return inputs;
}

base::Array output_array(const program::Program& program, const program::Port& port, Bytes bytes) {
  const program::ElementType type = program.buffer(port.buffer).type;
  const base::ArrayType array_type = type == program::ElementType::Float32 ? base::ArrayType::Float32
                                     : type == program::ElementType::Int32 ? base::ArrayType::Int32
                                     : type == program::ElementType::Int16 ? base::ArrayType::Int16
                                                                           : base::ArrayType::Int8;
  return {array_type, port.shape, std::move(bytes)};
}

std::vector<base::Array> output_arrays(const program::Program& program, std::vector<Bytes> outputs) {
  std::vector<base::Array> arrays;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    arrays.push_back(output_array(program, program.outputs[i], std::move(outputs[i])));
  }
  return arrays;
}

/// Samples shared out among threads; the first error wins.
class HostRun {
 public:
  HostRun(const Artifact& artifact, SampleQueue& samples, base::ProgressListener& progress, SampleStates states)
      : artifact_(artifact),
        samples_(samples),
        progress_(progress),
        states_(states),
        outputs_(samples.count()),
        layers_(host_kernels::ProgramLayers::make(artifact.program)) {}

  Result<RunOutcome> run() {
    // One piece per worker, not per sample: each has a simulator of its own. A sequence has one worker.
    const bool is_sequence = states_ == SampleStates::Kept && has_states(artifact_.program);
    base::parallel_for(is_sequence ? 1 : base::worker_count(samples_.count()), [this](std::size_t) {
      if (Status status = work(); !status) fail(std::move(status).error());
    });
    if (!status_) return std::move(status_).error();
    return RunOutcome{std::move(outputs_), std::nullopt, std::move(extents_)};
  }

 private:
  Status work() {
    PUDU_TRY_ASSIGN(
        simulator::Simulator simulator,
        simulator::Simulator::create(artifact_.program, artifact_.memory, simulator::FreeMemory::Untouched, layers_));
    for (;;) {
      PUDU_TRY_ASSIGN(const std::optional<SampleQueue::Item> item, samples_.next());
      if (!item) return {};
      PUDU_TRY(run_sample(simulator, *item));
      const std::vector<InputExtent> extents = extents_of(item->sample, artifact_.program);
      const std::lock_guard lock(mutex_);
      add_extents(extents_, extents);
      progress_.advance(++done_, samples_.count());
    }
  }

  Status run_sample(simulator::Simulator& simulator, const SampleQueue::Item& item) {
    PUDU_TRY_ASSIGN(const std::vector<Bytes> inputs, to_input_bytes(artifact_.program, item.sample));
    if (states_ == SampleStates::Reset) simulator.reset();
    PUDU_TRY_ASSIGN(std::vector<Bytes> outputs, simulator.run(inputs));
    outputs_[item.index] = output_arrays(artifact_.program, std::move(outputs));
    return {};
  }

  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    if (status_) status_ = std::move(error);
    samples_.stop();
  }

  const Artifact& artifact_;
  SampleQueue& samples_;
  base::ProgressListener& progress_;
  SampleStates states_;
  std::vector<std::vector<base::Array>> outputs_;
  std::vector<InputExtent> extents_;
  std::shared_ptr<const host_kernels::ProgramLayers> layers_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  Status status_;
};

Result<RunOutcome> run_samples(const Artifact& artifact, SampleQueue& samples, base::ProgressListener& progress,
                               SampleStates states) {
  progress.begin("run on the host simulator");
  Result<RunOutcome> outcome = HostRun(artifact, samples, progress, states).run();
  progress.end();
  return outcome;
}

Result<std::vector<emulator::SampleBytes>> board_inputs(const program::Program& program, const Samples& samples) {
  std::vector<emulator::SampleBytes> all;
  for (const std::vector<base::Array>& sample : samples) {
    PUDU_TRY_ASSIGN(const std::vector<Bytes> inputs, to_input_bytes(program, sample));
    emulator::SampleBytes joined;
    for (const Bytes& input : inputs) {
      for (const std::byte byte : input) joined.push_back(std::to_integer<std::uint8_t>(byte));
    }
    all.push_back(std::move(joined));
  }
  return all;
}

std::vector<base::Array> split_outputs(const program::Program& program, const emulator::SampleBytes& joined) {
  std::vector<base::Array> arrays;
  std::size_t begin = 0;
  for (const program::Port& port : program.outputs) {
    Bytes bytes(program.buffer(port.buffer).bytes());
    std::memcpy(bytes.data(), joined.data() + begin, bytes.size());
    begin += bytes.size();
    arrays.push_back(output_array(program, port, std::move(bytes)));
  }
  return arrays;
}

/// Relative paths of the *.cpp that this model needs.
Result<std::vector<std::string>> kernel_source_paths(const Artifact& artifact) {
  PUDU_TRY_ASSIGN(const std::vector<base::OutputFile> files,
                  emitters::kernel_sources(artifact.program, artifact.memory));
  std::vector<std::string> paths;
  for (const base::OutputFile& file : files) {
    if (file.path.ends_with(".cpp")) paths.push_back(file.path);
  }
  return paths;
}

Status check_statuses(const emulator::QemuRun& run) {
  for (std::size_t i = 0; i < run.statuses.size(); ++i) {
    if (run.statuses[i] == static_cast<std::uint8_t>(RunStatus::Ok)) continue;
    return internal_error({.where = "sample " + std::to_string(i),
                           .found = "the model returned status " + std::to_string(run.statuses[i])});
  }
  return {};
}

}  // namespace

std::vector<PortShape> input_shapes(const program::Program& program) {
  std::vector<PortShape> shapes;
  for (const program::Port& port : program.inputs) {
    const program::ElementType type = program.buffer(port.buffer).type;
    PortShape& shape = shapes.emplace_back(PortShape{port.name, port.shape});
    if (type == program::ElementType::Int32) shape.content = PortContent::Positions;
    if (type == program::ElementType::Int8) shape.codes = base::ArrayType::Int8;
    if (type == program::ElementType::Int16) shape.codes = base::ArrayType::Int16;
  }
  return shapes;
}

bool has_states(const program::Program& program) {
  return std::any_of(program.buffers.begin(), program.buffers.end(),
                     [](const program::Buffer& buffer) { return buffer.kind == program::BufferKind::State; });
}

Result<std::optional<SampleQueue::Item>> SampleQueue::next() {
  const std::lock_guard lock(mutex_);
  if (next_ >= count_) return std::optional<Item>();
  const std::size_t index = next_++;
  PUDU_TRY_ASSIGN(std::vector<base::Array> sample, read_(index));
  return std::optional(Item{index, std::move(sample)});
}

void SampleQueue::stop() {
  const std::lock_guard lock(mutex_);
  next_ = count_;
}

Result<RunOutcome> run_on_host(const Artifact& artifact, const SampleStream& samples, base::ProgressListener& progress,
                               SampleStates states) {
  SampleQueue queue(samples);
  return run_samples(artifact, queue, progress, states);
}

Result<RunOutcome> run_on_host(const Artifact& artifact, const Samples& samples, base::ProgressListener& progress,
                               SampleStates states) {
  SampleQueue queue(samples);
  return run_samples(artifact, queue, progress, states);
}

/// The folder of CMSIS-NN, for a program that calls it; empty for others.
Result<std::filesystem::path> cmsis_nn_root(const program::Program& program, const BoardOptions& options) {
  if (!emitters::calls_cmsis_nn(program)) return std::filesystem::path();
  if (!options.cmsis_nn_root.empty()) return options.cmsis_nn_root;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets the environment
  if (const char* root = std::getenv("CMSIS_NN_ROOT"); root != nullptr && *root != 0) {
    return std::filesystem::path(root);
  }
  return usage_error(
      {.where = "--cmsis-nn-root",
       .found = "not given, and the model was compiled with --kernels cmsis-nn",
       .allowed = "the folder of CMSIS-NN, with Include/ and Source/",
       .hint = "give --cmsis-nn-root DIR, or set CMSIS_NN_ROOT; the host simulator of `pudu run` needs none"});
}

/// A model without states has no reset() to call.
std::vector<std::string> runner_flags(const program::Program& program, SampleStates states) {
  if (states == SampleStates::Kept || !has_states(program)) return {};
  return {"-DPUDU_RESET_EACH_SAMPLE"};
}

/// A profile wants markers in the image, which are no part of the model: its sizes are those of the image without.
Result<emulator::Firmware> build_for(emulator::FirmwareRequest request, emulator::Measurement measurement) {
  PUDU_TRY_ASSIGN(emulator::Firmware firmware, emulator::build_firmware(request));
  if (measurement == emulator::Measurement::Instructions) return firmware;
  request.layer_markers = emulator::LayerMarkers::On;
  PUDU_TRY_ASSIGN(const emulator::Firmware marked, emulator::build_firmware(request));
  firmware.elf = marked.elf;
  return firmware;
}

Result<RunOutcome> run_on_board(const Artifact& artifact, const Samples& samples, const BoardOptions& options,
                                base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const std::filesystem::path cmsis_nn, cmsis_nn_root(artifact.program, options));
  PUDU_TRY_ASSIGN(const emulator::Device device,
                  emulator::choose_device(artifact.program.target, options.cpu, options.board));
  const std::string board_name(device.board.name);
  PUDU_TRY_ASSIGN(const std::vector<emulator::SampleBytes> inputs, board_inputs(artifact.program, samples));

  progress.begin("build the firmware for " + board_name);
  std::optional<base::TempDirectory> temporary;
  std::filesystem::path work_dir = options.work_dir;
  if (work_dir.empty()) {
    PUDU_TRY_ASSIGN(temporary, base::TempDirectory::create("pudu-firmware"));
    work_dir = temporary->path();
  }
  PUDU_TRY_ASSIGN(const std::vector<std::string> kernels, kernel_source_paths(artifact));
  emulator::FirmwareRequest request = {.model_dir = artifact.folder,
                                       .kernel_sources = kernels,
                                       .model_namespace = emitters::cpp_namespace(artifact.program),
                                       .board = board_name,
                                       .compiler_flags = emulator::split_flags(device.compiler_flags),
                                       .work_dir = work_dir,
                                       .cmsis_nn_root = cmsis_nn,
                                       .runner_flags = runner_flags(artifact.program, options.states)};
  Result<emulator::Firmware> firmware = build_for(request, options.measurement);
  progress.end();
  if (!firmware) return std::move(firmware).error();

  progress.begin("run " + std::to_string(samples.size()) + (samples.size() == 1 ? " sample on " : " samples on ") +
                 board_name + " in QEMU");
  Result<emulator::QemuRun> run = emulator::run_on_qemu(*firmware, inputs,
                                                        {.measurement = options.measurement,
                                                         .layer_count = artifact.program.calls.size(),
                                                         .cycle_model = emulator::cycle_model_for(device.cpu->name)});
  progress.end();
  if (!run) return std::move(run).error();
  PUDU_TRY(check_statuses(*run));

  RunOutcome outcome;
  for (const std::vector<base::Array>& sample : samples) {
    add_extents(outcome.inputs, extents_of(sample, artifact.program));
  }
  for (const emulator::SampleBytes& output : run->outputs) {
    outcome.outputs.push_back(split_outputs(artifact.program, output));
  }
  outcome.device = DeviceFigures{std::string(device.cpu->name), board_name,      run->instructions,
                                 run->peak_stack_bytes,         firmware->sizes, std::move(run->profile)};
  return outcome;
}

base::Array dequantized(const base::Array& raw, const program::Buffer& buffer) {
  if (raw.dtype == base::ArrayType::Float32) return raw;
  if (raw.dtype == base::ArrayType::Int32) return base::make_array(raw.shape, base::to_float32(raw));
  base::Array result{base::ArrayType::Float32, raw.shape,
                     Bytes(static_cast<std::size_t>(raw.elements()) * sizeof(float))};
  if (raw.dtype == base::ArrayType::Int16) {
    kernels::DequantizeS16F32::run(
        {static_cast<std::int32_t>(raw.elements()), buffer.quantization->scale, buffer.quantization->zero_point},
        {raw.data<std::int16_t>().data(), reinterpret_cast<float*>(result.bytes.data())});
    return result;
  }
  const kernels::DequantizeS8F32Params params{static_cast<std::int32_t>(raw.elements()), buffer.quantization->scale,
                                              buffer.quantization->zero_point};
  kernels::DequantizeS8F32::run(params,
                                {raw.data<std::int8_t>().data(), reinterpret_cast<float*>(result.bytes.data())});
  return result;
}

}  // namespace pudu::driver
