// The inverse of print.cpp, which shows the form. Text may come from a file that somebody edited: whatever it holds,
// the result is a program that verify() accepts or an error that names the line.
#include <map>

#include "base/constant_pool.hpp"
#include "base/text_cursor.hpp"
#include "program/program.hpp"

namespace pudu::program {
namespace {

class Parser {
 public:
  Parser(std::string_view text, std::span<const std::byte> constants) : cursor_(text), constants_(constants) {}

  Result<Program> run() {
    cursor_.skip_blank_lines();
    PUDU_TRY(cursor_.expect("program"));
    PUDU_TRY_ASSIGN(program_.name, cursor_.name("the program's name"));
    PUDU_TRY(cursor_.expect("{"));
    PUDU_TRY(cursor_.expect_line_end());
    PUDU_TRY(target());
    PUDU_TRY(cursor_.expect_line_end());
    while (!cursor_.accept("}")) {
      PUDU_TRY(statement());
      PUDU_TRY(cursor_.expect_line_end());
    }
    PUDU_TRY(cursor_.expect_line_end());
    if (!cursor_.at_end()) return cursor_.unexpected("the end of the text");
    PUDU_TRY(verify(program_));
    PUDU_TRY(constants_.expect_all_read());
    return std::move(program_);
  }

 private:
  Status target() {
    PUDU_TRY(cursor_.expect("target"));
    const std::string where = "line " + std::to_string(cursor_.line());
    PUDU_TRY_ASSIGN(const std::string cpu, cursor_.name("a CPU"));
    PUDU_TRY_ASSIGN(const std::string isa, cursor_.name("an ISA"));
    PUDU_TRY_ASSIGN(program_.target, at_line(where, targets::make_target(cpu, isa)));
    if (!cursor_.accept("kernels")) return {};
    PUDU_TRY_ASSIGN(const std::string kernels, cursor_.name("a kernel library"));
    PUDU_TRY_ASSIGN(program_.target.kernels, at_line(where, targets::parse_kernel_library(kernels)));
    return {};
  }

  /// The result, with the line in place of the option that its error would name.
  template <class T>
  static Result<T> at_line(const std::string& where, Result<T> result) {
    if (result) return result;
    Error error = std::move(result).error();
    for (Diagnostic& diagnostic : error.diagnostics) diagnostic.where = where;
    return error;
  }

  Status statement() {
    if (cursor_.accept("call")) return call();
    if (cursor_.accept("take")) return port(program_.inputs);
    if (cursor_.accept("return")) return port(program_.outputs);
    for (const BufferKind kind :
         {BufferKind::Input, BufferKind::Activation, BufferKind::Scratch, BufferKind::Constant, BufferKind::State}) {
      if (cursor_.accept(to_string(kind))) return buffer(kind);
    }
    return cursor_.unexpected("'input', 'activation', 'scratch', 'constant', 'state', 'call', 'take', 'return' or '}'");
  }

  Status buffer(BufferKind kind) {
    PUDU_TRY(cursor_.expect("%"));
    const base::TextCursor at_name = cursor_;
    Buffer buffer;
    buffer.kind = kind;
    PUDU_TRY_ASSIGN(buffer.name, cursor_.name("a buffer's name"));
    if (ids_.contains(buffer.name)) return at_name.unexpected("a name that no earlier buffer has");
    PUDU_TRY(cursor_.expect(":"));
    constexpr std::string_view expected = "an element type: i8, u8, i16, i32 or f32";
    const base::TextCursor at_type = cursor_;
    PUDU_TRY_ASSIGN(const std::string type_name, cursor_.name(expected));
    const std::optional<ElementType> type = parse_element_type(type_name);
    if (!type) return at_type.unexpected(expected);
    buffer.type = *type;
    PUDU_TRY_ASSIGN(buffer.shape, cursor_.integers("a size", 1, INT32_MAX));
    if (cursor_.accept("quant")) {
      PUDU_TRY(quantization(buffer.quantization.emplace()));
    }
    if (kind == BufferKind::Constant || kind == BufferKind::State) {
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(buffer.data, constants_.read(cursor_));
    }
    std::string name = buffer.name;
    ids_.emplace(std::move(name), program_.add_buffer(std::move(buffer)));
    return {};
  }

