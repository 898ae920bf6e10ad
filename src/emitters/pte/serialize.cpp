#include "emitters/pte/serialize.hpp"

#include <flatbuffers/flatbuffers.h>

#include <pudu_pte_wire/program_generated.h>
#include <algorithm>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "pte/container.hpp"

namespace pudu::emitters {
namespace {

namespace wire = pte::wire;
using flatbuffers::Offset;

/// Of a constant within its segment: what ExecuTorch uses, and a whole vector register of MVE.
constexpr std::size_t constant_alignment = 16;

/// The constants of all plans, one behind the other.
struct ConstantSegment {
  std::vector<std::uint64_t> offsets = {0};  ///< by data index; the first stands for "no data"
  std::vector<std::byte> bytes;
};

Result<ConstantSegment> lay_out_constants(const pte::Program& program) {
  std::map<std::uint32_t, std::span<const std::byte>> constants;
  for (const pte::Plan& plan : program.plans) {
    for (const pte::Value& value : plan.values) {
      const auto* tensor = std::get_if<pte::Tensor>(&value);
      if (tensor != nullptr && tensor->data_index != 0) constants.emplace(tensor->data_index, tensor->data);
    }
  }
  ConstantSegment segment;
  for (const auto& [index, data] : constants) {
    if (index != segment.offsets.size()) {
      return internal_error({.where = "constants", .found = "no constant " + std::to_string(segment.offsets.size())});
    }
    segment.bytes.resize((segment.bytes.size() + constant_alignment - 1) / constant_alignment * constant_alignment);
    segment.offsets.push_back(segment.bytes.size());
    segment.bytes.insert(segment.bytes.end(), data.begin(), data.end());
  }
  return segment;
}

/// Vectors of numbers, each content once.
template <class T>
class VectorPool {
 public:
  explicit VectorPool(flatbuffers::FlatBufferBuilder& builder) : builder_(builder) {}

  Offset<flatbuffers::Vector<T>> add(const std::vector<T>& items) {
    const auto [entry, is_new] = offsets_.try_emplace(items);
    if (is_new) entry->second = builder_.CreateVector(items);
    return entry->second;
  }

 private:
  flatbuffers::FlatBufferBuilder& builder_;
  std::map<std::vector<T>, Offset<flatbuffers::Vector<T>>> offsets_;
};

/// Children before parents, as a flatbuffer is built.
class ProgramWriter {
 public:
  std::vector<std::byte> write(const pte::Program& program, const ConstantSegment& constants,
                               const std::string& metadata) {
    std::vector<Offset<wire::ExecutionPlan>> plans;
    for (const pte::Plan& plan : program.plans) plans.push_back(add_plan(plan));
    if (!metadata.empty()) plans.push_back(add_plan(metadata_plan(metadata)));
    std::vector<Offset<wire::DataSegment>> segments;
    if (!constants.bytes.empty()) segments.push_back(wire::CreateDataSegment(builder_, 0, constants.bytes.size()));
    const auto offsets = builder_.CreateVector(constants.offsets);
    const auto constant_segment = wire::CreateSubsegmentOffsets(builder_, 0, offsets);
    const auto plan_list = builder_.CreateVector(plans);
    const auto segment_list = builder_.CreateVector(segments);
    wire::ProgramBuilder root(builder_);
    root.add_execution_plan(plan_list);
    root.add_segments(segment_list);
    root.add_constant_segment(constant_segment);
    builder_.Finish(root.Finish(), wire::ProgramIdentifier());
    const auto* data = reinterpret_cast<const std::byte*>(builder_.GetBufferPointer());
    return {data, data + builder_.GetSize()};
  }

 private:
  static pte::Plan metadata_plan(const std::string& text) {
    pte::Plan plan;
    plan.name = pte::metadata_plan_name;
    plan.values = {text};
    plan.outputs = {0};
    return plan;
  }

  Offset<wire::ExecutionPlan> add_plan(const pte::Plan& plan) {
    std::vector<Offset<wire::EValue>> values;
    for (const pte::Value& value : plan.values) {
      values.push_back(std::visit([&](const auto& own) { return add_value(own); }, value));
    }
    std::vector<Offset<wire::Operator>> operators;
    for (const pte::Operator& op : plan.operators) {
      const auto name = builder_.CreateSharedString(op.name);
      operators.push_back(wire::CreateOperator(builder_, name, builder_.CreateSharedString(op.overload)));
    }
    // Entry 0 is reserved: memory ids begin at 1.
    std::vector<std::int64_t> pool_bytes = {0};
    for (const std::size_t bytes : plan.pool_bytes) pool_bytes.push_back(static_cast<std::int64_t>(bytes));
    const std::vector<Offset<wire::Chain>> chains = {add_chain(plan)};
    const auto name = builder_.CreateSharedString(plan.name);
    // ExecuTorch's tools expect the texts that say how Python flattens the arguments, which here are flat already.
    const auto nothing = builder_.CreateSharedString("");
    const auto container = wire::CreateContainerMetadata(builder_, nothing, nothing);
    const auto value_list = builder_.CreateVector(values);
    const auto inputs = indices_.add(plan.inputs);
    const auto outputs = indices_.add(plan.outputs);
    const auto chain_list = builder_.CreateVector(chains);
    const auto operator_list = builder_.CreateVector(operators);
    const auto delegates = builder_.CreateVector(std::vector<Offset<wire::BackendDelegate>>());
    const auto pools = long_indices_.add(pool_bytes);
    return wire::CreateExecutionPlan(builder_, name, container, value_list, inputs, outputs, chain_list, operator_list,
                                     delegates, pools);
  }

