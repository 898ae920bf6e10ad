#include "frontends/pt2/graph_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ops/registry.hpp"
#include "ops/tensor.hpp"

namespace pudu::frontends {

namespace {

// What constants may add up to that come out of other constants, or out of arange, zeros and full.
constexpr std::int64_t max_computed_elements = std::int64_t{1} << 24;
// The others cost more than a few steps for each element of their result.
constexpr std::array foldable_operators = {
    std::string_view("add"),     std::string_view("mul"),    std::string_view("unary"),
    std::string_view("reshape"), std::string_view("concat"), std::string_view("permute"),
    std::string_view("slice"),   std::string_view("pad"),    std::string_view("identity")};
// What may be done to codes: the same to each, whatever they stand for.
constexpr std::array operators_on_codes = {std::string_view("dequantize"), std::string_view("reshape"),
                                           std::string_view("concat"),     std::string_view("permute"),
                                           std::string_view("slice"),      std::string_view("expand"),
                                           std::string_view("identity"),   std::string_view("index_select")};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Parameters of a constant that is `input` in another arrangement; empty where its channels fall apart.
std::optional<ir::QuantParams> rearranged(const ir::Value& input, const ir::Node& node, const ir::Shape& result) {
  ir::QuantParams params = *input.quant;
  if (node.op != "reshape" && node.op != "permute") return std::nullopt;
  if (!params.per_channel()) return params;
  const auto axis = static_cast<std::size_t>(*params.axis);
  if (node.op == "permute") {
    const std::vector<std::int64_t>& dims = node.attributes.integers("dims");
    const auto found = std::find_if(dims.begin(), dims.end(), [&](std::int64_t dim) {
      return dim == *params.axis || dim + static_cast<std::int64_t>(dims.size()) == *params.axis;
    });
    params.axis = static_cast<std::int32_t>(found - dims.begin());
    return params;
  }
  const auto elements_before = [](const ir::Shape& shape, std::size_t end) {
    return ir::element_count({shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(end)});
  };
  for (std::size_t dim = 0; dim < result.size(); ++dim) {
    if (result[dim] != input.type.shape[axis]) continue;
    if (elements_before(result, dim) != elements_before(input.type.shape, axis)) continue;
    params.axis = static_cast<std::int32_t>(dim);
    return params;
  }
  return std::nullopt;
}

}  // namespace

std::string GraphBuilder::unique_name(std::string_view hint) {
  std::string base = to_value_name(hint);
  if (base.empty()) base = "value";
  std::string name = base;
  for (int suffix = 1; !names_.insert(name).second; ++suffix) name = fmt::format("{}.{}", base, suffix);
  return name;
}

Result<ir::ValueId> GraphBuilder::add_input(std::string_view name, ir::TensorType type) {
  PUDU_TRY(check_shape(type.shape));
  const ir::ValueId value = graph_.add_value(unique_name(name), std::move(type));
  graph_.inputs.push_back(value);
  return value;
}

Result<ir::ValueId> GraphBuilder::add_constant(std::string_view name, ir::Shape shape,
                                               std::span<const float> elements) {
  PUDU_TRY(check_shape(shape));
  return graph_.add_constant_f32(unique_name(name), std::move(shape), elements);
}

Result<ir::ValueId> GraphBuilder::add_state(std::string_view name, ir::Shape shape, std::span<const float> elements) {
  PUDU_TRY(check_shape(shape));
  const auto bytes = std::as_bytes(elements);
  return graph_.add_state(unique_name(name), {ir::DType::Float32, std::move(shape)}, {bytes.begin(), bytes.end()});
}

Status GraphBuilder::keep(ir::ValueId state, ir::ValueId after) {
  const ir::Shape& shape = graph_.value(state).type.shape;
  if (graph_.value(after).type.shape != shape || graph_.value(after).type.dtype != ir::DType::Float32) {
    return unsupported({"", graph_.value(state).name,
                        fmt::format("it becomes a tensor of shape {}", ir::to_string(graph_.value(after).type.shape)),
                        fmt::format("a float tensor of shape {}", ir::to_string(shape)), ""});
  }
  for (ir::State& each : graph_.states) {
    if (each.before == state) each.after = after;
  }
  return {};
}

Result<ir::ValueId> GraphBuilder::emit(std::string_view node_name, std::string_view op,
                                       std::vector<std::optional<ir::ValueId>> inputs, ir::Attributes attributes,
                                       const std::string& source) {
  const std::string name = unique_name(node_name);
  const bool is_foldable = contains(foldable_operators, op) &&
                           std::all_of(inputs.begin(), inputs.end(), [&](const std::optional<ir::ValueId>& input) {
                             return !input || graph_.value(*input).is_constant();
                           });
  Result<ir::NodeId> node = ops::append_node(graph_, name, op, std::move(inputs), std::move(attributes), source);
  if (!node) {
    Error error = std::move(node).error();
    for (Diagnostic& diagnostic : error.diagnostics) diagnostic.where.clear();  // the importer names the exported node
    return error;
  }
  const ir::ValueId result = graph_.nodes().back().outputs.front();
  PUDU_TRY(check_shape(graph_.value(result).type.shape));
  PUDU_TRY(pass_codes_on(graph_.nodes().back()));
  if (is_foldable) PUDU_TRY(fold_last_node());
  return result;
}

void GraphBuilder::set_quantization(ir::ValueId value, ir::DType dtype, ir::QuantParams quantization) {
  graph_.value(value).type.dtype = dtype;
  graph_.value(value).quant = std::move(quantization);
}

/// What rearranges codes has codes as its result; nothing else may be done to them.
Status GraphBuilder::pass_codes_on(ir::Node& node) {
  const auto is_codes = [&](const std::optional<ir::ValueId>& input) {
    return input && graph_.value(*input).quant && graph_.value(*input).type.dtype == ir::DType::Int8;
  };
  if (std::none_of(node.inputs.begin(), node.inputs.end(), is_codes) || node.op == "dequantize") return {};
  const std::optional<ir::QuantParams>& params = graph_.value(*node.inputs.front()).quant;
  const bool alike = std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::optional<ir::ValueId>& input) {
    return is_codes(input) && graph_.value(*input).quant == params;
  });
  if (!alike || !contains(operators_on_codes, node.op)) {
    return unsupported({"", "", "arithmetic with the codes of quantized tensors", "arithmetic behind dequantize", ""});
  }
  for (const ir::ValueId output : node.outputs) set_quantization(output, ir::DType::Int8, *params);
  return {};
}