  Status quantization(Quantization& quantization) {
    PUDU_TRY(cursor_.expect("("));
    PUDU_TRY_ASSIGN(quantization.scale, cursor_.real32("a scale"));
    PUDU_TRY(cursor_.expect(","));
    PUDU_TRY_ASSIGN(const std::int64_t zero_point, cursor_.integer("a zero point", INT32_MIN, INT32_MAX));
    quantization.zero_point = static_cast<std::int32_t>(zero_point);
    return cursor_.expect(")");
  }

  Result<BufferId> reference() {
    PUDU_TRY(cursor_.expect("%"));
    const base::TextCursor at_name = cursor_;
    PUDU_TRY_ASSIGN(const std::string name, cursor_.name("a buffer's name"));
    const auto found = ids_.find(name);
    if (found == ids_.end()) return at_name.unexpected("a buffer that an earlier line defines");
    return found->second;
  }

  Status call() {
    KernelCall call;
    PUDU_TRY_ASSIGN(call.name, cursor_.name("the call's name"));
    PUDU_TRY(cursor_.expect("="));
    PUDU_TRY_ASSIGN(call.op, cursor_.name("an operator's name"));
    PUDU_TRY_ASSIGN(call.kernel, cursor_.name("a kernel's name"));
    PUDU_TRY(operands(call));
    if (cursor_.accept("{")) {
      PUDU_TRY(parameters(call));
    }
    if (cursor_.accept("macs")) {
      PUDU_TRY_ASSIGN(call.macs, cursor_.integer("a number of multiply-accumulates", 0));
    }
    if (cursor_.accept("from")) {
      PUDU_TRY_ASSIGN(call.source, cursor_.quoted("the call's source in quotes"));
    }
    program_.calls.push_back(std::move(call));
    return {};
  }

  Status operands(KernelCall& call) {
    PUDU_TRY(cursor_.expect("("));
    if (cursor_.accept(")")) return {};
    do {
      Operand operand;
      PUDU_TRY_ASSIGN(operand.name, cursor_.name("an operand's name"));
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(operand.buffer, reference());
      call.operands.push_back(std::move(operand));
    } while (cursor_.accept(","));
    if (!cursor_.accept(")")) return cursor_.unexpected("',' or ')'");
    return {};
  }

  Status parameters(KernelCall& call) {
    do {
      Parameter parameter;
      PUDU_TRY_ASSIGN(parameter.name, cursor_.name("a parameter's name"));
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY(parameter_values(parameter));
      call.parameters.push_back(std::move(parameter));
    } while (cursor_.accept(","));
    if (!cursor_.accept("}")) return cursor_.unexpected("',' or '}'");
    return {};
  }

  Status parameter_values(Parameter& parameter) {
    std::vector<std::int64_t> integers;
    std::vector<double> reals;
    const bool is_real_list = cursor_.accept("reals");
    const bool is_list = cursor_.accept("[");
    if (is_real_list && !is_list) return cursor_.unexpected("'['");
    const bool is_empty = is_list && cursor_.peek("]");
    if (is_real_list && !is_empty) return cursor_.unexpected("']'");
    while (!is_empty) {
      const base::TextCursor at_number = cursor_;
      PUDU_TRY_ASSIGN(const base::Number number, cursor_.number("a number"));
      const bool is_integer = number.kind == base::Number::Kind::Integer;
      if (is_integer ? !reals.empty() : !integers.empty()) {
        return at_number.unexpected(is_integer ? "a real, as before" : "an integer, as before");
      }
      if (is_integer) {
        integers.push_back(number.integer);
      } else {
        reals.push_back(number.real);
      }
      if (!is_list || !cursor_.accept(",")) break;
    }
    if (is_list && !cursor_.accept("]")) return cursor_.unexpected("',' or ']'");
    if (is_real_list || !reals.empty()) {
      parameter.values = std::move(reals);
    } else {
      parameter.values = std::move(integers);
    }
    return {};
  }

  Status port(std::vector<Port>& ports) {
    Port port;
    PUDU_TRY_ASSIGN(port.name, cursor_.quoted("the port's name in quotes"));
    PUDU_TRY(cursor_.expect("="));
    PUDU_TRY_ASSIGN(port.buffer, reference());
    PUDU_TRY_ASSIGN(port.shape, cursor_.integers("a size", 1, INT32_MAX));
    ports.push_back(std::move(port));
    return {};
  }

  base::TextCursor cursor_;
  base::ConstantReader constants_;
  std::map<std::string, BufferId, std::less<>> ids_;
  Program program_;
};

}  // namespace

Result<Program> parse(std::string_view text, std::span<const std::byte> constants) {
  return Parser(text, constants).run();
}

}  // namespace pudu::program
