// The structural check of a Program; reports every fault at once.
#include <cmath>
#include <cstdint>
#include <set>

#include "base/text_cursor.hpp"
#include "program/program.hpp"

namespace pudu::program {
namespace {

constexpr std::int64_t max_elements = INT32_MAX;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

bool is_identifier(std::string_view name) {
  return base::is_word(name) && name.find_first_of(".-") == std::string_view::npos;
}

/// The product of the sizes, or nothing when one is not positive or the product does not fit 31 bits.
std::optional<std::int64_t> count_elements(const std::vector<std::int64_t>& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) {
    if (size <= 0 || size > max_elements / elements) return std::nullopt;
    elements *= size;
  }
  return elements;
}

class Verifier {
 public:
  explicit Verifier(const Program& program)
      : program_(program), is_filled_(program.buffers.size(), false), scratch_users_(program.buffers.size(), 0) {}

  Status run() {
    if (!is_identifier(program_.name)) fault("program '" + program_.name + "'", "its name", "a C++ identifier");
    const targets::TargetConfig& target = program_.target;
    if (target.cpu && target.isa > targets::info(*target.cpu).default_isa) {
      fault("target " + std::string(target.cpu_name()), "ISA " + std::string(target.isa_name()), "an ISA of this CPU");
    }
    for (const Buffer& buffer : program_.buffers) check_buffer(buffer);
    if (!error_.diagnostics.empty()) return std::move(error_);
    for (const KernelCall& call : program_.calls) check_call(call);
    check_ports();
    if (error_.diagnostics.empty()) return {};
    return std::move(error_);
  }

 private:
  void fault(std::string where, std::string found, std::string allowed) {
    error_.diagnostics.push_back(
        {.file = "", .where = std::move(where), .found = std::move(found), .allowed = std::move(allowed), .hint = ""});
  }

  void check_buffer(const Buffer& buffer) {
    const std::size_t position = next_buffer_++;
    const std::string where = "buffer '" + buffer.name + "'";
    if (index_of(buffer.id) != position) {
      fault(where, "id " + std::to_string(index_of(buffer.id)),
            "a buffer's id is its position, here " + std::to_string(position));
    }
    if (buffer.name.empty()) fault(where, "empty name", "every buffer has a name");
    if (!buffer_names_.insert(buffer.name).second) fault(where, "name used twice", "names of buffers are unique");
    is_filled_[position] = buffer.kind != BufferKind::Activation && buffer.kind != BufferKind::Scratch;
    if (buffer.quantization && (!std::isfinite(buffer.quantization->scale) || buffer.quantization->scale <= 0)) {
      fault(where, "quantization scale " + std::to_string(buffer.quantization->scale), "positive and finite");
    }
    if (!count_elements(buffer.shape)) {
      fault(where, "shape " + shape_text(buffer.shape),
            "positive sizes, at most " + std::to_string(max_elements) + " elements");
      return;
    }
    check_data(buffer, where);
  }

  void check_data(const Buffer& buffer, const std::string& where) {
    if (buffer.kind != BufferKind::Constant && buffer.kind != BufferKind::State) {
      if (buffer.data != nullptr) fault(where, "data", "only constants and states have data");
    } else if (buffer.data == nullptr) {
      fault(where, "no data", "constants and states have data");
    } else if (buffer.data->size() != buffer.bytes()) {
      fault(
          where, "data of " + std::to_string(buffer.data->size()) + " bytes",
          std::string(to_string(buffer.type)) + shape_text(buffer.shape) + " takes " + std::to_string(buffer.bytes()));
    }
  }

