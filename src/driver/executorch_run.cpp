#include "driver/executorch_run.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/subprocess.hpp"
#include "base/temp_directory.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/quantize_s16/quantize_f32_s16.hpp"
#include "pte/read.hpp"

namespace pudu::driver {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* runner_name = "pudu-executorch-runner";

std::optional<base::ArrayType> port_type(pte::ScalarType type) {
  switch (type) {
    case pte::ScalarType::Float32:
      return base::ArrayType::Float32;
    case pte::ScalarType::Int8:
      return base::ArrayType::Int8;
    case pte::ScalarType::Int16:
      return base::ArrayType::Int16;
    case pte::ScalarType::Int32:
      return base::ArrayType::Int32;
    default:
      return std::nullopt;
  }
}

Result<ExecutorchPort> make_port(const pte::Plan& plan, std::int32_t value, const std::string& name) {
  const pte::Tensor* tensor = plan.tensor(value);
  const std::optional<base::ArrayType> type = tensor == nullptr ? std::nullopt : port_type(tensor->type);
  if (!type) {
    return unsupported({.where = name,
                        .found = tensor == nullptr
                                     ? std::string(pte::kind_name(plan.values[static_cast<std::size_t>(value)]))
                                     : pte::to_string(tensor->type),
                        .allowed = "a tensor of float32, int8, int16, or int32 for positions"});
  }
  const PortContent content = *type == base::ArrayType::Int32 ? PortContent::Positions : PortContent::Numbers;
  const bool is_code = *type == base::ArrayType::Int8 || *type == base::ArrayType::Int16;
  const std::optional<base::ArrayType> codes = is_code ? type : std::nullopt;
  return ExecutorchPort{{name, {tensor->sizes.begin(), tensor->sizes.end()}, content, codes}, *type};
}

std::optional<pte::PortQuantization> recorded(const std::vector<std::optional<pte::PortQuantization>>& ports,
                                              std::size_t index) {
  return index < ports.size() ? ports[index] : std::nullopt;
}

base::Array quantized(const base::Array& real, base::ArrayType type, const pte::PortQuantization& quantization) {
  const auto elements = static_cast<std::size_t>(real.elements());
  const auto count = static_cast<std::int32_t>(elements);
  const float* from = real.data<float>().data();
  if (type == base::ArrayType::Int16) {
    base::Array codes{type, real.shape, std::vector<std::byte>(elements * sizeof(std::int16_t))};
    kernels::QuantizeF32S16::run({count, quantization.scale, quantization.zero_point, INT16_MIN, INT16_MAX},
                                 {from, reinterpret_cast<std::int16_t*>(codes.bytes.data())});
    return codes;
  }
  base::Array codes{base::ArrayType::Int8, real.shape, std::vector<std::byte>(elements)};
  kernels::QuantizeF32S8::run({count, quantization.scale, quantization.zero_point, INT8_MIN, INT8_MAX},
                              {from, reinterpret_cast<std::int8_t*>(codes.bytes.data())});
  return codes;
}

base::Array dequantized(const base::Array& codes, const pte::PortQuantization& quantization) {
  const auto elements = static_cast<std::size_t>(codes.elements());
  const auto count = static_cast<std::int32_t>(elements);
  base::Array real{base::ArrayType::Float32, codes.shape, std::vector<std::byte>(elements * sizeof(float))};
  auto* to = reinterpret_cast<float*>(real.bytes.data());
  if (codes.dtype == base::ArrayType::Int16) {
    kernels::DequantizeS16F32::run({count, quantization.scale, quantization.zero_point},
                                   {codes.data<std::int16_t>().data(), to});
  } else {
    kernels::DequantizeS8F32::run({count, quantization.scale, quantization.zero_point},
                                  {codes.data<std::int8_t>().data(), to});
  }
  return real;
}

/// The file that holds this code: the Python extension, or the executable.
fs::path own_file() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&is_executorch_program), &info) == 0 || info.dli_fname == nullptr)
    return {};
  return info.dli_fname;
}

