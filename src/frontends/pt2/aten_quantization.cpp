// What PT2E's convert leaves in a program: tensors that become codes and codes that become numbers again
// (torch.ops.quantized_decomposed, and torchao's quantize_affine).
//
// Activations get `quantize` and `dequantize` nodes with the file's parameters; passes/adopt_quantization.hpp makes
// int8 operators of what stands between. Constants are dequantized at once: a float constant that keeps its parameters
// is turned into the same codes again. Codes of uint8 are moved by 128 to int8, which is exact. Limits: 8 bits for
// activations, one scale for each; scales of the model's own input (dynamic quantization) are refused.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;

/// What a node says about the codes on one side of it, in the file's own numbers.
struct Codes {
  std::vector<float> scales;  ///< one, or one for each index of `axis`
  std::vector<std::int64_t> zero_points;
  std::optional<std::int64_t> axis;
  std::int64_t low = 0, high = 0;
  ScalarType dtype = ScalarType::Int8;
};

struct Range {
  std::int64_t low, high;
};

std::optional<Range> range_of(ScalarType dtype) {
  switch (dtype) {
    case ScalarType::UInt8:
      return Range{0, UINT8_MAX};
    case ScalarType::Int8:
      return Range{INT8_MIN, INT8_MAX};
    case ScalarType::Int16:
      return Range{INT16_MIN, INT16_MAX};
    case ScalarType::Int32:
      return Range{INT32_MIN, INT32_MAX};
    default:
      return std::nullopt;
  }
}

Status check_codes(const Codes& codes) {
  const std::optional<Range> range = range_of(codes.dtype);
  if (!range) return unsupported_here("codes of type " + to_string(codes.dtype), "int8, uint8, int16 and int32");
  if (codes.low >= codes.high || codes.low < range->low || codes.high > range->high) {
    return invalid_here(
        fmt::format("codes from {} to {}", codes.low, codes.high),
        fmt::format("two or more of those of {}, {} to {}", to_string(codes.dtype), range->low, range->high));
  }
  for (const float scale : codes.scales) {
    // Smaller ones have no finite inverse.
    if (!(std::isnormal(scale) && scale > 0)) {
      return invalid_here(fmt::format("a scale of {}", scale), "positive, finite and normal numbers of float32");
    }
  }
  for (const std::int64_t zero_point : codes.zero_points) {
    if (zero_point < range->low || zero_point > range->high) {
      return invalid_here(fmt::format("a zero point of {}", zero_point),
                          fmt::format("{} to {}", range->low, range->high));
    }
  }
  return {};
}

/// What the graph has: uint8 as int8.
Result<ir::QuantParams> to_params(const Codes& codes) {
  const std::int64_t shift = codes.dtype == ScalarType::UInt8 ? 128 : 0;
  ir::QuantParams params{.scales = codes.scales,
                         .zero_point = static_cast<std::int32_t>(codes.zero_points.front() - shift),
                         .axis = std::nullopt,
                         .quant_min = static_cast<std::int32_t>(codes.low - shift),
                         .quant_max = static_cast<std::int32_t>(codes.high - shift)};
  if (params.zero_point < params.quant_min || params.zero_point > params.quant_max) {
    return unsupported_here(fmt::format("a zero point of {} outside of the codes", codes.zero_points.front()),
                            fmt::format("{} to {}: zero must have a code", codes.low, codes.high));
  }
  if (!codes.axis) return params;
  params.axis = static_cast<std::int32_t>(*codes.axis);
  for (const std::int64_t zero_point : codes.zero_points) {
    if (zero_point != shift) {
      return unsupported_here(fmt::format("a zero point of {} for one of several channels", zero_point),
                              "symmetric codes, whose zero points are 0", "quantize weights per channel symmetrically");
    }
  }
  return params;
}

Result<std::vector<float>> constant_elements(const NodeTranslator& node, std::string_view role, ValueId value) {
  if (!node.is_constant(value)) {
    return unsupported_here(fmt::format("the {} is computed from the model's input", role),
                            "constants, as static quantization has them");
  }
  const std::span<const float> elements = node.elements(value);
  if (elements.empty()) return invalid_here(fmt::format("the {} is empty", role));
  return std::vector<float>(elements.begin(), elements.end());
}

