#include "frontends/pt2/symbols.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace pudu::frontends {

namespace {

constexpr int max_depth = 64;

Error expression_error(std::string found) {
  return invalid_input({"", "", std::move(found), "", ""});
}

using BinaryFunction = std::optional<std::int64_t> (*)(std::int64_t, std::int64_t);

struct FunctionRow {
  std::string_view name;
  BinaryFunction apply;
  bool is_variadic;
};

constexpr FunctionRow functions[] = {
    {"Add", checked_add, true},
    {"Mul", checked_mul, true},
    {"Max", [](std::int64_t a, std::int64_t b) { return std::optional(std::max(a, b)); }, true},
    {"Min", [](std::int64_t a, std::int64_t b) { return std::optional(std::min(a, b)); }, true},
    {"Pow", checked_pow, false},
    {"Mod", checked_mod, false},
    {"PythonMod", checked_mod, false},
    {"FloorDiv", checked_floor_div, false},
    {"CleanDiv", checked_floor_div, false},
};

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, const SymbolValues& symbols) : text_(text), symbols_(symbols) {}

  Result<std::int64_t> parse() {
    PUDU_TRY_ASSIGN(const std::int64_t value, parse_call(0));
    skip_spaces();
    if (!text_.empty()) return malformed();
    return value;
  }

  /// Symbol('s77', positive=True): the quoted name; assumptions are skipped.
  std::optional<std::string> parse_symbol_call() {
    if (take_name() != "Symbol" || !take('(') || !take('\'')) return std::nullopt;
    const std::size_t end = text_.find('\'');
    if (end == std::string_view::npos) return std::nullopt;
    std::string name(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    while (take(',')) {
      if (take_name().empty() || !take('=') || take_name().empty()) return std::nullopt;
    }
    if (!take(')')) return std::nullopt;
    return name;
  }
  bool at_end() {
    skip_spaces();
    return text_.empty();
  }

 private:
  static Error malformed() { return expression_error("the expression of a size is malformed"); }

  Result<std::int64_t> parse_call(int depth) {
    if (depth == max_depth) return expression_error("the expression of a size is nested too deeply");
    const std::string_view start = text_;
    const std::string_view name = take_name();
    if (name == "Symbol") {
      text_ = start;
      return parse_symbol_value();
    }
    if (!take('(')) return malformed();
    if (name == "Integer") return parse_integer();
    const auto* row = std::find_if(std::begin(functions), std::end(functions),
                                   [&](const FunctionRow& function) { return function.name == name; });
    if (row == std::end(functions)) {
      return expression_error(fmt::format("the function '{}' in the expression of a size is not known", name));
    }
    return parse_arguments(*row, depth);
  }

  Result<std::int64_t> parse_arguments(const FunctionRow& function, int depth) {
    PUDU_TRY_ASSIGN(std::int64_t value, parse_call(depth + 1));
    int count = 1;
    while (take(',')) {
      PUDU_TRY_ASSIGN(const std::int64_t operand, parse_call(depth + 1));
      const std::optional<std::int64_t> next = function.apply(value, operand);
      if (!next) return expression_error("the expression of a size overflows or divides by zero");
      value = *next;
      ++count;
    }
    if (!take(')') || (!function.is_variadic && count != 2)) return malformed();
    return value;
  }

  Result<std::int64_t> parse_symbol_value() {
    const std::optional<std::string> name = parse_symbol_call();
    if (!name) return malformed();
    const auto found = symbols_.find(*name);
    if (found == symbols_.end()) {
      return expression_error(fmt::format("the size symbol '{}' is not the size of an input", *name));
    }
    return found->second;
  }

  Result<std::int64_t> parse_integer() {
    skip_spaces();
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (failure != std::errc{}) return malformed();
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    if (!take(')')) return malformed();
    return value;
  }

  std::string_view take_name() {
    skip_spaces();
    const auto is_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    const auto end = std::find_if_not(text_.begin(), text_.end(), is_name);
    const std::string_view name = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
    text_.remove_prefix(name.size());
    return name;
  }
  bool take(char c) {
    skip_spaces();
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size())); }

  std::string_view text_;
  const SymbolValues& symbols_;
};

Error batch_error(const std::string& input, std::string found, std::string allowed, std::string hint) {
  return invalid_input({"", input, std::move(found), std::move(allowed), std::move(hint)});
}