/// In the folder of the Python package, or beside the executable.
Result<fs::path> find_runner() {
  std::error_code error;
  const fs::path own = own_file();
  const fs::path package = own.is_absolute() && own.extension() == ".so" ? own.parent_path() : fs::path();
  if (!package.empty()) {
    const fs::path in_package = package / "lib" / "executorch" / runner_name;
    if (fs::is_regular_file(in_package, error)) return in_package;
    return unsupported({.where = "--on executorch",
                        .found = "this package of Pudu carries no " + std::string(runner_name),
                        .allowed = "a package that was built with ExecuTorch's runtime beside it",
                        .hint =
                            "install a wheel of tools/wheel; or, in a clone of Pudu, tools/setup and `pip install .`, "
                            "which find the package executorch 1.5.1 in .venv"});
  }
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  const fs::path beside = executable.parent_path() / runner_name;
  if (!error && fs::is_regular_file(beside, error)) return beside;
  return unsupported({.where = "--on executorch",
                      .found = "no " + std::string(runner_name) + " beside this program",
                      .allowed = "both in one folder",
                      .hint = "build it: cmake with -DPUDU_BUILD_EXECUTORCH=ON (the default) and the target " +
                              std::string(runner_name)});
}

/// All samples of one port in one array, with a sample axis in front.
base::Array stacked(const Samples& samples, std::size_t port) {
  const base::Array& first = samples.front()[port];
  base::Array result{first.dtype, first.shape, {}};
  result.shape.insert(result.shape.begin(), static_cast<std::int64_t>(samples.size()));
  for (const std::vector<base::Array>& sample : samples) {
    result.bytes.insert(result.bytes.end(), sample[port].bytes.begin(), sample[port].bytes.end());
  }
  return result;
}

/// The fault in the runner's words: its lines on standard error, each once.
Error runner_error(const ExecutorchProgram& program, const base::ProcessResult& result) {
  std::vector<Diagnostic> diagnostics;
  if (result.end == base::ProcessEnd::Killed) {
    diagnostics.push_back({.found = "ExecuTorch's runtime crashed on it (signal " + std::to_string(result.code) + ")"});
  }
  std::vector<std::string> seen;
  std::size_t begin = 0;
  while (begin < result.standard_error.size()) {
    std::size_t end = result.standard_error.find('\n', begin);
    if (end == std::string::npos) end = result.standard_error.size();
    std::string line = result.standard_error.substr(begin, end - begin);
    begin = end + 1;
    const std::string prefix = "error: ";
    if (line.rfind(prefix, 0) != 0) continue;
    line.erase(0, prefix.size());
    const std::string file_prefix = program.file.string() + ": ";
    if (line.rfind(file_prefix, 0) == 0) continue;  // repeats what was logged
    if (std::find(seen.begin(), seen.end(), line) != seen.end()) continue;
    seen.push_back(line);
    diagnostics.push_back({.found = line});
  }
  if (diagnostics.empty()) {
    diagnostics.push_back({.found = "the runner ended with status " + std::to_string(result.code)});
  }
  return Error{ErrorKind::InvalidInput, std::move(diagnostics)}.in_file(program.file.string());
}

Result<std::vector<std::vector<base::Array>>> read_outputs(const ExecutorchProgram& program, const fs::path& folder,
                                                           std::size_t samples) {
  std::vector<std::vector<base::Array>> outputs(samples);
  for (std::size_t port = 0; port < program.outputs.size(); ++port) {
    PUDU_TRY_ASSIGN(const base::Array all, base::read_npy(folder / ("out" + std::to_string(port) + ".npy")));
    const std::size_t bytes = all.bytes.size() / samples;
    if (all.shape.empty() || all.shape.front() != static_cast<std::int64_t>(samples)) {
      return internal_error({.where = runner_name, .found = "an output of another number of samples"});
    }
    for (std::size_t sample = 0; sample < samples; ++sample) {
      const auto first = all.bytes.begin() + static_cast<std::ptrdiff_t>(sample * bytes);
      outputs[sample].push_back(
          {all.dtype, {all.shape.begin() + 1, all.shape.end()}, {first, first + static_cast<std::ptrdiff_t>(bytes)}});
    }
  }
  return outputs;
}

Status read_report(const fs::path& file, ExecutorchOutcome& outcome) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const Json report = Json::parse(text, text + bytes.size(), nullptr, false);
  const Json memory = report.is_object() ? report.value("memory", Json::object()) : Json::object();
  const auto bytes_of = [&](const char* name) { return memory.value(name, std::size_t{0}); };
  outcome.memory = {.program_bytes = bytes_of("model_pte_program_size"),
                    .loaded_program_bytes = bytes_of("model_pte_loaded_size"),
                    .planned_bytes = bytes_of("method_allocator_planned"),
                    .loaded_method_bytes = bytes_of("method_allocator_loaded"),
                    .input_bytes = bytes_of("method_allocator_input"),
                    .executor_bytes = bytes_of("method_allocator_executor"),
                    .temp_bytes = bytes_of("temp_allocator")};
  outcome.milliseconds = report.value("milliseconds", std::vector<double>());
  for (const Json& row : report.value("operators", Json::array())) {
    outcome.operators.push_back({row.value("instruction", 0u), row.value("name", std::string()),
                                 row.value("calls", std::uint64_t{0}), row.value("nanoseconds", std::uint64_t{0})});
  }
  return {};
}

}  // namespace

