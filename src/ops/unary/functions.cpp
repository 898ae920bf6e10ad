// Formulas in double and the tables made from them.
#include "ops/unary/functions.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/lut_s16/lut_s16.hpp"
#include "kernels/unary_f32/unary_f32.hpp"
#include "numerics/quantize_multiplier.hpp"

namespace pudu::ops {
namespace {

/// Without overflow of the exponential for large negative x.
double sigmoid(double x) {
  if (x >= 0.0) return 1.0 / (1.0 + std::exp(-x));
  const double exponential = std::exp(x);
  return exponential / (1.0 + exponential);
}

double softplus(double x, double beta, double threshold) {
  return beta * x > threshold ? x : std::log1p(std::exp(beta * x)) / beta;
}

double gelu_tanh(double x) {
  const double factor = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  return 0.5 * x * (1.0 + std::tanh(factor * (x + 0.044715 * x * x * x)));
}

std::vector<std::string_view> split_names(std::string_view names) {
  std::vector<std::string_view> result;
  while (!names.empty()) {
    const std::size_t comma = names.find(", ");
    result.push_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 2);
  }
  return result;
}

}  // namespace

std::span<const UnaryFunction> unary_functions() {
  static const std::vector<UnaryFunction> functions = {
#define PUDU_UNARY_FUNCTION(name, parameters, formula, ...) \
  {#name, split_names(parameters), formula,                 \
   []([[maybe_unused]] double x, [[maybe_unused]] std::span<const double> p) -> double { return __VA_ARGS__; }},
#include "ops/unary/functions.def"
#undef PUDU_UNARY_FUNCTION
  };
  return functions;
}

const UnaryFunction* find_unary_function(std::string_view name) {
  const auto functions = unary_functions();
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const UnaryFunction& function) { return function.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

const std::string& unary_function_names() {
  static const std::string names = [] {
    std::string joined;
    for (const UnaryFunction& function : unary_functions()) {
      joined += (joined.empty() ? "" : ", ") + std::string(function.name);
    }
    return joined;
  }();
  return names;
}

std::optional<std::int32_t> float_function(std::string_view name) {
  using Kernel = kernels::UnaryF32;
  static constexpr std::pair<std::string_view, Kernel::Function> functions[] = {
      {"identity", Kernel::OfIdentity},
      {"clamp", Kernel::OfClamp},
      {"sigmoid", Kernel::OfSigmoid},
      {"tanh", Kernel::OfTanh},
      {"hardswish", Kernel::OfHardswish},
      {"hardsigmoid", Kernel::OfHardsigmoid},
      {"silu", Kernel::OfSilu},
      {"gelu", Kernel::OfGelu},
      {"gelu_tanh", Kernel::OfGeluTanh},
      {"elu", Kernel::OfElu},
      {"leaky_relu", Kernel::OfLeakyRelu},
      {"mish", Kernel::OfMish},
      {"softplus", Kernel::OfSoftplus},
      {"exp", Kernel::OfExp},
      {"log", Kernel::OfLog},
      {"sqrt", Kernel::OfSqrt},
      {"rsqrt", Kernel::OfRsqrt},
      {"neg", Kernel::OfNeg},
      {"abs", Kernel::OfAbs},
      {"reciprocal", Kernel::OfReciprocal},
      {"pow", Kernel::OfPow},
      {"scale_shift", Kernel::OfScaleShift},
      {"sin", Kernel::OfSin},
      {"cos", Kernel::OfCos},
      {"floor", Kernel::OfFloor},
      {"round", Kernel::OfRound},
      {"sign", Kernel::OfSign},
      {"greater", Kernel::OfGreater},
      {"greater_equal", Kernel::OfGreaterEqual},
      {"less", Kernel::OfLess},
      {"less_equal", Kernel::OfLessEqual},
      {"equal", Kernel::OfEqual},
      {"not_equal", Kernel::OfNotEqual},
      {"power_of", Kernel::OfPowerOf},
  };
  for (const auto& [known, number] : functions) {
    if (known == name) return number;
  }
  return std::nullopt;
}

UnaryTable make_unary_table(const UnaryFunction& function, std::span<const double> parameters,
                            const ir::QuantParams& input, const ir::QuantParams& output) {
  UnaryTable table{};
  for (std::int32_t code = -128; code <= 127; ++code) {
    const double x = static_cast<double>(code - input.zero_point) * static_cast<double>(input.scale());
    table[static_cast<std::size_t>(code + 128)] = numerics::quantize_table_entry(
        function.evaluate(x, parameters), static_cast<double>(output.scale()), output.zero_point);
  }
  return table;
}

std::vector<std::int16_t> make_wide_unary_table(const UnaryFunction& function, std::span<const double> parameters,
                                                const ir::QuantParams& input, const ir::QuantParams& output) {
  constexpr std::int32_t segment = 128, half_entries = kernels::LutS16::table_entries / 2;
  const auto code_of = [&](double input_code) {
    const double code = function.evaluate(input_code * static_cast<double>(input.scale()), parameters) /
                        static_cast<double>(output.scale());
    return std::isnan(code) ? 0.0 : std::clamp(code, double{INT16_MIN}, double{INT16_MAX});
  };
  std::vector<std::int16_t> table;
  for (std::int32_t i = -half_entries; i <= half_entries; ++i) {
    const double entry = std::round(code_of(i * segment));
    double correction = 0.0;
    if (i < half_entries) {
      const double interpolated = std::round((code_of((i + 1) * segment) + entry) / 2);
      correction = std::trunc((interpolated - std::round(code_of(i * segment + segment / 2))) / 2);
    }
    table.push_back(static_cast<std::int16_t>(std::clamp(entry - correction, double{INT16_MIN}, double{INT16_MAX})));
  }
  return table;
}

}  // namespace pudu::ops
