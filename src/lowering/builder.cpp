#include "lowering/builder.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "kernels/copy/copy_s8.hpp"
#include "kernels/strided_slice_f32/strided_slice_f32.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"

namespace pudu::lowering {
namespace {

using ops::DimOrder;
using program::BufferId;
using program::BufferKind;

std::optional<program::Quantization> quantization_of(const ir::Value& value) {
  if (!value.quant) return std::nullopt;
  return program::Quantization{value.quant->scale(), value.quant->zero_point};
}

program::ElementType element_type(ir::DType dtype) {
  switch (dtype) {
    case ir::DType::Int8:
      return program::ElementType::Int8;
    case ir::DType::Int16:
      return program::ElementType::Int16;
    case ir::DType::Int32:
      return program::ElementType::Int32;
    case ir::DType::Float32:
      return program::ElementType::Float32;
    default:
      throw std::logic_error("a value of this data type cannot reach the lowering");
  }
}

/// The bytes of a contiguous constant, rearranged to `order`.
std::vector<std::byte> permuted(const ir::Value& value, const DimOrder& order) {
  const std::size_t element_bytes = ir::size_in_bytes(value.type.dtype);
  const ir::Shape& shape = value.type.shape;
  const std::vector<std::int64_t> source_strides = ops::memory_strides(shape, ops::contiguous_order(shape.size()));
  std::vector<std::byte> result(value.constant->size());
  std::vector<std::int64_t> index(shape.size(), 0);  // in memory order of the result
  for (std::size_t element = 0; element * element_bytes < result.size(); ++element) {
    std::int64_t source = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
      source += index[i] * source_strides[static_cast<std::size_t>(order[i])];
    std::copy_n(value.constant->begin() + source * static_cast<std::int64_t>(element_bytes), element_bytes,
                result.begin() + static_cast<std::int64_t>(element * element_bytes));
    for (std::size_t i = order.size(); i-- > 0;) {
      if (++index[i] < shape[static_cast<std::size_t>(order[i])]) break;
      index[i] = 0;
    }
  }
  return result;
}

/// Short description of an order for buffer names: nhwc, nchw, or the digits.
std::string order_name(const DimOrder& order) {
  if (order == DimOrder{0, 2, 3, 1}) return "nhwc";
  if (order == DimOrder{0, 1, 2, 3}) return "nchw";
  std::string name = "order";
  for (const std::int64_t dim : order) name += std::to_string(dim);
  return name;
}

/// The same elements, read by the kernels that transpose floats and int16.
kernels::StridedSliceS8Params as_slice(const kernels::TransposeS8Params& transpose) {
  kernels::StridedSliceS8Params params{};
  params.rank = transpose.rank;
  std::copy(std::begin(transpose.output_shape), std::end(transpose.output_shape), std::begin(params.output_shape));
  std::copy(std::begin(transpose.input_strides), std::end(transpose.input_strides), std::begin(params.input_strides));
  return params;
}

std::string numbered(std::map<std::string, int>& used, const std::string& hint) {
  const int count = used[hint]++;
  if (count == 0) return hint;
  return numbered(used, hint + "." + std::to_string(count));
}

}  // namespace

ProgramBuilder::ProgramBuilder(const ir::Graph& graph, const targets::TargetConfig& target,
                               const StateOrders& state_orders)
    : graph_(graph) {
  program_.name = graph.name;
  program_.target = target;
  place_graph_inputs();
  place_states(state_orders);
}

void ProgramBuilder::place_graph_inputs() {
  for (const ir::ValueId id : graph_.inputs) {
    const ir::Value& value = graph_.value(id);
    const std::size_t rank = value.type.shape.size();
    const DimOrder order =
        value.type.layout == ir::Layout::ChannelsLast ? ops::channels_last_order(rank) : ops::contiguous_order(rank);
    const BufferId buffer = add_activation(value.name, value, order, BufferKind::Input);
    placements_[id] = {{order, buffer}};
    program_.inputs.push_back({value.name, buffer, ops::physical_shape(value.type.shape, order)});
  }
}

void ProgramBuilder::place_states(const StateOrders& state_orders) {
  for (std::size_t i = 0; i < graph_.states.size(); ++i) {
    ir::Value value = graph_.value(graph_.states[i].before);
    value.constant = graph_.states[i].initial;
    const DimOrder order = i < state_orders.size() ? state_orders[i] : ops::contiguous_order(value.type.shape.size());
    const BufferId buffer = add_activation(value.name, value, order, BufferKind::State);
    program_.buffer(buffer).data = std::make_shared<const std::vector<std::byte>>(permuted(value, order));
    placements_[value.id] = {{order, buffer}};
  }
}

void ProgramBuilder::begin_node(const ir::Node& node) {
  node_ = &node;
  node_macs_pending_ = true;
}

const ir::Value& ProgramBuilder::input_of_node(std::size_t index) const {
  return graph_.value(*node_->inputs.at(index));
}

DimOrder ProgramBuilder::input_order(std::size_t index) {
  const ir::Value& value = input_of_node(index);
  if (value.is_constant()) return ops::contiguous_order(value.type.shape.size());
  return placements_.at(value.id).front().order;
}

BufferId ProgramBuilder::input(std::size_t index, const DimOrder& order) {
  return in_order(input_of_node(index).id, order);
}

BufferId ProgramBuilder::in_order(ir::ValueId id, const DimOrder& order) {
  const ir::Value& value = graph_.value(id);
  if (value.is_constant()) return constant_in_order(value, order);
  std::vector<Placement>& places = placements_.at(id);
  for (const Placement& place : places) {
    if (ops::same_in_memory(value.type.shape, place.order, order)) return place.buffer;
  }
  const BufferId buffer = transposed(value, places.front(), order);
  places.push_back({order, buffer});
  return buffer;
}

BufferId ProgramBuilder::constant_in_order(const ir::Value& value, const DimOrder& order) {
  const bool as_it_is = ops::same_in_memory(value.type.shape, ops::contiguous_order(order.size()), order);
  std::vector<std::byte> data = as_it_is ? *value.constant : permuted(value, order);
  return add_constant(value.name, element_type(value.type.dtype), ops::physical_shape(value.type.shape, order),
                      std::move(data));
}

BufferId ProgramBuilder::transposed(const ir::Value& value, const Placement& from, const DimOrder& order) {
  const bool is_int8 = value.type.dtype == ir::DType::Int8;
  const bool is_int16 = value.type.dtype == ir::DType::Int16;
  if (!is_int8 && !is_int16 && value.type.dtype != ir::DType::Float32)
    throw std::logic_error("a transpose of this data type");
  const std::vector<std::int64_t> strides = ops::memory_strides(value.type.shape, from.order);
  kernels::TransposeS8Params params{};
  // Ranks beyond the kernel's are brought down by merging dimensions that are neighbours before and after.
  const bool merges = order.size() > kernels::max_rank;
  for (const std::int64_t logical_dim : order) {
    const auto dim = static_cast<std::size_t>(logical_dim);
    const auto size = static_cast<std::int32_t>(value.type.shape[dim]);
    const auto stride = static_cast<std::int32_t>(strides[dim]);
    if (merges && size == 1) continue;
    if (merges && params.rank > 0 && params.input_strides[params.rank - 1] == stride * size) {
      params.output_shape[params.rank - 1] *= size;
      params.input_strides[params.rank - 1] = stride;
      continue;
    }
    if (params.rank == kernels::max_rank) throw std::logic_error("a transpose of too many dimensions");
    params.output_shape[params.rank] = size;
    params.input_strides[params.rank++] = stride;
  }
  const char* const wider = is_int16 ? kernels::StridedSliceS16::name : kernels::StridedSliceF32::name;
  const std::string name = value.name + ".to_" + order_name(order);
  const BufferId result = add_activation(name, value, order, BufferKind::Activation);
  program_.calls.push_back({.name = unique_call_name(name),
                            .op = "transpose",
                            .kernel = is_int8 ? kernels::TransposeS8::name : wider,
                            .parameters = is_int8 ? ops::to_parameters(params) : ops::to_parameters(as_slice(params)),
                            .operands = {{"input", from.buffer}, {"output", result}},
                            .source = node_ != nullptr ? node_->source : std::string()});
  return result;
}

BufferId ProgramBuilder::copied(const ir::Value& value, BufferId source) {
  const std::string name = value.name + ".copy";
  const DimOrder order = ops::contiguous_order(value.type.shape.size());
  const BufferId result = add_activation(name, value, order, BufferKind::Activation);
  append_copy(name, source, result);
  return result;
}

void ProgramBuilder::append_copy(const std::string& name, BufferId source, BufferId target) {
  const kernels::CopyS8Params params{static_cast<std::int32_t>(program_.buffer(target).bytes())};
  program_.calls.push_back({.name = unique_call_name(name),
                            .op = "copy",
                            .kernel = kernels::CopyS8::name,
                            .parameters = ops::to_parameters(params),
                            .operands = {{"input", source}, {"output", target}}});
}

BufferId ProgramBuilder::output(std::size_t index, const DimOrder& order) {
  const ir::Value& value = graph_.value(node_->outputs.at(index));
  const BufferId buffer = add_activation(value.name, value, order, BufferKind::Activation);
  placements_[value.id] = {{order, buffer}};
  return buffer;
}

void ProgramBuilder::alias_output(std::size_t index, std::size_t input_index, const DimOrder& input_order,
                                  const DimOrder& output_order) {
  const BufferId buffer = in_order(input_of_node(input_index).id, input_order);
  placements_[node_->outputs.at(index)] = {{output_order, buffer}};
}

BufferId ProgramBuilder::constant(std::string_view suffix, program::ElementType type, ir::Shape shape,
                                  std::vector<std::byte> data) {
  return add_constant(node_->name + "." + std::string(suffix), type, std::move(shape), std::move(data));
}

BufferId ProgramBuilder::add_constant(std::string name, program::ElementType type, ir::Shape shape,
                                      std::vector<std::byte> data) {
  const std::size_t hash = std::hash<std::string_view>{}({reinterpret_cast<const char*>(data.data()), data.size()});
  const auto [begin, end] = constants_by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const program::Buffer& known = program_.buffer(it->second);
    if (known.type == type && known.shape == shape && *known.data == data) return it->second;
  }
  const BufferId id = program_.add_buffer({.name = unique_buffer_name(name),
                                           .kind = BufferKind::Constant,
                                           .type = type,
                                           .shape = std::move(shape),
                                           .quantization = std::nullopt,
                                           .data = std::make_shared<const std::vector<std::byte>>(std::move(data))});
  constants_by_hash_.emplace(hash, id);
  return id;
}