bool is_executorch_program(const fs::path& file) {
  return file.extension() == ".pte";
}

Result<ExecutorchProgram> read_executorch_program(const fs::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  auto read = pte::read(bytes);
  if (!read) return std::move(read).error().in_file(file.string());
  const pte::Plan& plan = read->main();
  const pte::Metadata metadata = read->metadata.value_or(pte::Metadata{});
  ExecutorchProgram program{file, {}, {}};
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    auto port = make_port(plan, plan.inputs[i], "in" + std::to_string(i));
    if (!port) return std::move(port).error().in_file(file.string());
    program.inputs.push_back(*std::move(port));
    program.inputs.back().quantization = recorded(metadata.inputs, i);
  }
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    auto port = make_port(plan, plan.outputs[i], "out" + std::to_string(i));
    if (!port) return std::move(port).error().in_file(file.string());
    program.outputs.push_back(*std::move(port));
    program.outputs.back().quantization = recorded(metadata.outputs, i);
  }
  return program;
}

Result<Samples> load_executorch_samples(const ExecutorchProgram& program, std::span<const fs::path> files) {
  std::vector<PortShape> shapes;
  for (const ExecutorchPort& port : program.inputs) shapes.push_back(port.shape);
  PUDU_TRY_ASSIGN(Samples samples, load_samples(files, shapes));
  for (std::size_t i = 0; i < program.inputs.size() && !samples.empty(); ++i) {
    const ExecutorchPort& port = program.inputs[i];
    const base::ArrayType found = samples.front()[i].dtype;
    if (found == port.type) continue;
    if (found == base::ArrayType::Float32 && port.quantization) {
      for (std::vector<base::Array>& sample : samples) {
        sample[i] = quantized(sample[i], port.type, *port.quantization);
      }
      continue;
    }
    return invalid_input({.where = port.shape.name,
                          .found = "data type " + std::string(base::to_string(found)),
                          .allowed = std::string(base::to_string(port.type)) + ", which the program takes"});
  }
  return samples;
}

Result<ExecutorchOutcome> run_on_executorch(const ExecutorchProgram& program, const Samples& samples,
                                            const ExecutorchOptions& options) {
  if (samples.empty()) return invalid_input({.where = "--input", .found = "no sample", .allowed = "at least one"});
  fs::path runner = options.runner;
  if (runner.empty()) {
    PUDU_TRY_ASSIGN(runner, find_runner());
  }
  PUDU_TRY_ASSIGN(const base::TempDirectory folder, base::TempDirectory::create("pudu-executorch"));
  std::vector<std::string> command{runner.string(), program.file.string(), "--output-dir", folder.path().string()};
  for (std::size_t port = 0; port < program.inputs.size(); ++port) {
    const fs::path file = folder.path() / ("in" + std::to_string(port) + ".npy");
    PUDU_TRY(base::write_npy(file, stacked(samples, port)));
    command.insert(command.end(), {"--input", file.string()});
  }
  if (options.profile == OperatorProfile::On) command.emplace_back("--profile");
  if (!options.etdump.empty()) command.insert(command.end(), {"--etdump", options.etdump.string()});
  PUDU_TRY_ASSIGN(const base::ProcessResult result, base::run_process(command));
  if (!result.succeeded()) return runner_error(program, result);
  ExecutorchOutcome outcome;
  PUDU_TRY_ASSIGN(outcome.outputs, read_outputs(program, folder.path(), samples.size()));
  PUDU_TRY(read_report(folder.path() / "report.json", outcome));
  return outcome;
}

void dequantize_outputs(const ExecutorchProgram& program, ExecutorchOutcome& outcome) {
  for (std::vector<base::Array>& sample : outcome.outputs) {
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const ExecutorchPort& port = program.outputs[i];
      if (port.type != base::ArrayType::Float32 && port.quantization)
        sample[i] = dequantized(sample[i], *port.quantization);
      // As a run on the host.
      if (port.type == base::ArrayType::Int32)
        sample[i] = base::make_array(sample[i].shape, base::to_float32(sample[i]));
    }
  }
}

}  // namespace pudu::driver