Result<std::vector<std::int64_t>> constant_integers(const NodeTranslator& node, std::string_view role, ValueId value) {
  PUDU_TRY_ASSIGN(const std::vector<float> elements, constant_elements(node, role, value));
  std::vector<std::int64_t> integers;
  for (const float element : elements) {
    if (std::abs(element) > 1e9F || element != std::nearbyint(element)) {
      return invalid_here(fmt::format("the {} holds {}", role, element), "integers of 32 bits");
    }
    integers.push_back(static_cast<std::int64_t>(element));
  }
  return integers;
}

Result<Codes> numbers_of_tensor(const NodeTranslator& node) {
  return Codes{.scales = {static_cast<float>(node.args.number("scale"))},
               .zero_points = {node.args.integer("zero_point")},
               .axis = std::nullopt,
               .low = node.args.integer("quant_min"),
               .high = node.args.integer("quant_max")};
}

/// The overload whose scale and zero point are tensors of one element.
Result<Codes> tensors_of_tensor(const NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const std::vector<float> scale, constant_elements(node, "scale", node.args.tensor("scale")));
  if (scale.size() != 1) return invalid_here(fmt::format("{} scales", scale.size()), "one");
  PUDU_TRY_ASSIGN(const std::vector<std::int64_t> zero_point,
                  constant_integers(node, "zero point", node.args.tensor("zero_point")));
  if (zero_point.size() != 1) return invalid_here(fmt::format("{} zero points", zero_point.size()), "one");
  return Codes{.scales = scale,
               .zero_points = zero_point,
               .axis = std::nullopt,
               .low = node.args.integer("quant_min"),
               .high = node.args.integer("quant_max")};
}

Result<Codes> numbers_of_channels(const NodeTranslator& node) {
  Codes codes{.low = node.args.integer("quant_min"), .high = node.args.integer("quant_max")};
  PUDU_TRY_ASSIGN(codes.scales, constant_elements(node, "scales", node.args.tensor("scales")));
  codes.zero_points.assign(codes.scales.size(), 0);
  if (const std::optional<ValueId> given = node.args.optional_tensor("zero_points")) {
    PUDU_TRY_ASSIGN(codes.zero_points, constant_integers(node, "zero points", *given));
  }
  const ValueId input = node.args.tensor("input");
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("axis"), node.rank(input)));
  codes.axis = static_cast<std::int64_t>(axis);
  const auto channels = static_cast<std::size_t>(node.rank(input) == 0 ? 1 : node.shape(input)[axis]);
  if (codes.scales.size() != channels || codes.zero_points.size() != channels) {
    return invalid_here(fmt::format("{} scales and {} zero points for {} channels", codes.scales.size(),
                                    codes.zero_points.size(), channels));
  }
  return codes;
}

/// torchao's form: elements of one block share a scale. Blocks are the whole tensor, or its slices along one axis.
Result<Codes> numbers_of_blocks(const NodeTranslator& node) {
  Codes codes;
  const ir::Shape& shape = node.shape(node.args.tensor("input"));
  const std::vector<std::int64_t> block = node.args.integers("block_size");
  if (block.size() != shape.size()) return invalid_here("block_size and the input differ in dimensions");
  for (std::size_t dim = 0; dim < block.size(); ++dim) {
    if (block[dim] == shape[dim]) continue;
    if (block[dim] != 1 || codes.axis) {
      return unsupported_here("scales of blocks of " + ir::to_string(block), "one scale, or one for each channel");
    }
    codes.axis = static_cast<std::int64_t>(dim);
  }
  PUDU_TRY_ASSIGN(codes.scales, constant_elements(node, "scale", node.args.tensor("scale")));
  codes.zero_points.assign(codes.scales.size(), 0);
  if (const std::optional<ValueId> given = node.args.optional_tensor("zero_point")) {
    PUDU_TRY_ASSIGN(codes.zero_points, constant_integers(node, "zero point", *given));
  }
  const auto count = static_cast<std::size_t>(codes.axis ? shape[static_cast<std::size_t>(*codes.axis)] : 1);
  if (codes.scales.size() != count || codes.zero_points.size() != count) {
    return invalid_here(fmt::format("{} scales and {} zero points", codes.scales.size(), codes.zero_points.size()),
                        fmt::format("{} of each", count));
  }
  return codes;
}

