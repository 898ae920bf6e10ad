#include "frontends/pt2/subgraphs.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace pudu::frontends {

namespace {

constexpr std::array inlined_targets = {std::string_view("torch.ops.higher_order.wrap_with_autocast"),
                                        std::string_view("torch.ops.higher_order.wrap_with_set_grad_enabled")};

using Names = std::map<std::string, std::string, std::less<>>;

/// The graph of a node, and what the node passes to it.
struct Call {
  const ExportedGraph* graph = nullptr;
  std::vector<Argument> arguments;
};

Call call_of(const ExportedNode& node) {
  Call call;
  for (const NamedArgument& input : node.inputs) {
    if (call.graph != nullptr) {
      call.arguments.push_back(input.value);
    } else if (const auto* body = std::get_if<GraphArgument>(&input.value)) {
      call.graph = body->graph.get();
    }
  }
  return call;
}

/// Results of a node that stand in one list or beside each other.
std::vector<std::string> result_names(const std::vector<Argument>& results) {
  std::vector<std::string> names;
  for (const Argument& result : results) {
    if (const auto* tensor = std::get_if<TensorArgument>(&result)) names.push_back(tensor->name);
    if (const auto* list = std::get_if<TensorListArgument>(&result)) {
      for (const std::optional<std::string>& name : list->names) names.push_back(name.value_or(""));
    }
  }
  return names;
}

/// Copies the nodes of one call, with the names inside of it replaced.
class Inliner {
 public:
  explicit Inliner(ExportedProgram& program) : program_(program) {}

  void add_all(std::vector<ExportedNode> nodes) {
    for (ExportedNode& node : nodes) {
      const bool is_inlined =
          std::find(inlined_targets.begin(), inlined_targets.end(), node.target) != inlined_targets.end();
      if (!is_inlined || !add_body(node)) result_.push_back(std::move(node));
    }
  }

  std::vector<ExportedNode> take() && { return std::move(result_); }

 private:
  /// False when inputs or results do not fit together: the node is reported as it is.
  bool add_body(const ExportedNode& node) {
    const Call call = call_of(node);
    const std::vector<std::string> outer = result_names(node.outputs);
    if (call.graph == nullptr || call.arguments.size() != call.graph->inputs.size()) return false;
    const std::vector<std::string> inner = result_names(call.graph->outputs);
    if (outer.size() != inner.size()) return false;
    Names renamed;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      const auto* from = std::get_if<TensorArgument>(&call.graph->inputs[i]);
      const auto* to = std::get_if<TensorArgument>(&call.arguments[i]);
      if (from == nullptr || to == nullptr) return false;
      renamed.insert_or_assign(from->name, to->name);
    }
    const std::string prefix = node.name + ".";
    for (const auto& [name, meta] : call.graph->tensor_values) {
      if (renamed.try_emplace(name, prefix + name).second) program_.tensor_values.insert_or_assign(prefix + name, meta);
    }
    std::vector<ExportedNode> body = call.graph->nodes;
    for (ExportedNode& each : body) {
      each.name = prefix + each.name;
      for (NamedArgument& input : each.inputs) rename(input.value, renamed, prefix);
      for (Argument& output : each.outputs) rename(output, renamed, prefix);
    }
    add_all(std::move(body));
    for (std::size_t i = 0; i < outer.size(); ++i) add_alias(node, renamed, inner[i], outer[i]);
    return true;
  }

  void add_alias(const ExportedNode& node, const Names& renamed, const std::string& inner, const std::string& outer) {
    const auto found = renamed.find(inner);
    ExportedNode alias{.name = outer, .target = "torch.ops.aten.alias.default", .stack_trace = node.stack_trace};
    alias.inputs.push_back({"self", TensorArgument{found == renamed.end() ? inner : found->second}});
    alias.outputs.emplace_back(TensorArgument{outer});
    result_.push_back(std::move(alias));
  }

  static void rename(std::string& name, const Names& renamed, const std::string& prefix) {
    const auto found = renamed.find(name);
    name = found == renamed.end() ? prefix + name : found->second;
  }

  static void rename(Argument& argument, const Names& renamed, const std::string& prefix) {
    if (auto* tensor = std::get_if<TensorArgument>(&argument)) rename(tensor->name, renamed, prefix);
    if (auto* list = std::get_if<TensorListArgument>(&argument)) {
      for (std::optional<std::string>& name : list->names) {
        if (name) rename(*name, renamed, prefix);
      }
    }
    if (auto* integer = std::get_if<IntArgument>(&argument); integer != nullptr && !integer->name.empty()) {
      rename(integer->name, renamed, prefix);
    }
    if (auto* list = std::get_if<IntListArgument>(&argument)) {
      for (IntArgument& element : list->elements) {
        if (!element.name.empty()) rename(element.name, renamed, prefix);
      }
    }
  }

  ExportedProgram& program_;
  std::vector<ExportedNode> result_;
};

}  // namespace

std::span<const std::string_view> inlined_operators() {
  return inlined_targets;
}

void inline_subgraphs(ExportedProgram& program) {
  Inliner inliner(program);
  inliner.add_all(std::move(program.nodes));
  program.nodes = std::move(inliner).take();
}

}  // namespace pudu::frontends