Status GraphBuilder::fold_last_node() {
  const ir::Node& node = graph_.nodes().back();
  ir::Value& result = graph_.value(node.outputs.front());
  computed_elements_ += result.type.elements();
  if (computed_elements_ > max_computed_elements) {
    return unsupported({"", "", "the constants that the model computes are too large",
                        fmt::format("{} elements together", max_computed_elements), ""});
  }
  std::vector<ops::Tensor> inputs;
  for (const std::optional<ir::ValueId>& input : node.inputs) {
    if (!input) {
      inputs.emplace_back();
      continue;
    }
    const ir::Value& constant = graph_.value(*input);
    inputs.push_back(ops::Tensor::sharing(constant.constant, constant.type.shape));
  }
  std::array outputs = {ops::Tensor(result.type.shape)};
  PUDU_TRY(ops::operator_of(node).reference(node, inputs, outputs));
  const std::span<const float> elements = std::as_const(outputs[0]).data();
  if (!std::all_of(elements.begin(), elements.end(), [](float element) { return std::isfinite(element); })) {
    return invalid_input({"", "", "the result, which depends on constants only, is not finite", "finite numbers", ""});
  }
  const auto bytes = std::as_bytes(elements);
  result.constant = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  const ir::Value& first = graph_.value(*node.inputs.front());
  if (first.quant) result.quant = rearranged(first, node, result.type.shape);
  graph_.mutable_nodes().pop_back();
  return {};
}

void GraphBuilder::name_result(ir::ValueId value, std::string_view name, std::size_t first_value) {
  if (ir::index_of(value) < first_value) return;
  const std::string unique = unique_name(name);
  graph_.value(value).name = unique;
  if (ir::Node* producer = graph_.producer(value)) producer->name = unique;
}

}  // namespace pudu::frontends
