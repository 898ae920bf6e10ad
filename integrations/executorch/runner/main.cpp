// pudu-executorch-runner: runs a .pte program on ExecuTorch's stock runtime with Pudu's operators, in a process of its
// own, because that runtime trusts the file. `pudu run --on executorch` verifies the file and starts this.
//
//   pudu-executorch-runner FILE.pte [--input FILE.npy]... --output-dir DIR [--profile] [--etdump FILE] [--verbose]
//
// One array per input, in the order of the program's inputs: one sample of the input's shape, or several with an axis
// in front, or, for a batch of 1, on the first axis. DIR gets out0.npy, out1.npy, ... with a sample axis in front, and
// report.json: memory counters, times.
// Exit codes: 0, 1 usage, 2 bad program or input, 3 unsupported. Messages are on standard error.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "runner/log.hpp"
#include "runner/profile.hpp"
#include "runner/program_runner.hpp"

namespace pudu::executorch_runner {
namespace {

struct Options {
  std::string program;
  std::vector<std::string> inputs;
  std::string output_dir;
  std::string etdump;
  bool profile = false;
  bool verbose = false;
};

Result<Options> parse_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&]() -> Result<std::string> {
      if (i + 1 < count) return std::string(words[++i]);
      return usage_error({.where = word, .found = "no value", .allowed = "one value"});
    };
    if (word == "--input") {
      PUDU_TRY_ASSIGN(std::string file, value());
      options.inputs.push_back(std::move(file));
    } else if (word == "--output-dir") {
      PUDU_TRY_ASSIGN(options.output_dir, value());
    } else if (word == "--etdump") {
      PUDU_TRY_ASSIGN(options.etdump, value());
    } else if (word == "--profile") {
      options.profile = true;
    } else if (word == "--verbose") {
      options.verbose = true;
    } else if (word.rfind("--", 0) == 0 || !options.program.empty()) {
      return usage_error({.where = word,
                          .found = "not understood",
                          .allowed = "FILE.pte --input FILE.npy --output-dir DIR --profile --etdump FILE --verbose"});
    } else {
      options.program = word;
    }
  }
  if (options.program.empty() || options.output_dir.empty()) {
    return usage_error({.where = "arguments", .found = "no program or no --output-dir", .allowed = "both"});
  }
  return options;
}

/// The samples of one input, each of the port's shape.
Result<std::vector<base::Array>> split_samples(const base::Array& array, const Port& port, const std::string& file) {
  std::vector<std::int64_t> shape(port.sizes.begin(), port.sizes.end());
  if (array.dtype != port.type) {
    return invalid_input({.file = file,
                          .found = std::string(base::to_string(array.dtype)),
                          .allowed = std::string(base::to_string(port.type))});
  }
  std::vector<std::int64_t> stacked = shape;
  stacked.insert(stacked.begin(), array.shape.empty() ? 0 : array.shape.front());
  const bool is_batch_of_one = !shape.empty() && shape.front() == 1 && array.shape.size() == shape.size() &&
                               std::equal(shape.begin() + 1, shape.end(), array.shape.begin() + 1);
  std::size_t count = 0;
  if (array.shape == shape) {
    count = 1;
  } else if (array.shape == stacked || is_batch_of_one) {
    count = static_cast<std::size_t>(array.shape.front());
  } else {
    return invalid_input(
        {.file = file, .found = "another shape", .allowed = "the input's, or samples of it on an axis in front"});
  }
  std::vector<base::Array> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* first = array.bytes.data() + i * port.bytes;
    samples[i] = {array.dtype, shape, {first, first + port.bytes}};
  }
  return samples;
}

/// samples[s][i]: sample s of input i.
Result<std::vector<std::vector<base::Array>>> read_samples(const Options& options, const std::vector<Port>& ports) {
  if (options.inputs.size() != ports.size()) {
    return invalid_input({.where = "--input",
                          .found = std::to_string(options.inputs.size()) + " files",
                          .allowed = std::to_string(ports.size()) + ", one for each input of the program"});
  }
  std::vector<std::vector<base::Array>> samples;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    PUDU_TRY_ASSIGN(const base::Array array, base::read_npy(options.inputs[i]));
    PUDU_TRY_ASSIGN(std::vector<base::Array> of_port, split_samples(array, ports[i], options.inputs[i]));
    if (i == 0) samples.resize(of_port.size());
    if (of_port.size() != samples.size()) {
      return invalid_input({.file = options.inputs[i],
                            .found = std::to_string(of_port.size()) + " samples",
                            .allowed = std::to_string(samples.size()) + ", as the first input"});
    }
    for (std::size_t s = 0; s < samples.size(); ++s) samples[s].push_back(std::move(of_port[s]));
  }
  if (ports.empty()) samples.resize(1);
  return samples;
}

