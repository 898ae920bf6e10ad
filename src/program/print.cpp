// The text form of a Program: a line for the target, each buffer, each call and each port.
//
//   program tiny {
//     target cortex-m55 mve
//     input %x : i8[1, 8, 8, 3] quant(0.05, -3)
//     constant %conv.weight : i8[4, 3, 3, 3] = @0+108
//     state %history : i8[1, 4] quant(0.1, 0) = @108+4
//     activation %conv.output : i8[1, 8, 8, 4] quant(0.1, 0)
//     scratch %conv.scratch : u8[64]
//     call conv = conv2d conv2d_s8(input = %x, weight = %conv.weight, output = %conv.output, scratch = %conv.scratch)
//         {input_offset = 3, stride = [1, 1]} macs 6912 from "model.py:26 in forward"
//     take "x" = %x [1, 3, 8, 8]
//     return "conv" = %conv.output [1, 4, 8, 8]
//   }
//
// (A call stands on one line; it is broken here only.) Buffers stand in the order of their ids. A parameter of one
// element is `name = 3`, an empty list of reals `reals[]`.
#include <charconv>

#include "base/constant_pool.hpp"
#include "base/text_format.hpp"
#include "program/program.hpp"

namespace pudu::program {
namespace {

std::string format(std::int64_t value) {
  return std::to_string(value);
}
std::string format(double value) {
  return base::format_real(value);
}

template <class T>
std::string format_list(const std::vector<T>& values) {
  if (values.empty()) return std::is_same_v<T, double> ? "reals[]" : "[]";
  std::string text = "[";
  for (const T& value : values) text += (text.size() > 1 ? ", " : "") + format(value);
  return text + "]";
}

class Printer {
 public:
  explicit Printer(const Program& program) : program_(program) {}

  ProgramText run() {
    text_ = "program " + base::format_name(program_.name) + " {\n";
    text_ += "  target " + std::string(program_.target.cpu_name()) + " " + std::string(program_.target.isa_name());
    if (program_.target.kernels != targets::KernelLibrary::Builtin) {
      text_ += " kernels " + std::string(targets::to_string(program_.target.kernels));
    }
    text_ += "\n";
    for (const Buffer& buffer : program_.buffers) buffer_line(buffer);
    for (const KernelCall& call : program_.calls) call_line(call);
    for (const Port& port : program_.inputs) port_line("take", port);
    for (const Port& port : program_.outputs) port_line("return", port);
    text_ += "}\n";
    return {std::move(text_), constants_.take_bytes()};
  }

 private:
  void buffer_line(const Buffer& buffer) {
    text_ += "  " + std::string(to_string(buffer.kind)) + " %" + base::format_name(buffer.name) + " : " +
             std::string(to_string(buffer.type)) + format_list(buffer.shape);
    if (buffer.quantization) {
      text_ += " quant(" + base::format_real(buffer.quantization->scale) + ", " +
               std::to_string(buffer.quantization->zero_point) + ")";
    }
    if (buffer.data != nullptr) text_ += " = " + constants_.add(buffer.data);
    text_ += "\n";
  }

  void call_line(const KernelCall& call) {
    text_ += "  call " + base::format_name(call.name) + " = " + base::format_name(call.op) + " " +
             base::format_name(call.kernel) + "(";
    std::string_view separator;
    for (const Operand& operand : call.operands) {
      text_ += std::string(separator) + base::format_name(operand.name) + " = " + reference(operand.buffer);
      separator = ", ";
    }
    text_ += ")";
    separator = " {";
    for (const Parameter& parameter : call.parameters) {
      text_ += std::string(separator) + base::format_name(parameter.name) + " = ";
      text_ +=
          std::visit([](const auto& values) { return values.size() == 1 ? format(values[0]) : format_list(values); },
                     parameter.values);
      separator = ", ";
    }
    if (!call.parameters.empty()) text_ += "}";
    if (call.macs != 0) text_ += " macs " + std::to_string(call.macs);
    if (!call.source.empty()) text_ += " from " + base::quote(call.source);
    text_ += "\n";
  }

  void port_line(std::string_view keyword, const Port& port) {
    text_ += "  " + std::string(keyword) + " " + base::quote(port.name) + " = " + reference(port.buffer) + " " +
             format_list(port.shape) + "\n";
  }

  /// `%name`; ids that no buffer has print as `%?7`, which does not parse.
  std::string reference(BufferId id) const {
    if (index_of(id) >= program_.buffers.size()) return "%?" + std::to_string(index_of(id));
    return "%" + base::format_name(program_.buffer(id).name);
  }

  const Program& program_;
  std::string text_;
  base::ConstantWriter constants_;
};

}  // namespace

ProgramText print(const Program& program) {
  return Printer(program).run();
}

std::string serialize(const Program& program) {
  ProgramText printed = print(program);
  std::string file = std::move(printed.text);
  file += "constants " + std::to_string(printed.constants.size()) + "\n";
  file.append(reinterpret_cast<const char*>(printed.constants.data()), printed.constants.size());
  return file;
}

Result<Program> deserialize(std::string_view bytes) {
  constexpr std::string_view marker = "\nconstants ";
  const auto broken = [](std::string found, std::string allowed) -> Error {
    return invalid_input({.file = "",
                          .where = "line 'constants <bytes>'",
                          .found = std::move(found),
                          .allowed = std::move(allowed),
                          .hint = ""});
  };
  // Lines of the text are indented, and line ends in its strings are escaped: the first such line is the one.
  const std::size_t text_end = bytes.find(marker);
  if (text_end == std::string_view::npos)
    return broken("it is missing", "it stands between a program and its constants");
  const char* const number = bytes.data() + text_end + marker.size();
  const char* const end = bytes.data() + bytes.size();
  std::size_t count = 0;
  const auto read = std::from_chars(number, end, count);
  if (read.ec != std::errc{} || read.ptr == end || *read.ptr != '\n') return broken("no number", "a number of bytes");
  const std::string_view tail(read.ptr + 1, static_cast<std::size_t>(end - read.ptr - 1));
  if (tail.size() != count) return broken(std::to_string(tail.size()) + " bytes behind it", std::to_string(count));
  return parse(bytes.substr(0, text_end + 1), {reinterpret_cast<const std::byte*>(tail.data()), tail.size()});
}

}  // namespace pudu::program
