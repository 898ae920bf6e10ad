#include "pte/read.hpp"

#include <flatbuffers/flatbuffers.h>
#include <fmt/format.h>

#include <pudu_pte_wire/program_generated.h>
#include <algorithm>
#include <cstring>

#include "pte/container.hpp"
#include "pte/faults.hpp"
#include "pte/read_tensor.hpp"
#include "pte/verify.hpp"

namespace pudu::pte {
namespace {

/// flatbuffers allows offsets of 31 bits.
constexpr std::size_t most_program_bytes = 0x7fff'ffff;

/// The flatbuffer verified; null when it is damaged. `program` must be aligned to 16 bytes.
const wire::Program* verified_root(std::span<const std::byte> program) {
  if (program.size() > most_program_bytes) return nullptr;
  const auto* data = reinterpret_cast<const std::uint8_t*>(program.data());
  constexpr int most_depth = 32;
  constexpr int most_tables = 4'000'000;
  flatbuffers::Verifier verifier(data, program.size(), most_depth, most_tables);
  if (!verifier.VerifyBuffer<wire::Program>("ET12")) return nullptr;
  return flatbuffers::GetRoot<wire::Program>(data);
}

class Reader {
 public:
  Reader(std::span<const std::byte> file, const Container& container, const wire::Program& wire)
      : file_(file), container_(container), wire_(wire), budget_(list_budget_per_byte * container.program.size()) {}

  Result<Program> read() {
    program_.file_bytes = file_.size();
    program_.flatbuffer_bytes = container_.program.size();
    if (wire_.version() != 0) {
      faults_.add_unsupported("program version", fmt::format("{}", wire_.version()), "0");
    }
    read_segments();
    if (wire_.execution_plan() == nullptr || wire_.execution_plan()->size() == 0) {
      faults_.add("execution plans", "none", "at least one");
    } else {
      for (const wire::ExecutionPlan* plan : *wire_.execution_plan()) read_plan(*plan);
    }
    PUDU_TRY(faults_.status());
    return std::move(program_);
  }

 private:
  static constexpr std::size_t list_budget_per_byte = 8;

  /// False when the lists hold much more than the file does: they share elements, as no writer makes it, and would
  /// take any amount of memory.
  template <class List>
  bool take(const List* list) {
    const std::size_t count = list == nullptr ? 0 : list->size();
    if (count <= budget_) {
      budget_ -= count;
      return true;
    }
    if (budget_ != 0)
      faults_.add("lists", "together they hold more than the file", "lists of their own for all values");
    budget_ = 0;
    return false;
  }

  template <class T, class List>
  std::vector<T> copy(const List* list) {
    if (list == nullptr || !take(list) || !is_aligned(list)) return {};
    return std::vector<T>(list->begin(), list->end());
  }

  /// flatbuffers' verifier looks at the alignment of a list's length, which is 4 bytes, not at that of its elements.
  template <class Element>
  bool is_aligned(const flatbuffers::Vector<Element>* list) {
    if (reinterpret_cast<std::uintptr_t>(list->Data()) % sizeof(Element) == 0) return true;
    faults_.add("lists", "numbers that are not aligned", fmt::format("multiples of {} bytes", sizeof(Element)));
    return false;
  }

  static std::string text(const flatbuffers::String* string) { return string == nullptr ? "" : string->str(); }

  void read_segments() {
    if (wire_.segments() != nullptr && take(wire_.segments())) {
      for (const wire::DataSegment* segment : *wire_.segments()) read_segment(*segment);
    }
    if (wire_.constant_buffer() != nullptr && wire_.constant_buffer()->size() > 1) {
      faults_.add_unsupported("constants", "they are inside the flatbuffer", "a constant segment",
                              "export the model with ExecuTorch 1.0 or later");
    }
    if (wire_.backend_delegate_data() != nullptr && wire_.backend_delegate_data()->size() != 0) {
      faults_.add_unsupported("delegates", "the program holds data of delegates", "cortex_m and portable operators");
    }
    if (const wire::SubsegmentOffsets* constants = wire_.constant_segment()) {
      data_.constants = read_offsets(*constants, "constant segment");
      program_.constants = data_.constants.segment;
      if (!data_.constants.segment.empty()) {
        program_.constants_offset = static_cast<std::uint64_t>(data_.constants.segment.data() - file_.data());
      }
    }
    if (wire_.mutable_data_segments() != nullptr && wire_.mutable_data_segments()->size() != 0) {
      if (wire_.mutable_data_segments()->size() > 1) {
        faults_.add("mutable data", fmt::format("{} segments", wire_.mutable_data_segments()->size()), "one");
      }
      data_.variables = read_offsets(*wire_.mutable_data_segments()->Get(0), "mutable data segment");
    }
    if (wire_.named_data() != nullptr && take(wire_.named_data())) {
      for (const wire::NamedData* named : *wire_.named_data()) {
        const std::string key = text(named->key());
        program_.named_data.push_back({key, segment(named->segment_index(), "named data '" + key + "'")});
      }
    }
  }