Status write_outputs(const Options& options, const std::vector<std::vector<base::Array>>& results) {
  if (results.empty()) return {};
  for (std::size_t port = 0; port < results.front().size(); ++port) {
    base::Array stacked{results.front()[port].dtype, results.front()[port].shape, {}};
    stacked.shape.insert(stacked.shape.begin(), static_cast<std::int64_t>(results.size()));
    for (const auto& result : results) {
      stacked.bytes.insert(stacked.bytes.end(), result[port].bytes.begin(), result[port].bytes.end());
    }
    PUDU_TRY(
        base::write_npy(std::filesystem::path(options.output_dir) / ("out" + std::to_string(port) + ".npy"), stacked));
  }
  return {};
}

nlohmann::ordered_json memory_json(const MemoryCounters& memory) {
  std::size_t planned = 0;
  for (const std::size_t bytes : memory.planned) planned += bytes;
  return {{"model_pte_program_size", memory.program},
          {"model_pte_loaded_size", memory.program},
          {"method_allocator_planned", planned},
          {"method_allocator_loaded", memory.method_loaded},
          {"method_allocator_input", 0},
          {"method_allocator_executor", memory.method_executor},
          {"temp_allocator", 0}};
}

nlohmann::ordered_json report_json(const ProgramRunner& runner, const std::vector<double>& milliseconds,
                                   const Profiler& profiler) {
  nlohmann::ordered_json report;
  report["memory"] = memory_json(runner.memory());
  report["pools"] = runner.memory().planned;
  report["method_pool"] = runner.memory().method_pool;
  report["milliseconds"] = milliseconds;
  for (const OperatorTime& time : profiler.operator_times()) {
    report["operators"].push_back({{"instruction", time.instruction},
                                   {"name", time.name},
                                   {"calls", time.calls},
                                   {"nanoseconds", time.nanoseconds}});
  }
  return report;
}

Status write_etdump(const Options& options, Profiler& profiler) {
  if (options.etdump.empty()) return {};
  const executorch::etdump::ETDumpResult dump = profiler.get_etdump_data();
  const std::unique_ptr<void, decltype(&std::free)> owned(dump.buf, &std::free);
  return base::write_file(options.etdump, std::span(static_cast<const std::byte*>(dump.buf), dump.size));
}

Status run(const Options& options) {
  set_log_output(options.verbose ? LogOutput::Everything : LogOutput::Errors);
  Profiler profiler;
  const bool is_profiled = options.profile || !options.etdump.empty();
  auto loaded = ProgramRunner::load(options.program, is_profiled ? &profiler : nullptr);
  if (!loaded) return std::move(loaded).error().in_file(options.program);
  ProgramRunner& runner = **loaded;
  PUDU_TRY_ASSIGN(const auto samples, read_samples(options, runner.inputs()));
  std::vector<std::vector<base::Array>> results;
  std::vector<double> milliseconds;
  for (const std::vector<base::Array>& sample : samples) {
    const auto start = std::chrono::steady_clock::now();
    auto outputs = runner.run(sample);
    if (!outputs) return std::move(outputs).error().in_file(options.program);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    milliseconds.push_back(taken.count());
    results.push_back(std::move(*outputs));
  }
  PUDU_TRY(write_outputs(options, results));
  PUDU_TRY(write_etdump(options, profiler));
  const std::string report = report_json(runner, milliseconds, profiler).dump(1) + "\n";
  return base::write_file(std::filesystem::path(options.output_dir) / "report.json", report);
}

}  // namespace
}  // namespace pudu::executorch_runner

int main(int count, char** words) {
  using namespace pudu::executorch_runner;
  const auto options = parse_options(count, words);
  const pudu::Status status = options ? run(*options) : pudu::Status(options.error());
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", to_string(status.error()).c_str());
  return pudu::exit_code(status.error().kind);
}
