#include "frontends/pt2/node_translator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace pudu::frontends {

namespace {

// Constants that a node makes out of nothing; a hostile file could ask for any size.
constexpr std::int64_t max_created_elements = std::int64_t{1} << 20;

}  // namespace

ir::Attributes attributes(std::initializer_list<std::pair<std::string, ir::AttributeValue>> entries) {
  ir::Attributes result;
  for (const auto& [name, value] : entries) result.set(name, value);
  return result;
}

Error unsupported_here(std::string found, std::string allowed, std::string hint) {
  return unsupported({"", "", std::move(found), std::move(allowed), std::move(hint)});
}
Error invalid_here(std::string found, std::string allowed) {
  return invalid_input({"", "", std::move(found), std::move(allowed), ""});
}

std::optional<double> NodeTranslator::constant_number(ir::ValueId value) const {
  if (!is_constant(value) || elements(value).size() != 1) return std::nullopt;
  return static_cast<double>(elements(value)[0]);
}

Result<std::size_t> NodeTranslator::axis(std::int64_t dim, std::size_t rank) const {
  // A scalar counts as a vector of one element where an axis is asked for.
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(rank, 1));
  if (dim < -count || dim >= count) {
    return invalid_here(fmt::format("dimension {} of a tensor of {} dimensions", dim, rank),
                        fmt::format("{} to {}", -count, count - 1));
  }
  return static_cast<std::size_t>(dim < 0 ? dim + count : dim);
}

Result<std::vector<std::size_t>> NodeTranslator::axes(const std::vector<std::int64_t>& dims, std::size_t rank) const {
  std::vector<std::size_t> result;
  for (const std::int64_t dim : dims) {
    PUDU_TRY_ASSIGN(const std::size_t index, axis(dim, rank));
    if (std::find(result.begin(), result.end(), index) != result.end()) {
      return invalid_here(fmt::format("dimension {} is listed twice", dim));
    }
    result.push_back(index);
  }
  return result;
}

Result<ir::ValueId> NodeTranslator::emit(std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                                         ir::Attributes attributes) {
  return builder_.emit(fmt::format("{}.{}", name_, op), op, std::move(inputs), std::move(attributes), source_);
}

Result<std::vector<ir::ValueId>> NodeTranslator::emit_all(std::string_view op,
                                                          std::vector<std::optional<ir::ValueId>> inputs,
                                                          ir::Attributes attributes) {
  PUDU_TRY_ASSIGN(const ir::ValueId first, emit(op, std::move(inputs), std::move(attributes)));
  return builder_.graph().producer(first)->outputs;
}

Result<ir::ValueId> NodeTranslator::constant(ir::Shape shape, std::span<const float> elements) {
  return builder_.add_constant(name_ + ".constant", std::move(shape), elements);
}

Result<ir::ValueId> NodeTranslator::quantized_constant(ir::Shape shape, std::span<const float> elements,
                                                       ir::QuantParams quantization) {
  PUDU_TRY_ASSIGN(const ir::ValueId value, constant(std::move(shape), elements));
  builder_.set_quantization(value, ir::DType::Float32, std::move(quantization));
  return value;
}

Result<ir::ValueId> NodeTranslator::quantize(ir::ValueId input, ir::QuantParams quantization) {
  PUDU_TRY_ASSIGN(const ir::ValueId value, emit("quantize", {input}));
  builder_.set_quantization(value, ir::DType::Int8, std::move(quantization));
  return value;
}

Result<ir::ValueId> NodeTranslator::filled(ir::Shape shape, double element) {
  PUDU_TRY(check_shape(shape));
  const auto number = static_cast<float>(element);
  if (!std::isfinite(number)) return unsupported_here("a constant tensor of infinite elements", "finite numbers");
  const std::int64_t count = ir::element_count(shape);
  if (count > max_created_elements) {
    return unsupported_here(fmt::format("a constant of {} elements", count),
                            fmt::format("at most {}", max_created_elements));
  }
  return constant(std::move(shape), std::vector<float>(static_cast<std::size_t>(count), number));
}

Result<ir::ValueId> NodeTranslator::unary(ir::ValueId input, std::string_view function,
                                          std::vector<double> parameters) {
  return emit("unary", {input}, attributes({{"function", std::string(function)}, {"params", std::move(parameters)}}));
}

Result<ir::ValueId> NodeTranslator::scale_shift(ir::ValueId input, double factor, double offset) {
  if (!std::isfinite(factor) || !std::isfinite(offset)) {
    return unsupported_here("arithmetic with an infinite number", "finite numbers");
  }
  return unary(input, "scale_shift", {factor, offset});
}

