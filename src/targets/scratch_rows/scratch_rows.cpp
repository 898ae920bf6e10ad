#include "targets/scratch_rows/scratch_rows.hpp"

#include <simdjson.h>

#include <cctype>
#include <limits>
#include <optional>
#include <utility>

namespace pudu::targets {
namespace {

using cmsis_nn::Call;
using cmsis_nn::Hw;
using cmsis_nn::Nhwc;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& character : result) character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& character : result) character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  return result;
}

/// The fields of one row. The first fault is kept, and every read after it gives a default.
class RowReader {
 public:
  explicit RowReader(simdjson::dom::object object) : object_(object) {}

  bool has(std::string_view name) const {
    simdjson::dom::element value;
    return object_.at_key(name).get(value) == simdjson::SUCCESS;
  }

  std::string text(std::string_view name) {
    std::string_view value;
    if (object_.at_key(name).get(value) != simdjson::SUCCESS) fail(name, "a text");
    return std::string(value);
  }

  /// null and a missing field give "".
  std::string optional_text(std::string_view name) {
    simdjson::dom::element value;
    if (object_.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return "";
    return text(name);
  }

  std::int32_t number(std::string_view name) {
    simdjson::dom::element value;
    if (object_.at_key(name).get(value) == simdjson::SUCCESS) return number(name, value);
    fail(name, "a whole number");
    return 0;
  }

  void read(std::string_view name, std::int32_t& field) { field = number(name); }
  void read(std::string_view name, Hw& field) { read_list(name, {&field.h, &field.w}); }
  void read(std::string_view name, Nhwc& field) { read_list(name, {&field.n, &field.h, &field.w, &field.c}); }

  void fail(std::string_view name, const std::string& wanted) {
    if (fault_) return;
    fault_ = Diagnostic{.found = std::string(name) + (has(name) ? " has a wrong value" : " is missing"),
                        .allowed = "must be " + wanted};
  }

  const std::optional<Diagnostic>& fault() const { return fault_; }

 private:
  std::int32_t number(std::string_view name, simdjson::dom::element element) {
    std::int64_t value = 0;
    const bool is_number = element.get(value) == simdjson::SUCCESS;
    if (!is_number || value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
      fail(name, "a whole number that an int32 holds");
      return 0;
    }
    return static_cast<std::int32_t>(value);
  }

  void read_list(std::string_view name, std::initializer_list<std::int32_t*> fields) {
    simdjson::dom::array array;
    if (object_.at_key(name).get(array) != simdjson::SUCCESS || array.size() != fields.size()) {
      fail(name, "a list of " + std::to_string(fields.size()) + " whole numbers");
      return;
    }
    auto field = fields.begin();
    for (const simdjson::dom::element element : array) **field++ = number(name, element);
  }

  simdjson::dom::object object_;
  std::optional<Diagnostic> fault_;
};

/// The empty call that the binding calls `op`.
template <std::size_t Index = 0>
std::optional<Call> call_named(std::string_view op) {
  if constexpr (Index == std::variant_size_v<Call>) {
    return std::nullopt;
  } else {
    using Op = std::variant_alternative_t<Index, Call>;
    return op == Op::binding_name ? Call(Op{}) : call_named<Index + 1>(op);
  }
}

SizeQuestion read_size_question(RowReader& reader, Call call) {
  SizeQuestion question;
  const std::optional<Isa> isa = cmsis_nn::parse_backend(reader.text("backend"));
  const std::optional<cmsis_nn::DataType> type = cmsis_nn::parse_data_type(reader.text("dtype"));
  if (!isa) reader.fail("backend", "SCALAR, DSP or MVE");
  if (!type) reader.fail("dtype", "A8W4, A8W8 or A16W8");
  question.isa = isa.value_or(Isa::Scalar);
  question.type = type.value_or(cmsis_nn::DataType::A8W8);
  std::visit(
      [&](auto& one) {
        one.visit(one, [&](std::string_view name, auto& field, std::int32_t) { reader.read(name, field); });
      },
      call);
  question.call = call;
  return question;
}

void read_row(RowReader& reader, ScratchRow& row) {
  const bool is_error = reader.has("error");
  if (is_error) row.expected = reader.text("error");
  const auto expect = [&](auto answer) {
    if (!is_error) row.expected = answer();
  };
  if (const std::optional<Call> call = call_named(row.op)) {
    row.question = read_size_question(reader, *call);
    expect([&] { return std::to_string(reader.number("bytes")) + " bytes"; });
  } else if (row.op == "cmsis_nn.resolve_backend") {
    row.question = BackendQuestion{reader.text("cpu")};
    expect([&] { return reader.text("backend"); });
  } else if (row.op == "resolve") {
    row.question = ResolveQuestion{reader.text("cpu"), reader.optional_text("isa")};
    expect([&] { return reader.text("target_string") + " " + reader.text("backend"); });
  } else if (row.op == "from_target_string") {
    row.question = TargetStringQuestion{reader.text("target")};
    expect([&] { return reader.text("cpu") + " " + reader.text("backend"); });
  } else {
    reader.fail("op", "one of CMSIS-NN's sizes (" + row.op + " is none)");
  }
}

Result<ScratchRow> parse_row(simdjson::dom::parser& parser, std::string_view line, std::size_t number) {
  const auto at_line = [&](Diagnostic diagnostic) {
    diagnostic.where = "line " + std::to_string(number);
    return invalid_input(std::move(diagnostic));
  };
  simdjson::dom::object object;
  if (const auto error = parser.parse(line.data(), line.size()).get(object); error != simdjson::SUCCESS) {
    return at_line({.found = std::string("no JSON object: ") + simdjson::error_message(error)});
  }
  RowReader reader(object);
  ScratchRow row;
  row.line = number;
  row.op = reader.text("op");
  row.op.resize(std::min(row.op.size(), row.op.find('(')));
  if (!reader.fault()) read_row(reader, row);
  if (reader.fault()) return at_line(*reader.fault());
  return row;
}

/// "M0PLUS", "MVE" -> a target, or the error of ours.
Result<TargetConfig> target_of(const std::string& cpu, const std::string& isa) {
  return make_target("cortex-" + lower(cpu), lower(isa));
}

std::string quoted_list(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return "[" + text + "]";
}

std::string answer_to(const SizeQuestion& question) {
  const cmsis_nn::ScratchSize size = cmsis_nn::scratch_size(question.isa, question.type, question.call);
  if (size.ok()) return std::to_string(size.bytes) + " bytes";
  if (size.fault == cmsis_nn::ScratchFault::UnsupportedDataType) {
    return "ValueError: " + cmsis_nn::invalid_combination_text(question.isa, question.type);
  }
  return to_string(cmsis_nn::scratch_bytes(question.isa, question.type, question.call).error());
}

std::string answer_to(const BackendQuestion& question) {
  const Result<TargetConfig> target = target_of(question.cpu, "");
  return target ? std::string(cmsis_nn::backend_name(target->isa)) : to_string(target.error());
}

std::string answer_to(const ResolveQuestion& question) {
  const Result<TargetConfig> target = target_of(question.cpu, question.isa);
  if (target) {
    return std::string(target->cpu_info().name) + " " + std::string(cmsis_nn::backend_name(target->isa));
  }
  const Result<TargetConfig> by_default = target_of(question.cpu, "");
  if (!by_default) return to_string(by_default.error());
  std::vector<std::string> supported;
  for (const Isa isa : supported_isas(*by_default->cpu)) supported.emplace_back(cmsis_nn::backend_name(isa));
  return "ValueError: Backend " + question.isa + " is not supported on " + question.cpu +
         "; supported: " + quoted_list(std::move(supported));
}

std::string answer_to(const TargetStringQuestion& question) {
  constexpr std::string_view family = "cortex-m";
  if (!question.target.starts_with(family)) {
    return "ValueError: Cortex-M target string must start with 'cortex-m', got: '" + question.target + "'";
  }
  std::vector<std::string> supported;
  for (const CpuInfo& cpu : all_cpus()) {
    if (cpu.cpu == Cpu::M52) continue;  // neither CMSIS-NN's binding nor ExecuTorch has it
    if (lower(question.target) == cpu.name) {
      return upper(cpu.name.substr(family.size() - 1)) + " " + std::string(cmsis_nn::backend_name(cpu.default_isa));
    }
    supported.emplace_back(cpu.name);
  }
  return "ValueError: Unsupported Cortex-M target string: '" + question.target +
         "'. Supported: " + quoted_list(std::move(supported));
}

std::string text_of(const SizeQuestion& question) {
  return std::string(cmsis_nn::backend_name(question.isa)) + ", " + std::string(cmsis_nn::to_string(question.type)) +
         ", " + cmsis_nn::to_string(question.call);
}
std::string text_of(const BackendQuestion& question) {
  return "cpu " + question.cpu;
}
std::string text_of(const ResolveQuestion& question) {
  return "cpu " + question.cpu + (question.isa.empty() ? "" : ", isa " + question.isa);
}
std::string text_of(const TargetStringQuestion& question) {
  return "target '" + question.target + "'";
}

}  // namespace

Result<std::vector<ScratchRow>> parse_scratch_rows(std::string_view text) {
  std::vector<ScratchRow> rows;
  simdjson::dom::parser parser;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    PUDU_TRY_ASSIGN(ScratchRow row, parse_row(parser, line, number));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string answer(const Question& question) {
  return std::visit([](const auto& one) { return answer_to(one); }, question);
}

std::string to_string(const Question& question) {
  return std::visit([](const auto& one) { return text_of(one); }, question);
}

std::size_t RowCheck::row_count() const {
  std::size_t count = 0;
  for (const auto& [op, number] : rows) count += number;
  return count;
}

RowCheck check_scratch_rows(const std::vector<ScratchRow>& rows) {
  RowCheck check;
  for (const ScratchRow& row : rows) {
    ++check.rows[row.op];
    std::string got = answer(row.question);
    if (got == row.expected) continue;
    check.mismatches.push_back({row.line, row.op, to_string(row.question), row.expected, std::move(got)});
  }
  return check;
}

}  // namespace pudu::targets