  void read_segment(const wire::DataSegment& wire) {
    const std::size_t total = container_.segments.size();
    if (wire.offset() > total || wire.size() > total - wire.offset()) {
      faults_.add(fmt::format("segment {}", segments_.size()),
                  fmt::format("{} bytes at offset {}", wire.size(), wire.offset()),
                  fmt::format("the file holds {} bytes of segments", total));
      segments_.emplace_back();
    } else {
      segments_.push_back(container_.segments.subspan(wire.offset(), wire.size()));
    }
  }

  std::span<const std::byte> segment(std::uint32_t index, const std::string& where) {
    if (index < segments_.size()) return segments_[index];
    faults_.add(where, fmt::format("segment {}", index), fmt::format("the program has {} segments", segments_.size()));
    return {};
  }

  DataSegment read_offsets(const wire::SubsegmentOffsets& wire, const std::string& where) {
    DataSegment data{.name = where, .offsets = copy<std::uint64_t>(wire.offsets())};
    // One entry is the placeholder for "no data": nothing is loaded, there need be no segment.
    if (data.offsets.size() > 1) data.segment = segment(wire.segment_index(), where);
    for (std::size_t i = 0; i < data.offsets.size(); ++i) {
      if (data.offsets.size() > 1 && data.offsets[i] > data.segment.size()) {
        faults_.add(fmt::format("{}, offset {}", where, i), fmt::format("{}", data.offsets[i]),
                    fmt::format("0 to {}", data.segment.size()));
      }
    }
    return data;
  }

  void read_plan(const wire::ExecutionPlan& wire) {
    Plan plan{.name = text(wire.name())};
    const std::string where = fmt::format("execution plan {}", program_.plans.size());
    if (plan.name.empty()) faults_.add(where, "no name", "a name, as 'forward'");
    // The runtime looks at all of these, be they empty.
    if (wire.values() == nullptr) faults_.add(where, "no values", "a list, even if empty");
    if (wire.inputs() == nullptr) faults_.add(where, "no inputs", "a list, even if empty");
    if (wire.outputs() == nullptr) faults_.add(where, "no outputs", "a list, even if empty");
    if (wire.chains() == nullptr || wire.chains()->size() == 0) faults_.add(where, "no chains", "at least one");
    if (wire.operators() == nullptr) faults_.add(where, "no operators", "a list, even if empty");
    if (wire.delegates() == nullptr) {
      faults_.add(where, "no delegates", "a list, even if empty");
    } else if (wire.delegates()->size() != 0) {
      faults_.add_unsupported(where, fmt::format("{} delegates", wire.delegates()->size()),
                              "cortex_m and portable operators");
    }
    read_pools(wire, plan, where);
    plan.inputs = copy<std::int32_t>(wire.inputs());
    plan.outputs = copy<std::int32_t>(wire.outputs());
    if (wire.operators() != nullptr && take(wire.operators())) {
      for (const wire::Operator* op : *wire.operators()) {
        plan.operators.push_back({text(op->name()), text(op->overload())});
      }
    }
    const std::string prefix = program_.plans.empty() ? "" : "plan '" + plan.name + "', ";
    if (wire.values() != nullptr && take(wire.values())) {
      for (const wire::EValue* value : *wire.values()) {
        plan.values.push_back(read_value(*value, plan, fmt::format("{}value {}", prefix, plan.values.size())));
      }
    }
    if (wire.chains() != nullptr && take(wire.chains())) {
      for (const wire::Chain* chain : *wire.chains()) read_chain(*chain, plan, prefix);
    }
    program_.plans.push_back(std::move(plan));
  }

  void read_pools(const wire::ExecutionPlan& wire, Plan& plan, const std::string& where) {
    if (wire.non_const_buffer_sizes() == nullptr || wire.non_const_buffer_sizes()->size() == 0) {
      faults_.add(where, "no sizes of memory pools", "a list that begins with the reserved entry");
      return;
    }
    const auto sizes = copy<std::int64_t>(wire.non_const_buffer_sizes());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const std::int64_t bytes = sizes[i];
      if (bytes < 0 || bytes > UINT32_MAX) {
        faults_.add(fmt::format("{}, memory pool {}", where, i), fmt::format("{} bytes", bytes),
                    fmt::format("0 to {}", UINT32_MAX));
      }
      if (i != 0) plan.pool_bytes.push_back(static_cast<std::size_t>(std::max<std::int64_t>(bytes, 0)));
    }
    if (wire.non_const_buffer_device() == nullptr) return;
    for (const wire::NonConstBufferDevice* device : *wire.non_const_buffer_device()) {
      if (device->device_type() == 0) continue;
      faults_.add_unsupported(fmt::format("{}, memory pool {}", where, device->buffer_idx()),
                              fmt::format("it is on a device of type {}", device->device_type()), "0, the CPU");
    }
  }

