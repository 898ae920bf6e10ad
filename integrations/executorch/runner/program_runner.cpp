#include "runner/program_runner.hpp"

#include <executorch/runtime/platform/runtime.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/files.hpp"
#include "operators/operators.hpp"
#include "runner/log.hpp"
#include "runner/tensor_bytes.hpp"

namespace pudu::executorch_runner {
namespace {

using executorch::aten::ScalarType;
using executorch::runtime::EValue;
using executorch::runtime::Program;

using RuntimeError = executorch::runtime::Error;

/// A program that plans more than this is damaged: no microcontroller has it.
constexpr std::size_t max_pool_bytes = std::size_t{1} << 30;
constexpr std::size_t first_method_pool_bytes = std::size_t{64} << 10;
constexpr std::size_t max_method_pool_bytes = std::size_t{256} << 20;

/// What the runtime said, with what it logged about it.
pudu::Error runtime_error(const char* where, RuntimeError error) {
  std::vector<Diagnostic> diagnostics{{.where = where, .found = executorch::runtime::to_string(error)}};
  for (std::string& line : take_logged_errors()) diagnostics.push_back({.where = where, .found = std::move(line)});
  return {ErrorKind::InvalidInput, std::move(diagnostics)};
}

std::optional<base::ArrayType> array_type(ScalarType type) {
  switch (type) {
    case ScalarType::Float:
      return base::ArrayType::Float32;
    case ScalarType::Double:
      return base::ArrayType::Float64;
    case ScalarType::Char:
      return base::ArrayType::Int8;
    case ScalarType::Byte:
      return base::ArrayType::UInt8;
    case ScalarType::Short:
      return base::ArrayType::Int16;
    case ScalarType::Int:
      return base::ArrayType::Int32;
    case ScalarType::Long:
      return base::ArrayType::Int64;
    case ScalarType::Bool:
      return base::ArrayType::Bool;
    default:
      return std::nullopt;
  }
}

ScalarType scalar_type(base::ArrayType type) {
  switch (type) {
    case base::ArrayType::Float32:
      return ScalarType::Float;
    case base::ArrayType::Float64:
      return ScalarType::Double;
    case base::ArrayType::Int8:
      return ScalarType::Char;
    case base::ArrayType::UInt8:
      return ScalarType::Byte;
    case base::ArrayType::Int16:
      return ScalarType::Short;
    case base::ArrayType::Int32:
      return ScalarType::Int;
    case base::ArrayType::Int64:
      return ScalarType::Long;
    case base::ArrayType::Bool:
      return ScalarType::Bool;
  }
  return ScalarType::Byte;
}

/// Pudu's own operators, and of the registered ones those that it does not have. ExecuTorch's kernels bring a
/// _clone_dim_order that ends the process on a bad argument.
std::vector<executorch::runtime::Kernel> all_kernels() {
  const auto own = executorch_ops::kernels_of_library();
  std::vector<executorch::runtime::Kernel> kernels(own.begin(), own.end());
  for (const executorch::runtime::Kernel& kernel : executorch::runtime::get_registered_kernels()) {
    const bool is_own = std::any_of(own.begin(), own.end(), [&](const executorch::runtime::Kernel& one) {
      return std::strcmp(one.name_, kernel.name_) == 0;
    });
    if (!is_own) kernels.push_back(kernel);
  }
  return kernels;
}

Result<Port> make_port(const executorch::runtime::TensorInfo& info, const std::string& name) {
  const std::optional<base::ArrayType> type = array_type(info.scalar_type());
  if (!type) {
    return unsupported({.where = name,
                        .found = "element type " + std::to_string(static_cast<int>(info.scalar_type())),
                        .allowed = "float32, float64, int8, uint8, int16, int32, int64 or bool"});
  }
  Port port{.type = *type, .bytes = info.nbytes(), .is_planned = info.is_memory_planned()};
  for (const std::int32_t size : info.sizes()) port.sizes.push_back(size);
  for (const std::uint8_t dim : info.dim_order()) port.dim_order.push_back(dim);
  return port;
}

}  // namespace

AlignedBytes::AlignedBytes(std::size_t size) : size_(size) {
  // Never null: an empty pool has an address, too.
  const std::size_t allocated = (size / alignment + 1) * alignment;
  bytes_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(alignment, allocated)));
}

