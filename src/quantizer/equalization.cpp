#include "quantizer/equalization.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"

namespace pudu::quantizer {
namespace {

constexpr std::size_t weight_index = 1, bias_index = 2;
constexpr double infinity = std::numeric_limits<double>::infinity();

bool is_homogeneous(double low, double high) {
  return (low == 0.0 || low == -infinity) && high == infinity;
}

/// Which channels of its weights a layer has for each channel of its input.
enum class LayerKind : std::uint8_t { None, Mixing, Depthwise };

std::size_t channels_of(const ir::Value& value) {
  const std::size_t rank = value.type.shape.size();
  return rank == 2 || rank == 4 ? static_cast<std::size_t>(value.type.shape[1]) : 0;
}

LayerKind kind_of(const ir::Graph& graph, const ir::Node& node) {
  if (node.op != "conv2d" && node.op != "linear") return LayerKind::None;
  const ir::Value& weight = graph.value(*node.inputs[weight_index]);
  const bool constant = weight.is_constant() &&
                        (!ops::has_input(node, bias_index) || graph.value(*node.inputs[bias_index]).is_constant());
  if (!constant || channels_of(graph.value(*node.inputs[0])) == 0) return LayerKind::None;
  if (node.op == "linear" || node.attributes.integer("groups") == 1) return LayerKind::Mixing;
  const auto channels = static_cast<std::int64_t>(channels_of(graph.value(*node.inputs[0])));
  const bool depthwise = node.attributes.integer("groups") == channels && weight.type.shape[0] == channels;
  return depthwise ? LayerKind::Depthwise : LayerKind::None;
}

/// Values that must be scaled alike, and those that cannot be.
class ScalingGroups {
 public:
  explicit ScalingGroups(const ir::Graph& graph) : graph_(graph), is_fixed_(graph.values().size(), false) {
    for (std::size_t i = 0; i < graph.values().size(); ++i) parents_.push_back(i);
    for (const ir::Node& node : graph.nodes()) look_at(node);
    for (const ir::ValueId input : graph.inputs) fix(input);
    for (const ir::ValueId output : graph.outputs) fix(output);
    for (const ir::State& state : graph.states) fix(state.before), fix(state.after);
  }

  std::size_t group_of(ir::ValueId id) const {
    std::size_t index = ir::index_of(id);
    while (parents_[index] != index) index = parents_[index];
    return index;
  }
  bool can_scale(std::size_t group) const { return !is_fixed_[group] && channels_of(value(group)) > 0; }

 private:
  const ir::Value& value(std::size_t index) const { return graph_.value(static_cast<ir::ValueId>(index)); }

  void look_at(const ir::Node& node) {
    if (kind_of(graph_, node) != LayerKind::None) {
      const auto& bounds = node.attributes;
      if (!is_homogeneous(bounds.real("activation_min"), bounds.real("activation_max"))) fix(node.outputs[0]);
      return;
    }
    if (passes_channels_on(node)) {
      for (const std::optional<ir::ValueId>& input : node.inputs) unite(*input, node.outputs[0]);
      return;
    }
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      if (input) fix(*input);
    }
    for (const ir::ValueId output : node.outputs) fix(output);
  }

  /// op(x / s) = op(x) / s, for factors s of channels.
  bool passes_channels_on(const ir::Node& node) const {
    const ir::Value& result = graph_.value(node.outputs[0]);
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      if (!input || graph_.value(*input).is_constant()) return false;
      if (channels_of(graph_.value(*input)) != channels_of(result)) return false;
    }
    if (node.op == "add") {
      const auto same = [&](std::size_t i) { return graph_.value(*node.inputs[i]).type.shape == result.type.shape; };
      return same(0) && same(1) &&
             is_homogeneous(node.attributes.real("activation_min"), node.attributes.real("activation_max"));
    }
    if (node.op == "unary") {
      const std::vector<double>& params = node.attributes.reals("params");
      return node.attributes.text("function") == "clamp" && is_homogeneous(params[0], params[1]);
    }
    if (node.op == "pad") {
      return node.attributes.real("value") == 0.0 && node.attributes.integers("before")[1] == 0 &&
             node.attributes.integers("after")[1] == 0;
    }
    if (node.op == "reshape") {
      const ir::Value& input = graph_.value(*node.inputs[0]);
      return input.type.shape[0] == result.type.shape[0] &&
             input.type.elements() == input.type.shape[0] * input.type.shape[1];
    }
    return node.op == "max_pool2d" || node.op == "avg_pool2d" || node.op == "adaptive_avg_pool2d";
  }