ScalarType NodeTranslator::argument_dtype(std::string_view name) const {
  const auto found = dtypes_.find(name);
  return found == dtypes_.end() ? ScalarType::Unknown : found->second;
}

Result<ir::ValueId> NodeTranslator::reshape(ir::ValueId input, ir::Shape new_shape) {
  if (new_shape == shape(input)) return input;
  PUDU_TRY(check_shape(new_shape));
  return emit("reshape", {input}, attributes({{"shape", std::move(new_shape)}}));
}

Result<ir::ValueId> NodeTranslator::permute(ir::ValueId input, std::vector<std::int64_t> dims) {
  if (dims.size() == rank(input) && std::is_sorted(dims.begin(), dims.end())) return input;
  return emit("permute", {input}, attributes({{"dims", std::move(dims)}}));
}

Result<ir::ValueId> NodeTranslator::transpose(ir::ValueId input, std::size_t axis0, std::size_t axis1) {
  std::vector<std::int64_t> dims(rank(input));
  std::iota(dims.begin(), dims.end(), 0);
  if (dims.empty()) return input;
  std::swap(dims[axis0], dims[axis1]);
  return permute(input, std::move(dims));
}

Result<ir::ValueId> NodeTranslator::slice(ir::ValueId input, std::size_t axis, std::int64_t start, std::int64_t end,
                                          std::int64_t step) {
  if (start == 0 && end == shape(input)[axis] && step == 1) return input;
  return emit("slice", {input},
              attributes({{"dim", static_cast<std::int64_t>(axis)}, {"start", start}, {"end", end}, {"step", step}}));
}

Result<ir::ValueId> NodeTranslator::expand(ir::ValueId input, ir::Shape new_shape) {
  if (new_shape == shape(input)) return input;
  PUDU_TRY(check_shape(new_shape));
  return emit("expand", {input}, attributes({{"shape", std::move(new_shape)}}));
}

Result<ir::ValueId> NodeTranslator::index_select(ir::ValueId input, std::vector<Positions> positions) {
  std::erase_if(positions, [&](const Positions& each) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(shape(input)[each.axis]));
    std::iota(all.begin(), all.end(), 0);
    return each.indices == all;
  });
  // Two dimensions are one node.
  for (std::size_t i = 0; i < positions.size(); i += 2) {
    std::vector<std::int64_t> dims = {static_cast<std::int64_t>(positions[i].axis)};
    std::vector<std::int64_t> second;
    if (i + 1 < positions.size()) {
      dims.push_back(static_cast<std::int64_t>(positions[i + 1].axis));
      second = std::move(positions[i + 1].indices);
    }
    PUDU_TRY_ASSIGN(input, emit("index_select", {input},
                                attributes({{"dims", std::move(dims)},
                                            {"indices", std::move(positions[i].indices)},
                                            {"indices2", std::move(second)}})));
  }
  return input;
}

Result<ir::ValueId> NodeTranslator::replace_range(ir::ValueId whole, const ViewRange& range, ir::ValueId part) {
  ir::Shape chosen = shape(whole);
  const std::int64_t size = chosen[range.axis];
  chosen[range.axis] = (range.end - range.start + range.step - 1) / range.step;
  PUDU_TRY_ASSIGN(part, reshape(part, std::move(chosen)));
  const auto joined = [&](std::vector<std::optional<ir::ValueId>> parts) {
    return emit("concat", std::move(parts), attributes({{"dim", static_cast<std::int64_t>(range.axis)}}));
  };
  if (range.step == 1) {
    std::vector<std::optional<ir::ValueId>> parts;
    if (range.start > 0) {
      PUDU_TRY_ASSIGN(const ir::ValueId before, slice(whole, range.axis, 0, range.start));
      parts.emplace_back(before);
    }
    if (range.end > range.start) parts.emplace_back(part);
    if (range.end < size) {
      PUDU_TRY_ASSIGN(const ir::ValueId after, slice(whole, range.axis, range.end, size));
      parts.emplace_back(after);
    }
    return parts.size() == 1 ? Result<ir::ValueId>(*parts[0]) : joined(std::move(parts));
  }
  // The old elements, and behind them the new ones, of which each position takes what is its own.
  PUDU_TRY_ASSIGN(const ir::ValueId both, joined({whole, part}));
  Positions taken{range.axis, std::vector<std::int64_t>(static_cast<std::size_t>(size))};
  std::iota(taken.indices.begin(), taken.indices.end(), 0);
  for (std::int64_t i = range.start, k = size; i < range.end; i += range.step, ++k) {
    taken.indices[static_cast<std::size_t>(i)] = k;
  }
  return index_select(both, {std::move(taken)});
}

}  // namespace pudu::frontends
