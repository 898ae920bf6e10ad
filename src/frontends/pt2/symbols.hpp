// Symbolic sizes: expressions of an export with dynamic shapes, evaluated for one chosen batch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "frontends/pt2/exported_program.hpp"

namespace pudu::frontends {

using SymbolValues = std::map<std::string, std::int64_t, std::less<>>;

/// The name in "Symbol('s77', positive=True, integer=True)", or nothing when the expression is more than a symbol.
std::optional<std::string> parse_symbol(std::string_view expression);

/// Value of an expression in sympy's srepr form. Known functions: Integer, Symbol, Add, Mul, Pow, Max, Min, Mod,
/// PythonMod, FloorDiv, CleanDiv. InvalidInput: another form, an unknown symbol, overflow or division by zero.
Result<std::int64_t> evaluate_expression(std::string_view expression, const SymbolValues& symbols);

/// Exact integer arithmetic of Python, or nothing on overflow or division by zero.
std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> checked_mul(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> checked_pow(std::int64_t base, std::int64_t exponent);
std::optional<std::int64_t> checked_floor_div(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> checked_mod(std::int64_t a, std::int64_t b);  ///< sign of b, as in Python

/// Chooses the value of every symbol in the sizes of the model's inputs: `batch` for those that are the first size of
/// an input, the export's hint for the others. InvalidInput when `batch` does not suit the model: outside of the
/// exported range, or other than the fixed first size of a model without a dynamic batch.
Result<SymbolValues> choose_symbols(const ExportedProgram& program, std::optional<std::int64_t> batch);

/// A size with these symbols; the hint where the expression is beyond evaluate_expression and no symbol was changed.
class SizeEvaluator {
 public:
  SizeEvaluator(SymbolValues symbols, std::optional<std::int64_t> batch)
      : symbols_(std::move(symbols)), hints_hold_(!batch) {}
  Result<std::int64_t> evaluate(const SymInt& size) const;
  Result<std::vector<std::int64_t>> evaluate(const std::vector<SymInt>& sizes) const;

 private:
  SymbolValues symbols_;
  bool hints_hold_;
};

}  // namespace pudu::frontends
