// Graphs of one node whose values have whatever types and parameters a test gives them: for operators of several data
// types, as those of TensorFlow Lite's recurrent layers.
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/registry.hpp"
#include "ops/testing/plain_lowering.hpp"

namespace pudu::ops::testing {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

class TypedGraph {
 public:
  TypedGraph() {
    graph.name = "typed";
    graph.arithmetic = ir::Arithmetic::TfLite;
  }

  TypedGraph& input(ir::DType dtype, ir::Shape shape, std::optional<ir::QuantParams> quant) {
    const ir::ValueId id = graph.add_value(next_name(), {dtype, std::move(shape)});
    graph.value(id).quant = std::move(quant);
    graph.inputs.push_back(id);
    operands.emplace_back(id);
    return *this;
  }
  template <class T>
  TypedGraph& constant(ir::DType dtype, ir::Shape shape, const std::vector<T>& values,
                       std::optional<ir::QuantParams> quant) {
    const ir::ValueId id = graph.add_constant(next_name(), {dtype, std::move(shape)}, bytes_of(values));
    graph.value(id).quant = std::move(quant);
    operands.emplace_back(id);
    return *this;
  }

  /// Appends the node; `types` are those of its results.
  struct ResultType {
    ir::DType dtype;
    ir::QuantParams quant;
  };
  Status append(std::string_view op, const ir::Attributes& attributes, const std::vector<ResultType>& types) {
    PUDU_TRY_ASSIGN(const ir::NodeId node, append_node(graph, "node", op, operands, attributes));
    graph.outputs = graph.nodes()[ir::index_of(node)].outputs;
    for (std::size_t i = 0; i < types.size(); ++i) {
      graph.value(graph.outputs[i]).type.dtype = types[i].dtype;
      graph.value(graph.outputs[i]).quant = types[i].quant;
    }
    return ops::verify(graph);
  }

  /// Lowers the node and runs it; inputs and results are bytes.
  Result<std::vector<std::vector<std::byte>>> run(const std::vector<std::vector<std::byte>>& inputs) const {
    PlainLowering lowering(graph, std::vector<DimOrder>(graph.inputs.size()));
    PUDU_TRY(operator_of(graph.nodes().front()).lower(lowering));
    return lowering.run(inputs);
  }

  ir::Graph graph;
  std::vector<std::optional<ir::ValueId>> operands;

 private:
  std::string next_name() const { return "v" + std::to_string(graph.values().size()); }
};

inline ir::QuantParams int16_scale(float scale) {
  return {.scales = {scale}, .zero_point = 0, .axis = std::nullopt, .quant_min = INT16_MIN, .quant_max = INT16_MAX};
}

}  // namespace pudu::ops::testing