void AlignedBytes::Free::operator()(std::uint8_t* bytes) const {
  std::free(bytes);
}

Result<std::unique_ptr<ProgramRunner>> ProgramRunner::load(const std::filesystem::path& file,
                                                           executorch::runtime::EventTracer* tracer) {
  executorch::runtime::runtime_init();
  std::unique_ptr<ProgramRunner> runner(new ProgramRunner);
  PUDU_TRY(runner->load_program(file));
  PUDU_TRY(runner->load_ports());
  PUDU_TRY(runner->make_pools());
  PUDU_TRY(runner->load_method(tracer));
  PUDU_TRY(runner->provide_outputs());
  return runner;
}

Status ProgramRunner::load_program(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  file_bytes_ = AlignedBytes(bytes.size());
  std::memcpy(file_bytes_.data(), bytes.data(), bytes.size());
  memory_.program = bytes.size();
  loader_.emplace(file_bytes_.data(), file_bytes_.size());
  auto program = Program::load(&*loader_, Program::Verification::InternalConsistency);
  if (!program.ok()) return runtime_error("load", program.error());
  program_.emplace(std::move(*program));
  for (std::size_t i = 0; i < program_->num_methods(); ++i) {
    const auto name = program_->get_method_name(i);
    if (name.ok() && (i == 0 || std::strcmp(*name, "forward") == 0)) method_name_ = *name;
  }
  return {};
}

Status ProgramRunner::load_ports() {
  const auto meta = program_->method_meta(method_name_.c_str());
  if (!meta.ok()) return runtime_error("method", meta.error());
  for (std::size_t i = 0; i < meta->num_inputs(); ++i) {
    const std::string name = "input " + std::to_string(i);
    const auto info = meta->input_tensor_meta(i);
    if (!info.ok()) return unsupported({.where = name, .found = "no tensor", .allowed = "tensors"});
    PUDU_TRY_ASSIGN(Port port, make_port(*info, name));
    input_bytes_.emplace_back(port.bytes);
    inputs_.push_back(std::move(port));
  }
  for (std::size_t i = 0; i < meta->num_outputs(); ++i) {
    const std::string name = "output " + std::to_string(i);
    const auto info = meta->output_tensor_meta(i);
    if (!info.ok()) return unsupported({.where = name, .found = "no tensor", .allowed = "tensors"});
    PUDU_TRY_ASSIGN(Port port, make_port(*info, name));
    outputs_.push_back(std::move(port));
  }
  return {};
}

Status ProgramRunner::make_pools() {
  const auto meta = program_->method_meta(method_name_.c_str());
  for (std::size_t i = 0; i < meta->num_memory_planned_buffers(); ++i) {
    const auto size = meta->memory_planned_buffer_size(i);
    if (!size.ok() || *size < 0 || static_cast<std::size_t>(*size) > max_pool_bytes) {
      return invalid_input({.where = "memory pool " + std::to_string(i + 1),
                            .found = "no size, or one of more than " + std::to_string(max_pool_bytes) + " bytes"});
    }
    pools_.emplace_back(static_cast<std::size_t>(*size));
    memory_.planned.push_back(pools_.back().size());
  }
  for (const AlignedBytes& pool : pools_) pool_spans_.emplace_back(pool.data(), pool.size());
  planned_memory_.emplace(
      executorch::runtime::Span<executorch::runtime::Span<std::uint8_t>>(pool_spans_.data(), pool_spans_.size()));
  return {};
}

