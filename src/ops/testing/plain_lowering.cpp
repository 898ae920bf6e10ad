// Buffers are plain vectors, transposes are loops over every element: slow, and easy to trust.
#include "ops/testing/plain_lowering.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "ops/call_check.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"

namespace pudu::ops::testing {
namespace {

using program::BufferId;
using program::BufferKind;
using program::ElementType;

using Bytes = std::vector<std::byte>;

ElementType element_type(ir::DType dtype) {
  switch (dtype) {
    case ir::DType::Int8:
      return ElementType::Int8;
    case ir::DType::Int16:
      return ElementType::Int16;
    case ir::DType::Int32:
      return ElementType::Int32;
    case ir::DType::Float32:
      return ElementType::Float32;
    default:
      throw std::logic_error("no kernel takes this data type");
  }
}

/// `data` of `shape`, lying in `from`, rearranged to `to`.
Bytes rearrange(const Bytes& data, const ir::Shape& shape, const DimOrder& from, const DimOrder& to) {
  const std::vector<std::int64_t> from_strides = memory_strides(shape, from);
  const std::vector<std::int64_t> to_strides = memory_strides(shape, to);
  const std::int64_t elements = ir::element_count(shape);
  const std::size_t element_bytes = data.size() / static_cast<std::size_t>(elements);
  Bytes result(data.size());
  for (std::int64_t element = 0; element < elements; ++element) {
    std::int64_t rest = element;
    std::int64_t source = 0;
    std::int64_t target = 0;
    for (std::size_t dim = shape.size(); dim-- > 0;) {
      source += rest % shape[dim] * from_strides[dim];
      target += rest % shape[dim] * to_strides[dim];
      rest /= shape[dim];
    }
    std::copy_n(data.data() + static_cast<std::size_t>(source) * element_bytes, element_bytes,
                result.data() + static_cast<std::size_t>(target) * element_bytes);
  }
  return result;
}

/// Memory that no kernel may take for zeros.
void poison(Bytes& bytes) {
  std::fill(bytes.begin(), bytes.end(), std::byte{0xA5});
}

}  // namespace

PlainLowering::PlainLowering(const ir::Graph& graph, const std::vector<DimOrder>& input_orders) : graph_(graph) {
  program_.target = {targets::Cpu::M55, targets::Isa::Scalar};
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const ir::Value& value = graph.value(graph.inputs[i]);
    const DimOrder order = input_orders[i].empty() ? contiguous_order(value.type.shape.size()) : input_orders[i];
    placements_[value.id] = {add_buffer(value.name, BufferKind::Input, element_type(value.type.dtype),
                                        physical_shape(value.type.shape, order)),
                             order};
  }
}

BufferId PlainLowering::add_buffer(std::string name, BufferKind kind, ElementType type, ir::Shape shape) {
  program::Buffer buffer;
  buffer.name = std::move(name);
  buffer.kind = kind;
  buffer.type = type;
  buffer.shape = std::move(shape);
  return program_.add_buffer(std::move(buffer));
}

DimOrder PlainLowering::input_order(std::size_t index) {
  const ir::Value& value = input_value(index);
  return value.is_constant() ? contiguous_order(value.type.shape.size()) : placements_.at(value.id).order;
}

BufferId PlainLowering::rearranged(const ir::Value& value, const DimOrder& order) {
  if (value.is_constant()) {
    const BufferId buffer = add_buffer(value.name, BufferKind::Constant, element_type(value.type.dtype),
                                       physical_shape(value.type.shape, order));
    program_.buffer(buffer).data = std::make_shared<const Bytes>(
        rearrange(*value.constant, value.type.shape, contiguous_order(value.type.shape.size()), order));
    return buffer;
  }
  const Placement& present = placements_.at(value.id);
  if (same_in_memory(value.type.shape, present.order, order)) return present.buffer;
  const BufferId buffer = add_buffer(value.name + ".transposed", BufferKind::Activation, element_type(value.type.dtype),
                                     physical_shape(value.type.shape, order));
  steps_.emplace_back(TransposeStep{present.buffer, buffer, value.type.shape, present.order, order});
  ++transposes_;
  return buffer;
}

BufferId PlainLowering::input(std::size_t index, const DimOrder& order) {
  return rearranged(input_value(index), order);
}