BufferId ProgramBuilder::add_activation(const std::string& name, const ir::Value& value, const DimOrder& order,
                                        BufferKind kind) {
  program::Buffer buffer;
  buffer.name = unique_buffer_name(name);
  buffer.kind = kind;
  buffer.type = element_type(value.type.dtype);
  buffer.shape = ops::physical_shape(value.type.shape, order);
  buffer.quantization = quantization_of(value);
  return program_.add_buffer(std::move(buffer));
}

void ProgramBuilder::emit_call(const ops::KernelBinding& binding, std::vector<program::Parameter> parameters,
                               ops::OperandList operands) {
  program::KernelCall call;
  call.name = unique_call_name(node_->name);
  call.op = node_->op;
  call.kernel = binding.name;
  call.source = node_->source;
  for (auto& [name, buffer] : operands) call.operands.push_back({std::move(name), buffer});
  const std::size_t scratch_bytes = ops::planned_scratch_bytes(binding, parameters, program_.target);
  if (scratch_bytes > 0) {
    program::Buffer scratch;
    scratch.name = unique_buffer_name(call.name + ".scratch");
    scratch.kind = BufferKind::Scratch;
    scratch.type = program::ElementType::UInt8;
    scratch.shape = {static_cast<std::int64_t>(scratch_bytes)};
    call.operands.push_back({"scratch", program_.add_buffer(std::move(scratch))});
  }
  call.parameters = std::move(parameters);
  const ops::OpDefinition& definition = ops::operator_of(*node_);
  if (node_macs_pending_ && definition.macs != nullptr) call.macs = definition.macs(graph_, *node_);
  node_macs_pending_ = false;
  program_.calls.push_back(std::move(call));
}