Status take_dtype(const NodeTranslator& node, std::string_view name, Codes& codes) {
  codes.dtype = node.args.dtype(name).value_or(ScalarType::Unknown);
  return check_codes(codes);
}

/// An end of the codes, which torchao has as any number; empty: `otherwise`.
Result<std::int64_t> take_end(const NodeTranslator& node, std::string_view name, std::int64_t otherwise) {
  const std::optional<double> end = node.args.optional_number(name);
  if (!end) return otherwise;
  constexpr double most = 1e10;
  if (std::abs(*end) > most || *end != std::nearbyint(*end)) {
    return invalid_here(fmt::format("{} is {}", name, *end), "integers of 32 bits");
  }
  return static_cast<std::int64_t>(*end);
}

/// Ends that torchao leaves out are those of the type.
Status take_dtype_and_range(const NodeTranslator& node, std::string_view name, Codes& codes) {
  if (const std::optional<Range> range = range_of(node.args.dtype(name).value_or(ScalarType::Unknown))) {
    PUDU_TRY_ASSIGN(codes.low, take_end(node, "quant_min", range->low));
    PUDU_TRY_ASSIGN(codes.high, take_end(node, "quant_max", range->high));
  }
  return take_dtype(node, name, codes);
}

/// Which of the scales an element has.
class ScaleIndex {
 public:
  ScaleIndex(const ir::Shape& shape, const Codes& codes) {
    if (!codes.axis || shape.empty()) return;
    count_ = static_cast<std::size_t>(shape[static_cast<std::size_t>(*codes.axis)]);
    for (auto dim = static_cast<std::size_t>(*codes.axis) + 1; dim < shape.size(); ++dim) {
      inner_ *= static_cast<std::size_t>(shape[dim]);
    }
  }
  std::size_t operator()(std::size_t element) const { return element / inner_ % count_; }

 private:
  std::size_t count_ = 1, inner_ = 1;
};

/// As torch has it: round(x * (1 / scale)) + zero point, in float32, ties to even.
Result<ValueId> constant_codes(NodeTranslator& node, ValueId input, const Codes& codes) {
  const std::span<const float> elements = node.elements(input);
  const ScaleIndex scale_of(node.shape(input), codes);
  std::vector<float> result(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::size_t index = scale_of(i);
    const auto inverse = static_cast<float>(1.0 / static_cast<double>(codes.scales[index]));
    const float code = std::nearbyint(elements[i] * inverse) + static_cast<float>(codes.zero_points[index]);
    result[i] = std::clamp(code, static_cast<float>(codes.low), static_cast<float>(codes.high));
  }
  ir::Shape shape = node.shape(input);
  return node.constant(std::move(shape), result);
}

Result<ValueId> dequantized_constant(NodeTranslator& node, ValueId input, const Codes& codes) {
  const std::span<const float> elements = node.elements(input);
  const ScaleIndex scale_of(node.shape(input), codes);
  std::vector<float> result(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const double code = elements[i];
    if (code != std::nearbyint(code) || code < static_cast<double>(codes.low) ||
        code > static_cast<double>(codes.high)) {
      return invalid_here(fmt::format("element {} of the codes is {}", i, code),
                          fmt::format("integers from {} to {}", codes.low, codes.high));
    }
    const std::size_t index = scale_of(i);
    result[i] = static_cast<float>(code - static_cast<double>(codes.zero_points[index])) * codes.scales[index];
    if (!std::isfinite(result[i])) return invalid_here("a constant that is infinite with its scale", "finite numbers");
  }
  PUDU_TRY_ASSIGN(ir::QuantParams params, to_params(codes));
  ir::Shape shape = node.shape(input);
  return node.quantized_constant(std::move(shape), result, std::move(params));
}

Status require_eight_bits(const Codes& codes) {
  if (codes.dtype != ScalarType::Int8 && codes.dtype != ScalarType::UInt8) {
    return unsupported_here("an activation of type " + to_string(codes.dtype), "int8 and uint8");
  }
  if (codes.axis) return unsupported_here("an activation with a scale for each channel", "one scale");
  return {};
}