  Offset<wire::Chain> add_chain(const pte::Plan& plan) {
    std::vector<Offset<wire::Instruction>> instructions;
    for (const pte::KernelCall& call : plan.calls) {
      const auto args = indices_.add(call.args);
      const auto kernel_call = wire::CreateKernelCall(builder_, static_cast<std::int32_t>(call.operator_index), args);
      instructions.push_back(
          wire::CreateInstruction(builder_, wire::InstructionArguments::KernelCall, kernel_call.Union()));
    }
    const auto list = builder_.CreateVector(instructions);
    const auto nothing = indices_.add({});
    return wire::CreateChain(builder_, nothing, nothing, list);
  }

  template <class Table>
  Offset<wire::EValue> evalue(wire::Value type, Offset<Table> table) {
    return wire::CreateEValue(builder_, type, table.Union());
  }

  Offset<wire::EValue> add_value(const pte::Null&) { return evalue(wire::Value::Null, wire::CreateNull(builder_)); }
  Offset<wire::EValue> add_value(std::int64_t value) {
    return evalue(wire::Value::Int, wire::CreateInt(builder_, value));
  }
  Offset<wire::EValue> add_value(bool value) { return evalue(wire::Value::Bool, wire::CreateBool(builder_, value)); }
  Offset<wire::EValue> add_value(double value) {
    return evalue(wire::Value::Double, wire::CreateDouble(builder_, value));
  }
  Offset<wire::EValue> add_value(const std::string& value) {
    const auto text = builder_.CreateSharedString(value);
    return evalue(wire::Value::String, wire::CreateString(builder_, text));
  }
  Offset<wire::EValue> add_value(const pte::IntList& list) {
    const auto items = long_indices_.add(list.items);
    return evalue(wire::Value::IntList, wire::CreateIntList(builder_, items));
  }
  Offset<wire::EValue> add_value(const pte::DoubleList& list) {
    const auto items = builder_.CreateVector(list.items);
    return evalue(wire::Value::DoubleList, wire::CreateDoubleList(builder_, items));
  }
  Offset<wire::EValue> add_value(const pte::BoolList& list) {
    const auto items = builder_.CreateVector(list.items);
    return evalue(wire::Value::BoolList, wire::CreateBoolList(builder_, items));
  }
  Offset<wire::EValue> add_value(const pte::TensorList& list) {
    const auto items = indices_.add(list.items);
    return list.is_optional ? evalue(wire::Value::OptionalTensorList, wire::CreateOptionalTensorList(builder_, items))
                            : evalue(wire::Value::TensorList, wire::CreateTensorList(builder_, items));
  }

  Offset<wire::EValue> add_value(const pte::Tensor& tensor) {
    const auto sizes = indices_.add(tensor.sizes);
    const auto dim_order = orders_.add(tensor.dim_order);
    Offset<wire::AllocationDetails> place = 0;
    if (tensor.place) {
      const std::uint64_t offset = tensor.place->offset;
      place = wire::CreateAllocationDetails(builder_, tensor.place->memory_id, static_cast<std::uint32_t>(offset),
                                            static_cast<std::uint32_t>(offset >> 32U));
    }
    wire::TensorBuilder table(builder_);
    table.add_sizes(sizes);
    table.add_dim_order(dim_order);
    if (tensor.place) table.add_allocation_info(place);
    table.add_data_buffer_idx(tensor.data_index);
    table.add_scalar_type(static_cast<std::int8_t>(tensor.type));
    return evalue(wire::Value::Tensor, table.Finish());
  }

  flatbuffers::FlatBufferBuilder builder_;
  VectorPool<std::int32_t> indices_{builder_};
  VectorPool<std::int64_t> long_indices_{builder_};
  VectorPool<std::uint8_t> orders_{builder_};
};

}  // namespace

Result<std::vector<std::byte>> serialize(const pte::Program& program) {
  PUDU_TRY_ASSIGN(const ConstantSegment constants, lay_out_constants(program));
  const std::string metadata = program.metadata ? pte::encode(*program.metadata) : std::string();
  const std::vector<std::byte> flatbuffer = ProgramWriter().write(program, constants, metadata);
  std::vector<pte::Segment> segments;
  if (!constants.bytes.empty()) segments.push_back({0, constants.bytes});
  std::vector<std::byte> file = pte::assemble(flatbuffer, segments);
  if (!metadata.empty()) PUDU_TRY(pte::seal(file, metadata));
  return file;
}

}  // namespace pudu::emitters