  void check_call(const KernelCall& call) {
    const std::string where = "call '" + call.name + "'";
    if (call.name.empty()) fault(where, "empty name", "every call has a name");
    if (!call_names_.insert(call.name).second) fault(where, "name used twice", "names of calls are unique");
    if (call.op.empty()) fault(where, "no operator", "every call has one");
    if (call.kernel.empty()) fault(where, "no kernel", "every call has one");
    if (call.macs < 0) fault(where, std::to_string(call.macs) + " multiply-accumulates", "not negative");
    std::set<std::string_view> names;
    for (const Parameter& parameter : call.parameters) {
      if (!names.insert(parameter.name).second) {
        fault(where, "parameter '" + parameter.name + "' given twice", "each once");
      }
    }
    names.clear();
    for (const Operand& operand : call.operands) {
      if (!names.insert(operand.name).second) fault(where, "operand '" + operand.name + "' given twice", "each once");
      check_operand(where, operand);
    }
    // Only now: a call does not read what it writes itself.
    for (const Operand& operand : call.operands) {
      if (is_written(operand.name) && index_of(operand.buffer) < is_filled_.size()) {
        is_filled_[index_of(operand.buffer)] = true;
      }
    }
  }

  void check_operand(const std::string& call, const Operand& operand) {
    const std::string where = call + ", operand '" + operand.name + "'";
    if (!check_range(where, operand.buffer)) return;
    const Buffer& buffer = program_.buffer(operand.buffer);
    const std::string shown = std::string(to_string(buffer.kind)) + " '" + buffer.name + "'";
    if ((operand.name == "scratch") != (buffer.kind == BufferKind::Scratch)) {
      fault(where, shown, "the operand 'scratch', and no other, has a scratch buffer");
    } else if (buffer.kind == BufferKind::Scratch) {
      if (++scratch_users_[index_of(operand.buffer)] > 1) fault(where, shown, "a scratch buffer serves one call only");
    } else if (is_written(operand.name)) {
      if (buffer.kind != BufferKind::Activation && buffer.kind != BufferKind::State) {
        fault(where, shown, "calls write activations and states only");
      }
    } else if (!is_filled_[index_of(operand.buffer)]) {
      fault(where, shown, "an earlier call writes what a call reads");
    }
  }

  void check_ports() {
    std::set<std::string_view> names;
    for (const Port& port : program_.inputs) {
      const std::string where = "input '" + port.name + "'";
      if (!names.insert(port.name).second) fault(where, "name used twice", "names of inputs are unique");
      if (!check_port(where, port)) continue;
      const Buffer& buffer = program_.buffer(port.buffer);
      if (buffer.kind != BufferKind::Input) {
        fault(where, std::string(to_string(buffer.kind)) + " '" + buffer.name + "'", "a buffer of kind input");
      }
    }
    names.clear();
    for (const Port& port : program_.outputs) {
      const std::string where = "output '" + port.name + "'";
      if (!names.insert(port.name).second) fault(where, "name used twice", "names of outputs are unique");
      if (!check_port(where, port)) continue;
      const BufferKind kind = program_.buffer(port.buffer).kind;
      const bool is_in_arena = kind == BufferKind::Input || kind == BufferKind::Activation;
      if (!is_filled_[index_of(port.buffer)] || !is_in_arena) {
        fault(where, "buffer '" + program_.buffer(port.buffer).name + "'", "one that a call writes");
      }
    }
  }

  bool check_port(const std::string& where, const Port& port) {
    if (!check_range(where, port.buffer)) return false;
    const Buffer& buffer = program_.buffer(port.buffer);
    if (count_elements(port.shape) != count_elements(buffer.shape)) {
      fault(where, "shape " + shape_text(port.shape),
            "as many elements as buffer '" + buffer.name + "' " + shape_text(buffer.shape));
    }
    return true;
  }

  bool check_range(const std::string& where, BufferId id) {
    if (index_of(id) < program_.buffers.size()) return true;
    fault(where, "buffer id " + std::to_string(index_of(id)), "ids below " + std::to_string(program_.buffers.size()));
    return false;
  }

  const Program& program_;
  std::vector<bool> is_filled_;  ///< by the caller, at build time, or by a call so far
  std::vector<int> scratch_users_;
  std::set<std::string_view> buffer_names_, call_names_;
  std::size_t next_buffer_ = 0;
  Error error_{ErrorKind::InvalidInput, {}};
};

}  // namespace

Status verify(const Program& program) {
  return Verifier(program).run();
}

}  // namespace pudu::program