Result<ValueId> quantize(NodeTranslator& node, const Codes& codes) {
  const ValueId input = node.args.tensor("input");
  if (node.is_constant(input)) return constant_codes(node, input, codes);
  PUDU_TRY(require_eight_bits(codes));
  PUDU_TRY_ASSIGN(ir::QuantParams params, to_params(codes));
  return node.quantize(input, std::move(params));
}

Result<ValueId> dequantize(NodeTranslator& node, const Codes& codes) {
  const ValueId input = node.args.tensor("input");
  if (node.is_constant(input)) return dequantized_constant(node, input, codes);
  PUDU_TRY(require_eight_bits(codes));
  PUDU_TRY_ASSIGN(const ir::QuantParams params, to_params(codes));
  const std::optional<ir::QuantParams>& present = node.quantization(input);
  if (!present) return unsupported_here("an input that no node has quantized", "results of quantize operators");
  if (present->scale() != params.scale() || present->zero_point != params.zero_point) {
    return unsupported_here(
        fmt::format("the scale {} and zero point {}", params.scale(), params.zero_point),
        fmt::format("{} and {}, with which its input was quantized", present->scale(), present->zero_point));
  }
  return node.emit("dequantize", {input});
}

template <Result<Codes> (*Read)(const NodeTranslator&)>
Result<ValueId> translate_quantize(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Codes codes, Read(node));
  PUDU_TRY(take_dtype(node, "dtype", codes));
  return quantize(node, codes);
}

template <Result<Codes> (*Read)(const NodeTranslator&)>
Result<ValueId> translate_dequantize(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Codes codes, Read(node));
  PUDU_TRY(take_dtype(node, "dtype", codes));
  return dequantize(node, codes);
}

Result<ValueId> translate_quantize_affine(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Codes codes, numbers_of_blocks(node));
  PUDU_TRY(take_dtype_and_range(node, "output_dtype", codes));
  return quantize(node, codes);
}

Result<ValueId> translate_dequantize_affine(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(Codes codes, numbers_of_blocks(node));
  PUDU_TRY(take_dtype_and_range(node, "input_dtype", codes));
  return dequantize(node, codes);
}

constexpr AtenRow rows[] = {
    {"quantized_decomposed.quantize_per_tensor",
     "Tensor input, float scale, int zero_point, int quant_min, int quant_max, ScalarType dtype",
     translate_quantize<numbers_of_tensor>},
    {"quantized_decomposed.quantize_per_tensor.tensor",
     "Tensor input, Tensor scale, Tensor zero_point, int quant_min, int quant_max, ScalarType dtype",
     translate_quantize<tensors_of_tensor>},
    {"quantized_decomposed.quantize_per_channel",
     "Tensor input, Tensor scales, Tensor? zero_points, int axis, int quant_min, int quant_max, ScalarType dtype",
     translate_quantize<numbers_of_channels>},
    {"quantized_decomposed.dequantize_per_tensor",
     "Tensor input, float scale, int zero_point, int quant_min, int quant_max, ScalarType dtype, "
     "ScalarType? out_dtype=None",
     translate_dequantize<numbers_of_tensor>},
    {"quantized_decomposed.dequantize_per_tensor.tensor",
     "Tensor input, Tensor scale, Tensor zero_point, int quant_min, int quant_max, ScalarType dtype, "
     "ScalarType? out_dtype=None",
     translate_dequantize<tensors_of_tensor>},
    {"quantized_decomposed.dequantize_per_channel",
     "Tensor input, Tensor scales, Tensor? zero_points, int axis, int quant_min, int quant_max, ScalarType dtype, "
     "ScalarType? out_dtype=None",
     translate_dequantize<numbers_of_channels>},
    {"torchao.quantize_affine",
     "Tensor input, int[] block_size, Tensor scale, Tensor? zero_point, ScalarType output_dtype, "
     "Scalar? quant_min=None, Scalar? quant_max=None",
     translate_quantize_affine},
    {"torchao.dequantize_affine",
     "Tensor input, int[] block_size, Tensor scale, Tensor? zero_point, ScalarType input_dtype, "
     "Scalar? quant_min=None, Scalar? quant_max=None, ScalarType? output_dtype=None",
     translate_dequantize_affine},
};

}  // namespace

std::span<const AtenRow> quantization_rows() {
  return rows;
}

}  // namespace pudu::frontends