  Value read_value(const wire::EValue& wire, const Plan& plan, const std::string& where) {
    // The type says which table it is; the table's own fields may all be left out.
    if (wire.val() == nullptr && wire.val_type() != wire::Value::Null) {
      faults_.add(where, "no content", "a value of one of the eleven types");
      return Null{};
    }
    switch (wire.val_type()) {
      case wire::Value::Null:
        return Null{};
      case wire::Value::Int:
        return wire.val_as_Int()->int_val();
      case wire::Value::Bool:
        return wire.val_as_Bool()->bool_val();
      case wire::Value::Double:
        return wire.val_as_Double()->double_val();
      case wire::Value::Tensor:
        return read_tensor(*wire.val_as_Tensor(), plan, where);
      case wire::Value::String:
        if (wire.val_as_String()->string_val() == nullptr) faults_.add(where, "a String without text", "a text");
        return text(wire.val_as_String()->string_val());
      default:
        return read_list(wire, where);
    }
  }

  Value read_list(const wire::EValue& wire, const std::string& where) {
    const auto need = [&](const auto* items) {
      if (items == nullptr) faults_.add(where, "a list without items", "a list, even if empty");
      return items;
    };
    switch (wire.val_type()) {
      case wire::Value::IntList:
        return IntList{copy<std::int64_t>(need(wire.val_as_IntList()->items()))};
      case wire::Value::DoubleList:
        return DoubleList{copy<double>(need(wire.val_as_DoubleList()->items()))};
      case wire::Value::BoolList:
        return BoolList{copy<bool>(need(wire.val_as_BoolList()->items()))};
      case wire::Value::TensorList:
        return TensorList{copy<std::int32_t>(need(wire.val_as_TensorList()->items()))};
      case wire::Value::OptionalTensorList:
        return TensorList{copy<std::int32_t>(need(wire.val_as_OptionalTensorList()->items())), true};
      default:
        faults_.add(where, fmt::format("type {}", static_cast<int>(wire.val_type())), "1 to 11");
        return Null{};
    }
  }

  Tensor read_tensor(const wire::Tensor& wire, const Plan& plan, const std::string& where) {
    if (!take(wire.sizes()) || !take(wire.dim_order())) return {};
    Tensor tensor = pte::read_tensor(wire, {data_, plan.pool_bytes}, where, faults_);
    if (!tensor.data.empty()) tensor.data_offset = static_cast<std::uint64_t>(tensor.data.data() - file_.data());
    return tensor;
  }

  void read_chain(const wire::Chain& wire, Plan& plan, const std::string& prefix) {
    if (wire.instructions() == nullptr) {
      faults_.add(prefix + "chain", "no instructions", "a list, even if empty");
      return;
    }
    if (!take(wire.instructions())) return;
    for (const std::int32_t value : copy<std::int32_t>(wire.inputs())) check_port(value, plan, prefix + "chain, input");
    for (const std::int32_t value : copy<std::int32_t>(wire.outputs())) {
      check_port(value, plan, prefix + "chain, output");
    }
    for (const wire::Instruction* instruction : *wire.instructions()) {
      const std::string where = fmt::format("{}instruction {}", prefix, plan.calls.size());
      plan.calls.push_back(read_call(*instruction, plan, where));
    }
  }

  void check_port(std::int32_t value, const Plan& plan, const std::string& where) {
    if (value >= 0 && static_cast<std::size_t>(value) < plan.values.size()) return;
    faults_.add(where, fmt::format("value {}", value), fmt::format("the plan has {} values", plan.values.size()));
  }