/// The program does not say how much memory the runtime's own structures take, so that a pool too small is doubled.
Status ProgramRunner::load_method(executorch::runtime::EventTracer* tracer) {
  kernels_ = all_kernels();
  for (std::size_t bytes = first_method_pool_bytes;; bytes *= 2) {
    memory_manager_.reset();
    method_pool_ = AlignedBytes(bytes);
    method_allocator_.emplace(static_cast<std::uint32_t>(bytes), method_pool_.data());
    temp_allocator_.emplace(0, nullptr);
    memory_manager_.emplace(&*method_allocator_, &*planned_memory_, &*temp_allocator_);
    std::optional<QuietLog> quiet;
    if (bytes < max_method_pool_bytes) quiet.emplace();
    auto method = program_->load_method(method_name_.c_str(), &*memory_manager_, tracer, nullptr, nullptr,
                                        {kernels_.data(), kernels_.size()});
    if (method.ok()) {
      method_.emplace(std::move(*method));
      take_logged_errors();
      memory_.method_pool = bytes;
      memory_.method_loaded = method_allocator_->used_size();
      return {};
    }
    if (method.error() != RuntimeError::MemoryAllocationFailed || bytes >= max_method_pool_bytes) {
      return runtime_error("load_method", method.error());
    }
    take_logged_errors();
  }
}

Status ProgramRunner::provide_outputs() {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    output_bytes_.emplace_back(outputs_[i].is_planned ? 0 : outputs_[i].bytes);
    if (outputs_[i].is_planned) continue;
    const RuntimeError error = method_->set_output_data_ptr(output_bytes_[i].data(), outputs_[i].bytes, i);
    if (error != RuntimeError::Ok) return runtime_error("set_output_data_ptr", error);
  }
  return {};
}

Status ProgramRunner::set_input(std::size_t index, const base::Array& array) {
  Port& port = inputs_[index];
  if (array.dtype != port.type || array.bytes.size() != port.bytes) {
    return invalid_input({.where = "input " + std::to_string(index), .found = "an array of another type or size"});
  }
  auto* memory = reinterpret_cast<std::byte*>(input_bytes_[index].data());
  to_memory_order(port.sizes, port.dim_order, base::size_in_bytes(port.type), array.bytes.data(), memory);
  std::vector<executorch::aten::StridesType> strides(port.sizes.size(), 1);
  executorch::aten::StridesType stride = 1;
  for (std::size_t position = port.sizes.size(); position-- > 0;) {
    strides[port.dim_order[position]] = stride;
    stride *= port.sizes[port.dim_order[position]];
  }
  executorch::aten::TensorImpl tensor(scalar_type(port.type), static_cast<ssize_t>(port.sizes.size()),
                                      port.sizes.data(), memory, port.dim_order.data(), strides.data());
  const RuntimeError error = method_->set_input(EValue(executorch::aten::Tensor(&tensor)), index);
  return error == RuntimeError::Ok ? Status() : runtime_error("set_input", error);
}

Result<std::vector<base::Array>> ProgramRunner::run(const std::vector<base::Array>& inputs) {
  // Before every execution: inputs lie in planned memory, which the execution reuses.
  for (std::size_t i = 0; i < inputs.size(); ++i) PUDU_TRY(set_input(i, inputs[i]));
  const RuntimeError error = method_->execute();
  if (error != RuntimeError::Ok) return runtime_error("execute", error);
  take_logged_errors();
  memory_.method_executor = method_allocator_->used_size() - memory_.method_loaded;
  std::vector<base::Array> outputs;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const EValue& value = method_->get_output(i);
    const Port& port = outputs_[i];
    if (!value.isTensor() || value.toTensor().nbytes() != port.bytes || value.toTensor().const_data_ptr() == nullptr) {
      return invalid_input({.where = "output " + std::to_string(i), .found = "another size than the program states"});
    }
    base::Array array{.dtype = port.type, .shape{port.sizes.begin(), port.sizes.end()}};
    array.bytes.resize(port.bytes);
    to_c_order(port.sizes, port.dim_order, base::size_in_bytes(port.type),
               static_cast<const std::byte*>(value.toTensor().const_data_ptr()), array.bytes.data());
    outputs.push_back(std::move(array));
  }
  return outputs;
}

}  // namespace pudu::executorch_runner