Status check_range(const ExportedProgram& program, const std::string& input, const std::string& symbol,
                   std::int64_t batch) {
  const auto range = program.range_constraints.find(symbol);
  if (range == program.range_constraints.end()) return {};
  const auto& [min, max] = range->second;
  if ((!min || batch >= *min) && (!max || batch <= *max)) return {};
  return batch_error(input, fmt::format("batch {} is outside of the range that the model was exported for", batch),
                     fmt::format("{} to {}", min.value_or(1), max ? fmt::to_string(*max) : "any size"), "");
}

}  // namespace

std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}

std::optional<std::int64_t> checked_mul(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

std::optional<std::int64_t> checked_pow(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return std::nullopt;
  if (base == 0 || base == 1) return exponent == 0 ? 1 : base;
  if (base == -1) return exponent % 2 == 0 ? 1 : -1;
  std::optional<std::int64_t> result = 1;
  // Ends after 63 steps at most: |base| >= 2.
  for (; exponent > 0 && result; --exponent) result = checked_mul(*result, base);
  return result;
}

std::optional<std::int64_t> checked_floor_div(std::int64_t a, std::int64_t b) {
  if (b == 0 || (b == -1 && a == INT64_MIN)) return std::nullopt;
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

std::optional<std::int64_t> checked_mod(std::int64_t a, std::int64_t b) {
  if (b == 0) return std::nullopt;
  if (b == -1) return 0;
  const std::int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

std::optional<std::string> parse_symbol(std::string_view expression) {
  const SymbolValues none;
  ExpressionParser parser(expression, none);
  std::optional<std::string> name = parser.parse_symbol_call();
  return parser.at_end() ? name : std::nullopt;
}

Result<std::int64_t> evaluate_expression(std::string_view expression, const SymbolValues& symbols) {
  return ExpressionParser(expression, symbols).parse();
}

Result<SymbolValues> choose_symbols(const ExportedProgram& program, std::optional<std::int64_t> batch) {
  if (batch && *batch < 1) return batch_error("", fmt::format("batch {}", *batch), "1 or more", "");
  SymbolValues symbols;
  bool batch_is_dynamic = false;
  std::string fixed_input;
  std::int64_t fixed_batch = 0;
  for (const InputSpec& spec : program.input_specs) {
    const auto* tensor = std::get_if<TensorArgument>(&spec.argument);
    if (spec.kind != InputKind::UserInput || tensor == nullptr) continue;
    const auto meta = program.tensor_values.find(tensor->name);
    if (meta == program.tensor_values.end()) continue;  // reported where the input is made
    const std::vector<SymInt>& sizes = meta->second.sizes;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      const std::optional<std::string> symbol = parse_symbol(sizes[axis].expression);
      if (batch && axis == 0 && symbol) {
        PUDU_TRY(check_range(program, tensor->name, *symbol, *batch));
        symbols[*symbol] = *batch;
        batch_is_dynamic = true;
      } else if (symbol && sizes[axis].hint) {
        symbols.emplace(*symbol, *sizes[axis].hint);
      } else if (axis == 0 && sizes[axis].value && *sizes[axis].value != batch && fixed_input.empty()) {
        fixed_input = tensor->name;
        fixed_batch = *sizes[axis].value;
      }
    }
  }
  if (batch && !batch_is_dynamic && !fixed_input.empty()) {
    return batch_error(
        fixed_input,
        fmt::format("batch {} was asked for, but the model was exported for batch {}", *batch, fixed_batch),
        fmt::format("batch {}", fixed_batch),
        "export with dynamic_shapes and torch.export.Dim for a model of any batch");
  }
  return symbols;
}

Result<std::int64_t> SizeEvaluator::evaluate(const SymInt& size) const {
  if (size.value) return *size.value;
  Result<std::int64_t> value = evaluate_expression(size.expression, symbols_);
  if (!value && hints_hold_ && size.hint) return *size.hint;
  return value;
}

Result<std::vector<std::int64_t>> SizeEvaluator::evaluate(const std::vector<SymInt>& sizes) const {
  std::vector<std::int64_t> result;
  for (const SymInt& size : sizes) {
    PUDU_TRY_ASSIGN(const std::int64_t value, evaluate(size));
    result.push_back(value);
  }
  return result;
}

}  // namespace pudu::frontends