  KernelCall read_call(const wire::Instruction& wire, const Plan& plan, const std::string& where) {
    if (wire.instr_args() == nullptr || wire.instr_args_type() > wire::InstructionArguments::MAX ||
        wire.instr_args_type() == wire::InstructionArguments::NONE) {
      faults_.add(where, fmt::format("an instruction of type {}", static_cast<int>(wire.instr_args_type())),
                  "1, a kernel call");
      return {};
    }
    const wire::KernelCall* call = wire.instr_args_as_KernelCall();
    if (call == nullptr) {
      const char* const name = wire::EnumNameInstructionArguments(wire.instr_args_type());
      const auto* delegate = wire.instr_args_as_DelegateCall();
      if (delegate != nullptr) {
        faults_.add(where, fmt::format("a call of delegate {}", delegate->delegate_index()), "kernel calls");
      } else {
        faults_.add_unsupported(where, name, "kernel calls, of which ExecuTorch's Cortex-M programs consist");
      }
      return {};
    }
    if (call->args() == nullptr) faults_.add(where, "no arguments", "a list");
    if (call->op_index() < 0 || static_cast<std::size_t>(call->op_index()) >= plan.operators.size()) {
      faults_.add(where, fmt::format("operator {}", call->op_index()),
                  fmt::format("the plan has {} operators", plan.operators.size()));
      return {};
    }
    return {static_cast<std::size_t>(call->op_index()), copy<std::int32_t>(call->args())};
  }

  std::span<const std::byte> file_;
  const Container& container_;
  const wire::Program& wire_;
  std::size_t budget_;
  std::vector<std::span<const std::byte>> segments_;
  DataSegments data_;
  Program program_;
  Faults faults_;
};

/// The text of the metadata plan within the file; empty when there is none.
std::string_view metadata_of_plan(const wire::Program& wire) {
  if (wire.execution_plan() == nullptr) return {};
  for (const wire::ExecutionPlan* plan : *wire.execution_plan()) {
    if (plan->name() == nullptr || plan->name()->string_view() != metadata_plan_name) continue;
    if (plan->values() == nullptr || plan->values()->size() == 0) return {};
    const wire::String* string = plan->values()->Get(0)->val_as_String();
    return string == nullptr || string->string_val() == nullptr ? std::string_view()
                                                                : string->string_val()->string_view();
  }
  return {};
}

/// A text of metadata, wherever it is: the plan that holds it may be what is damaged.
std::string_view metadata_somewhere(std::span<const std::byte> program) {
  const std::string_view text(reinterpret_cast<const char*>(program.data()), program.size());
  const std::size_t begin = text.find("pudu=");
  if (begin == std::string_view::npos) return {};
  const std::string_view found = text.substr(begin, std::min(text.find('\0', begin), text.size()) - begin);
  return decode(found) ? found : std::string_view();
}

/// Empty for a file that Pudu did not write.
Result<std::optional<Metadata>> read_metadata(std::span<const std::byte> file, const Container& container,
                                              const wire::Program& wire) {
  std::string_view text = metadata_of_plan(wire);
  if (text.empty()) text = metadata_somewhere(container.program);
  if (text.empty()) return std::optional<Metadata>();
  PUDU_TRY_ASSIGN(const Metadata metadata, decode(text));
  const auto offset = static_cast<std::size_t>(text.data() - reinterpret_cast<const char*>(file.data()));
  const std::uint32_t computed = sealed_crc32(file, offset, text);
  if (computed != metadata.crc32) {
    return invalid_input({.where = "checksum",
                          .found = fmt::format("{:08x}", computed),
                          .allowed = fmt::format("{:08x}, which was written with the file", metadata.crc32),
                          .hint = "the file is damaged; compile the model again"});
  }
  return std::optional<Metadata>(metadata);
}

}  // namespace

bool is_program(std::span<const std::byte> file) {
  constexpr std::size_t identifier_at = 4;
  return file.size() >= identifier_at + 2 && std::memcmp(file.data() + identifier_at, "ET", 2) == 0;
}

Result<Program> read(std::span<const std::byte> file, const ReadOptions& options) {
  PUDU_TRY_ASSIGN(const Container container, split(file));
  // An unaligned file would make every number an unaligned read.
  if (reinterpret_cast<std::uintptr_t>(file.data()) % alignof(std::max_align_t) != 0) {
    return internal_error({.where = "file", .found = "unaligned memory", .allowed = "aligned to 16 bytes"});
  }
  const wire::Program* wire = verified_root(container.program);
  if (wire == nullptr) {
    return invalid_input({.where = "flatbuffer",
                          .found = "an offset, a length or a text in it is broken",
                          .allowed = "a flatbuffer of ExecuTorch's program schema",
                          .hint = "the file is damaged; export the model again"});
  }
  PUDU_TRY_ASSIGN(const std::optional<Metadata> metadata, read_metadata(file, container, *wire));
  PUDU_TRY_ASSIGN(Program program, Reader(file, container, *wire).read());
  program.metadata = metadata;
  PUDU_TRY(verify_calls(program));
  PUDU_TRY(verify_flow(program));
  PUDU_TRY(verify_scratch(program, options));
  return program;
}

}  // namespace pudu::pte