BufferId PlainLowering::output(std::size_t index, const DimOrder& order) {
  const ir::Value& value = output_value(index);
  const BufferId buffer = add_buffer(value.name, BufferKind::Activation, element_type(value.type.dtype),
                                     physical_shape(value.type.shape, order));
  placements_[value.id] = {buffer, order};
  return buffer;
}

void PlainLowering::alias_output(std::size_t index, std::size_t input_index, const DimOrder& input_order,
                                 const DimOrder& output_order) {
  placements_[output_value(index).id] = {input(input_index, input_order), output_order};
}

BufferId PlainLowering::constant(std::string_view suffix, ElementType type, ir::Shape shape,
                                 std::vector<std::byte> data) {
  const BufferId buffer =
      add_buffer(node().name + "." + std::string(suffix), BufferKind::Constant, type, std::move(shape));
  program_.buffer(buffer).data = std::make_shared<const Bytes>(std::move(data));
  return buffer;
}

void PlainLowering::emit_call(const KernelBinding& binding, std::vector<program::Parameter> parameters,
                              OperandList operands) {
  const OpDefinition& definition = operator_of(node());
  std::vector<const KernelBinding*> declared = definition.kernels;
  if (definition.int16_kernels) {
    declared.insert(declared.end(), definition.int16_kernels->begin(), definition.int16_kernels->end());
  }
  if (std::none_of(declared.begin(), declared.end(),
                   [&](const KernelBinding* kernel) { return kernel->name == binding.name; })) {
    throw std::logic_error("operator " + node().op + " calls " + std::string(binding.name) +
                           ", which its definition does not list");
  }
  if (const std::size_t bytes = planned_scratch_bytes(binding, parameters, program_.target); bytes > 0) {
    operands.emplace_back("scratch", add_buffer(node().name + ".scratch", BufferKind::Scratch, ElementType::UInt8,
                                                {static_cast<std::int64_t>(bytes)}));
  }
  program::KernelCall call;
  call.name = node().name;
  call.op = node().op;
  call.kernel = binding.name;
  call.parameters = parameters;
  for (const auto& [name, buffer] : operands) call.operands.push_back({name, buffer});
  program_.calls.push_back(std::move(call));
  steps_.emplace_back(Call{&binding, std::move(parameters), std::move(operands)});
}

void PlainLowering::run_call(const Call& call, std::vector<Bytes>& memory) const {
  call.binding->run(call.parameters, [&](std::string_view name) -> void* {
    for (const auto& [operand, buffer] : call.operands) {
      if (operand == name) return memory[program::index_of(buffer)].data();
    }
    return nullptr;
  });
}

std::vector<Bytes> PlainLowering::run(const std::vector<Bytes>& inputs) const {
  if (const Status status = check_calls(program_); !status) throw std::logic_error(to_string(status.error()));
  std::vector<Bytes> memory;
  for (const program::Buffer& buffer : program_.buffers) {
    memory.push_back(buffer.data ? *buffer.data : Bytes(buffer.bytes()));
    if (!buffer.data) poison(memory.back());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ir::Value& value = graph_.value(graph_.inputs[i]);
    if (inputs[i].size() != value.type.bytes()) throw std::logic_error("input " + value.name + " has the wrong size");
    const ir::Shape& shape = value.type.shape;
    // Inputs were placed first, in order: their buffers are the first ones.
    const program::Buffer& buffer = program_.buffers[i];
    const DimOrder order = placements_.at(value.id).order;
    memory[program::index_of(buffer.id)] = rearrange(inputs[i], shape, contiguous_order(shape.size()), order);
  }
  for (const auto& step : steps_) {
    if (const auto* call = std::get_if<Call>(&step)) {
      run_call(*call, memory);
    } else {
      const auto& transpose = std::get<TransposeStep>(step);
      memory[program::index_of(transpose.to)] = rearrange(memory[program::index_of(transpose.from)], transpose.shape,
                                                          transpose.from_order, transpose.to_order);
    }
  }
  std::vector<Bytes> results;
  for (const ir::ValueId id : node().outputs) {
    const ir::Shape& shape = graph_.value(id).type.shape;
    const Placement& place = placements_.at(id);
    results.push_back(
        rearrange(memory[program::index_of(place.buffer)], shape, place.order, contiguous_order(shape.size())));
  }
  return results;
}

std::vector<DimOrder> PlainLowering::output_orders() const {
  std::vector<DimOrder> orders;
  for (const ir::ValueId id : node().outputs) orders.push_back(placements_.at(id).order);
  return orders;
}

}  // namespace pudu::ops::testing
