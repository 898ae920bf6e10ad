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
  const bool is_foldable =
      std::find(foldable_operators.begin(), foldable_operators.end(), op) != foldable_operators.end() &&
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
  if (is_foldable) PUDU_TRY(fold_last_node());
  return result;
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