  void fix(ir::ValueId id) { is_fixed_[group_of(id)] = true; }
  void unite(ir::ValueId a, ir::ValueId b) {
    const std::size_t from = group_of(a), into = group_of(b);
    parents_[from] = into;
    if (is_fixed_[from]) is_fixed_[into] = true;
  }

  const ir::Graph& graph_;
  std::vector<std::size_t> parents_;
  std::vector<bool> is_fixed_;
};

using Channels = std::vector<double>;

/// Largest magnitude of each channel, by value; empty where there is none to scale.
Result<std::vector<Channels>> measure(const ir::Graph& graph, const ScalingGroups& groups,
                                      std::span<const Sample> samples) {
  const ops::FloatExecutor executor(graph);
  std::vector<std::vector<Channels>> seen(samples.size(), std::vector<Channels>(graph.values().size()));
  std::vector<Status> statuses(samples.size());
  base::parallel_for(samples.size(), [&](std::size_t sample) {
    const auto observe = [&](ir::ValueId id, const ops::Tensor& tensor) {
      if (!groups.can_scale(groups.group_of(id))) return;
      const std::size_t channels = channels_of(graph.value(id));
      const std::span<const float> data = tensor.data();
      const std::size_t inner = data.size() / (static_cast<std::size_t>(tensor.dim(0)) * channels);
      Channels& largest = seen[sample][ir::index_of(id)];
      largest.assign(channels, 0.0);
      for (std::size_t i = 0; i < data.size(); ++i) {
        double& each = largest[i / inner % channels];
        each = std::max(each, std::abs(static_cast<double>(data[i])));
      }
    };
    auto outputs = executor.run(samples[sample], observe);
    if (!outputs) statuses[sample] = std::move(outputs).error();
  });
  for (Status& status : statuses) PUDU_TRY(std::move(status));
  std::vector<Channels> result(graph.values().size());
  for (const std::vector<Channels>& sample : seen) {
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i].resize(sample[i].size(), 0.0);
      for (std::size_t c = 0; c < sample[i].size(); ++c) result[i][c] = std::max(result[i][c], sample[i][c]);
    }
  }
  return result;
}

class Equalizer {
 public:
  Equalizer(ir::Graph& graph, std::span<const Sample> samples) : graph_(graph), samples_(samples), groups_(graph) {}