Status ProgramBuilder::finish_outputs() {
  std::map<std::string, int> port_names;
  for (const ir::ValueId id : graph_.outputs) {
    const ir::Value& value = graph_.value(id);
    const std::size_t rank = value.type.shape.size();
    BufferId buffer = in_order(id, ops::contiguous_order(rank));
    if (value.is_constant()) {
      if (value.type.dtype != ir::DType::Int8) {
        return unsupported({.where = value.name,
                            .found = "the output is a constant that was not quantized",
                            .allowed = "outputs are computed from the inputs, or int8 constants"});
      }
      buffer = copied(value, buffer);
    }
    // A table that changes no code gives its input's buffer another scale, which only a buffer of its own can tell.
    if (value.quant && program_.buffer(buffer).quantization != quantization_of(value)) buffer = copied(value, buffer);
    // The caller reads outputs behind the run, when the state has become another.
    if (program_.buffer(buffer).kind == BufferKind::State) buffer = copied(value, buffer);
    // One value may be returned twice; the caller tells outputs apart by name.
    program_.outputs.push_back({numbered(port_names, value.name), buffer, value.type.shape});
  }
  return {};
}

ValuePlaces ProgramBuilder::places() const {
  ValuePlaces places;
  for (const auto& [id, placements] : placements_) {
    const ir::Value& value = graph_.value(id);
    if (!value.is_constant()) places[value.name] = {placements.front().buffer, placements.front().order};
  }
  return places;
}

void ProgramBuilder::finish_states() {
  std::vector<BufferId> sources;
  for (const ir::State& state : graph_.states) {
    const Placement& place = placements_.at(state.before).front();
    BufferId source = in_order(state.after, place.order);
    // One that becomes another state must be read before any is written.
    if (source != place.buffer && program_.buffer(source).kind == BufferKind::State) {
      source = copied(graph_.value(state.after), source);
    }
    sources.push_back(source);
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const ir::Value& value = graph_.value(graph_.states[i].before);
    const BufferId target = placements_.at(value.id).front().buffer;
    if (sources[i] != target) append_copy(value.name + ".keep", sources[i], target);
  }
}

ProgramBuilder::StateOrders ProgramBuilder::orders_of_kept_values() const {
  StateOrders orders;
  for (const ir::State& state : graph_.states) {
    const ir::Value& after = graph_.value(state.after);
    orders.push_back(after.is_constant() ? ops::contiguous_order(after.type.shape.size())
                                         : placements_.at(after.id).front().order);
  }
  return orders;
}

std::string ProgramBuilder::unique_buffer_name(const std::string& hint) {
  return numbered(buffer_names_, hint);
}
std::string ProgramBuilder::unique_call_name(const std::string& hint) {
  return numbered(call_names_, hint);
}

}  // namespace pudu::lowering
