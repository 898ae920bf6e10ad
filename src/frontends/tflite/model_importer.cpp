#include "frontends/tflite/model_importer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontends/common/checks.hpp"
#include "frontends/tflite/node_importer.hpp"
#include "frontends/tflite/operator_table.hpp"
#include "ops/registry.hpp"

namespace pudu::frontends::tflite {
namespace {

class ModelImporter {
 public:
  ModelImporter(const File& file, std::string graph_name) : state_(file, file.subgraphs().front()) {
    state_.graph.name = std::move(graph_name);
  }

  Result<ir::Graph> run() {
    state_.graph.arithmetic = is_quantized() ? ir::Arithmetic::TfLite : ir::Arithmetic::ExecuTorch;
    PUDU_TRY(add_inputs());
    for (const Operator& op : state_.subgraph.operators) PUDU_TRY(import(op));
    if (!unsupported_.diagnostics.empty()) return std::move(unsupported_);
    PUDU_TRY(add_outputs());
    PUDU_TRY(ops::verify(state_.graph));
    return std::move(state_.graph);
  }

 private:
  const Tensor& tensor(std::int32_t index) const { return state_.subgraph.tensors[static_cast<std::size_t>(index)]; }

  /// Does any operator compute codes?
  bool is_quantized() const {
    const auto computes_codes = [&](const Operator& op) {
      return std::any_of(op.outputs.begin(), op.outputs.end(), [&](std::int32_t output) {
        return tensor(output).type == TensorType::Int8 || tensor(output).type == TensorType::Int16;
      });
    };
    return std::any_of(state_.subgraph.operators.begin(), state_.subgraph.operators.end(), computes_codes);
  }

  Status add_inputs() {
    for (std::size_t port = 0; port < state_.subgraph.inputs.size(); ++port) {
      const std::int32_t index = state_.subgraph.inputs[port];
      if (Status status = add_input(index, state_.subgraph.input_names[port]); !status) {
        return std::move(status).error().at(fmt::format("input '{}'", state_.subgraph.input_names[port]));
      }
    }
    return {};
  }

  Status add_input(std::int32_t index, const std::string& name) {
    const Tensor& port = tensor(index);
    const Result<Format> format = format_of(port);
    if (!format) return format.error();
    PUDU_TRY(check_shape(port.shape));
    std::optional<ir::ValueId>& value = state_.values[static_cast<std::size_t>(index)];
    if (value) return invalid_here(fmt::format("tensor {} is an input twice", index), "every input once");
    if (port.is_constant) return invalid_here(fmt::format("tensor {} is a constant", index), "no data for inputs");
    value = state_.graph.add_value(unique_name(name), {format->dtype, port.shape});
    state_.graph.value(*value).quant = format->quant;
    state_.graph.inputs.push_back(*value);
    return {};
  }

  /// InvalidInput ends the import; what is unsupported is collected.
  Status import(const Operator& op) {
    Status status = translate(op);
    if (status) return {};
    Error error = std::move(status).error().at(describe(op));
    if (error.kind != ErrorKind::Unsupported) return error;
    for (Diagnostic& diagnostic : error.diagnostics) unsupported_.diagnostics.push_back(std::move(diagnostic));
    return {};
  }

  Status translate(const Operator& op) {
    const OperatorRow* row = find_operator_row(op.name);
    if (row == nullptr) {
      return unsupported(
          {.found = "unknown operator " + op.name, .allowed = "the operators that docs/tflite.md lists"});
    }
    if (op.version < 1 || op.version > row->newest_version) {
      return unsupported_here(fmt::format("version {} of {}", op.version, op.name),
                              fmt::format("versions 1 to {}", row->newest_version));
    }
    // After an operator that is not supported, only those are looked at that do not depend on its results.
    const bool is_known = std::all_of(op.inputs.begin(), op.inputs.end(), [&](std::int32_t input) {
      return input == no_tensor || tensor(input).is_constant || tensor(input).is_variable ||
             state_.values[static_cast<std::size_t>(input)] || state_.integers[static_cast<std::size_t>(input)] ||
             state_.resources[static_cast<std::size_t>(input)];
    });
    if (!is_known) return {};
    NodeImporter node(state_, op);
    return row->import(node);
  }

  Status add_outputs() {
    for (std::size_t port = 0; port < state_.subgraph.outputs.size(); ++port) {
      const std::int32_t index = state_.subgraph.outputs[port];
      const std::string& name = state_.subgraph.output_names[port];
      const auto value = state_.values[static_cast<std::size_t>(index)];
      if (!value) {
        return unsupported({.where = fmt::format("output '{}'", name),
                            .found = "it does not depend on the model's inputs",
                            .allowed = "outputs that are computed"});
      }
      state_.graph.outputs.push_back(*value);
      name_output(*value, name);
    }
    return {};
  }

  /// The caller knows the port by the signature's name; a value with two ports keeps the first's.
  void name_output(ir::ValueId value, const std::string& name) {
    const bool is_input =
        std::find(state_.graph.inputs.begin(), state_.graph.inputs.end(), value) != state_.graph.inputs.end();
    const auto uses = std::count(state_.graph.outputs.begin(), state_.graph.outputs.end(), value);
    if (is_input || uses > 1 || state_.graph.value(value).name == graph_name_of(name)) return;
    state_.graph.value(value).name = unique_name(name);
  }

  std::string unique_name(std::string_view tensor_name) {
    const std::string hint = graph_name_of(tensor_name);
    std::string name = hint;
    for (int suffix = 1; !state_.names.insert(name).second; ++suffix) name = fmt::format("{}.{}", hint, suffix);
    return name;
  }

  ImportState state_;
  Error unsupported_{ErrorKind::Unsupported, {}};
};

}  // namespace

Result<ir::Graph> import_model(const File& file, std::string graph_name) {
  return ModelImporter(file, std::move(graph_name)).run();
}

}  // namespace pudu::frontends::tflite