  Result<Equalization> run() {
    PUDU_TRY_ASSIGN(const std::vector<Channels> ranges, measure(graph_, groups_, samples_));
    std::map<std::size_t, Channels> by_group;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      if (ranges[i].empty()) continue;
      Channels& all = by_group[groups_.group_of(static_cast<ir::ValueId>(i))];
      all.resize(ranges[i].size(), 0.0);
      for (std::size_t c = 0; c < all.size(); ++c) all[c] = std::max(all[c], ranges[i][c]);
    }
    for (const auto& [group, range] : by_group) scale(group, range);
    return done_;
  }

 private:
  void scale(std::size_t group, const Channels& range) {
    const Channels factors = choose_factors(group, range);
    const auto changed = std::count_if(factors.begin(), factors.end(), [](double factor) { return factor != 1.0; });
    if (changed == 0) return;
    ++done_.groups;
    done_.channels += static_cast<std::size_t>(changed);
    for (std::size_t n = 0; n < graph_.nodes().size(); ++n) {
      const ir::Node& node = graph_.nodes()[n];
      const LayerKind kind = kind_of(graph_, node);
      if (kind == LayerKind::None) continue;
      if (groups_.group_of(node.outputs[0]) == group) divide_outputs(n, factors);
      if (groups_.group_of(*node.inputs[0]) == group) multiply_inputs(n, kind, factors);
    }
  }

  /// What the channels are divided by.
  Channels choose_factors(std::size_t group, const Channels& range) const {
    constexpr double most_enlarged = 32.0;
    Channels reach(range.size(), 0.0);  // of the weights that read a channel, beside others of their output channel
    bool is_read = false, is_mixed = false;
    for (const ir::Node& node : graph_.nodes()) {
      const LayerKind kind = kind_of(graph_, node);
      if (kind == LayerKind::None || groups_.group_of(*node.inputs[0]) != group) continue;
      is_read = true;
      is_mixed = is_mixed || kind == LayerKind::Mixing;
      if (kind == LayerKind::Mixing) add_reach(graph_.value(*node.inputs[weight_index]), reach);
    }
    const double largest = *std::max_element(range.begin(), range.end());
    Channels factors(range.size(), 1.0);
    if (!is_read || !(largest > 0)) return factors;
    double logarithms = 0;
    for (std::size_t c = 0; c < range.size(); ++c) {
      const double magnitude = std::max(range[c], largest / most_enlarged) / largest;
      const bool is_used = !is_mixed || reach[c] > 0;
      if (is_used) factors[c] = is_mixed ? std::sqrt(magnitude / reach[c]) : magnitude;
      logarithms += std::log(factors[c]);
    }
    // The typical channel stays as it is.
    const double typical = std::exp(logarithms / static_cast<double>(factors.size()));
    for (double& factor : factors) factor = std::clamp(factor / typical, 1.0 / most_enlarged, most_enlarged);
    return factors;
  }

  static void add_reach(const ir::Value& weight, Channels& reach) {
    const std::span<const float> data = weight.data<float>();
    const auto rows = static_cast<std::size_t>(weight.type.shape[0]);
    const std::size_t per_row = data.size() / rows, taps = per_row / reach.size();
    for (std::size_t row = 0; row < rows; ++row) {
      double largest = 0;
      for (std::size_t i = 0; i < per_row; ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(data[row * per_row + i])));
      }
      for (std::size_t i = 0; i < per_row && largest > 0; ++i) {
        double& each = reach[i / taps];
        each = std::max(each, std::abs(static_cast<double>(data[row * per_row + i])) / largest);
      }
    }
  }

  void divide_outputs(std::size_t node, const Channels& factors) {
    const std::size_t inputs = graph_.nodes()[node].inputs.size();
    for (std::size_t index = weight_index; index < inputs; ++index) {
      if (!ops::has_input(graph_.nodes()[node], index)) continue;
      replace(node, index, [&](std::size_t i, std::size_t size, float element) {
        return static_cast<float>(static_cast<double>(element) / factors[i / (size / factors.size())]);
      });
    }
  }

  void multiply_inputs(std::size_t node, LayerKind kind, const Channels& factors) {
    const ir::Shape& shape = graph_.value(*graph_.nodes()[node].inputs[weight_index]).type.shape;
    const auto rows = kind == LayerKind::Mixing ? static_cast<std::size_t>(shape[0]) : 1;
    replace(node, weight_index, [&](std::size_t i, std::size_t size, float element) {
      const std::size_t per_row = size / rows;
      return static_cast<float>(static_cast<double>(element) * factors[i % per_row / (per_row / factors.size())]);
    });
  }

  template <class Change>
  void replace(std::size_t node, std::size_t index, const Change& change) {
    const ir::Value& old = graph_.value(*graph_.nodes()[node].inputs[index]);
    const std::span<const float> data = old.data<float>();
    std::vector<float> changed(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) changed[i] = change(i, data.size(), data[i]);
    const ir::Shape shape = old.type.shape;
    graph_.nodes()[node].inputs[index] =
        graph_.add_constant_f32(graph_.unique_value_name(old.name + "_equalized"), shape, changed);
  }

  ir::Graph& graph_;
  std::span<const Sample> samples_;
  ScalingGroups groups_;
  Equalization done_;
};

}  // namespace

Result<Equalization> equalize(ir::Graph& graph, std::span<const Sample> samples) {
  if (!graph.states.empty()) return Equalization{};
  PUDU_TRY_ASSIGN(const Equalization done, Equalizer(graph, samples).run());
  graph.remove_dead_code();
  return done;
}

}  // namespace pudu::quantizer
