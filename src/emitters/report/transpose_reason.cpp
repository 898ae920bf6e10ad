#include "emitters/report/transpose_reason.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pudu::emitters {

namespace {

using program::BufferId;
using program::BufferKind;
using program::KernelCall;
using program::Program;

constexpr std::string_view output_operand = "output";

BufferId operand(const KernelCall& call, std::string_view name) {
  const auto found = std::find_if(call.operands.begin(), call.operands.end(),
                                  [&](const program::Operand& each) { return each.name == name; });
  return found == call.operands.end() ? BufferId{} : found->buffer;
}

const KernelCall* writer_of(const Program& program, BufferId buffer) {
  const auto found = std::find_if(program.calls.begin(), program.calls.end(),
                                  [&](const KernelCall& call) { return operand(call, output_operand) == buffer; });
  return found == program.calls.end() ? nullptr : &*found;
}

const KernelCall* first_reader_of(const Program& program, BufferId buffer) {
  for (const KernelCall& call : program.calls) {
    for (const program::Operand& each : call.operands) {
      if (each.name != output_operand && each.buffer == buffer) return &call;
    }
  }
  return nullptr;
}

}  // namespace

std::string transpose_reason(const Program& program, const KernelCall& call) {
  BufferId from = operand(call, "input");
  BufferId to = operand(call, output_operand);
  const KernelCall* writer = writer_of(program, from);
  if (writer != nullptr && writer->op == "quantize") {
    from = operand(*writer, "input");
    writer = nullptr;
  }
  if (program.buffer(from).kind == BufferKind::Input) {
    return program.buffer(from).shape.size() == 4
               ? "the input comes in the order of the exported model; --input-layout nhwc saves it"
               : "the input comes in the order of the exported model";
  }
  const KernelCall* reader = first_reader_of(program, to);
  if (reader != nullptr && reader->op == "dequantize") to = operand(*reader, output_operand);
  const bool is_returned = std::any_of(program.outputs.begin(), program.outputs.end(),
                                       [&](const program::Port& port) { return port.buffer == to; });
  if (is_returned) return "the output has the order of the exported model";
  if (writer == nullptr || reader == nullptr) return "two operators want different orders";
  return fmt::format("'{}' ({}) writes another order than '{}' ({}) reads", writer->name, writer->op, reader->name,
                     reader->op);
}

}  // namespace pudu::emitters
