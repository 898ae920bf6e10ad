#include "emitters/pte/legal_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"

namespace pudu::emitters {

using program::BufferId;
using program::KernelCall;

program::Operand& operand(KernelCall& call, std::string_view name) {
  return *std::find_if(call.operands.begin(), call.operands.end(),
                       [&](const program::Operand& one) { return one.name == name; });
}

LegalCalls::LegalCalls(const program::Program& source, targets::KernelLibrary library) : result_(source) {
  result_.calls.clear();
  result_.target.kernels = library;
  for (const program::Buffer& buffer : source.buffers) names_.insert(buffer.name);
  for (const KernelCall& call : source.calls) names_.insert(call.name);
}

void LegalCalls::append(KernelCall call) {
  std::vector<program::Parameter> sized = call.parameters;
  if (call.kernel == kernels::DepthwiseConv2dS8::name) {
    // Emitted as one call an image: ExecuTorch's operator takes no more.
    auto params = params_of<kernels::DepthwiseConv2dS8>(call);
    params.batches = 1;
    sized = ops::to_parameters(params);
  }
  const std::size_t bytes = ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), sized, result_.target);
  const auto scratch = std::find_if(call.operands.begin(), call.operands.end(),
                                    [](const program::Operand& operand) { return operand.name == "scratch"; });
  if (scratch != call.operands.end() && bytes == 0) {
    call.operands.erase(scratch);
  } else if (scratch != call.operands.end()) {
    result_.buffer(scratch->buffer).shape = {static_cast<std::int64_t>(bytes)};
  } else if (bytes > 0) {
    const BufferId buffer = result_.add_buffer({.name = unique(call.name + ".scratch"),
                                                .kind = program::BufferKind::Scratch,
                                                .type = program::ElementType::UInt8,
                                                .shape = {static_cast<std::int64_t>(bytes)}});
    call.operands.push_back({"scratch", buffer});
  }
  result_.calls.push_back(std::move(call));
}

BufferId LegalCalls::add_int8(const std::string& name, std::vector<std::int64_t> shape, BufferId like) {
  return result_.add_buffer({.name = unique(name),
                             .kind = program::BufferKind::Activation,
                             .type = program::ElementType::Int8,
                             .shape = std::move(shape),
                             .quantization = result_.buffer(like).quantization});
}

BufferId LegalCalls::add_constant(const std::string& name, std::vector<std::int64_t> shape, std::vector<std::byte> data,
                                  program::ElementType type) {
  return result_.add_buffer({.name = unique(name),
                             .kind = program::BufferKind::Constant,
                             .type = type,
                             .shape = std::move(shape),
                             .quantization = std::nullopt,
                             .data = std::make_shared<const std::vector<std::byte>>(std::move(data))});
}

void LegalCalls::refuse(const KernelCall& call, std::string found, std::string allowed) {
  const std::string source = call.source.empty() ? "" : " (" + call.source + ")";
  error_.diagnostics.push_back({.where = call.name + source,
                                .found = std::move(found),
                                .allowed = std::move(allowed),
                                .hint = "the C++ output runs it: -o FOLDER"});
}

Result<program::Program> LegalCalls::take() && {
  if (!error_.diagnostics.empty()) return std::move(error_);
  return std::move(result_);
}

std::string LegalCalls::unique(const std::string& name) {
  if (names_.insert(name).second) return name;
  for (int i = 1;; ++i) {
    if (std::string numbered = fmt::format("{}.{}", name, i); names_.insert(numbered).second) return numbered;
  }
}

}  // namespace pudu::emitters
