#include "driver/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>

#include "base/parallel.hpp"
#include "driver/accuracy.hpp"
#include "driver/run.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"
#include "simulator/simulator.hpp"

namespace pudu::driver {
namespace {

using Bytes = std::vector<std::byte>;

/// A value of the float graph as it lies in the program.
struct PlacedValue {
  ir::ValueId value{};
  ops::DimOrder order;
};

/// The tensor's elements in memory order.
std::vector<float> in_memory_order(const ops::Tensor& tensor, const ops::DimOrder& order) {
  const std::span<const float> data = tensor.data();
  if (ops::same_in_memory(tensor.shape(), order, ops::contiguous_order(tensor.rank()))) {
    return {data.begin(), data.end()};
  }
  const std::vector<std::int64_t> strides = ops::memory_strides(tensor.shape(), order);
  std::vector<float> result(data.size());
  std::vector<std::int64_t> index(tensor.rank(), 0);
  std::int64_t at = 0;
  for (const float element : data) {
    result[static_cast<std::size_t>(at)] = element;
    for (std::size_t dim = tensor.rank(); dim-- > 0;) {
      at += strides[dim];
      if (++index[dim] < tensor.dim(dim)) break;
      at -= strides[dim] * tensor.dim(dim);
      index[dim] = 0;
    }
  }
  return result;
}

/// The bytes that a buffer takes for these numbers.
Bytes to_bytes(std::span<const float> numbers, const program::Buffer& buffer) {
  Bytes bytes(buffer.bytes());
  if (buffer.type == program::ElementType::Float32) {
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
  } else if (buffer.type == program::ElementType::Int32) {
    const std::vector<std::int32_t> integers(numbers.begin(), numbers.end());
    std::memcpy(bytes.data(), integers.data(), bytes.size());
  } else {
    const kernels::QuantizeF32S8Params params{static_cast<std::int32_t>(numbers.size()), buffer.quantization->scale,
                                              buffer.quantization->zero_point, -128, 127};
    kernels::QuantizeF32S8::run(params, {numbers.data(), reinterpret_cast<std::int8_t*>(bytes.data())});
  }
  return bytes;
}

/// A call whose result is a value of the float network.
struct ComparedCall {
  std::size_t step = 0;
  program::BufferId output{};
  PlacedValue result;
  std::vector<std::pair<program::BufferId, PlacedValue>> inputs;
  bool can_run_alone = true;  ///< all its inputs are values of the float network, too
};

class CallTable {
 public:
  explicit CallTable(const ComparableModel& model) : model_(model) {
    for (const ir::Value& value : model.float_graph.values()) {
      const auto place = model.places.find(value.name);
      if (place == model.places.end() || value.is_constant()) continue;
      values_[place->second.buffer].push_back({value.id, place->second.order});
    }
    for (std::size_t step = 0; step < model.program.calls.size(); ++step) add(step);
  }

  const std::vector<ComparedCall>& calls() const { return calls_; }

 private:
  void add(std::size_t step) {
    const program::KernelCall& call = model_.program.calls[step];
    const program::Operand* output = call.find_operand("output");
    if (output == nullptr || !compares(output->buffer)) return;
    ComparedCall compared{step, output->buffer, value_of(output->buffer, call.name), {}, true};
    for (const program::Operand& operand : call.operands) {
      const program::Buffer& buffer = model_.program.buffer(operand.buffer);
      if (buffer.kind == program::BufferKind::Constant || program::is_written(operand.name)) continue;
      if (!values_.contains(operand.buffer)) {
        compared.can_run_alone = false;
      } else {
        compared.inputs.emplace_back(operand.buffer, value_of(operand.buffer, call.name));
      }
    }
    calls_.push_back(std::move(compared));
  }

  bool compares(program::BufferId id) const {
    const program::ElementType type = model_.program.buffer(id).type;
    return values_.contains(id) && (type == program::ElementType::Int8 || type == program::ElementType::Float32);
  }

  /// Several values may share a buffer (views): the one that the node of this name makes, or the first.
  PlacedValue value_of(program::BufferId id, const std::string& node_name) const {
    const std::vector<PlacedValue>& candidates = values_.at(id);
    for (const ir::Node& node : model_.float_graph.nodes()) {
      if (node.name != node_name) continue;
      for (const PlacedValue& candidate : candidates) {
        if (std::find(node.outputs.begin(), node.outputs.end(), candidate.value) != node.outputs.end()) {
          return candidate;
        }
      }
    }
    return candidates.front();
  }

  const ComparableModel& model_;
  std::map<program::BufferId, std::vector<PlacedValue>> values_;
  std::vector<ComparedCall> calls_;
};

/// What one sample tells.
struct SampleResult {
  std::vector<LayerSums> layers;  ///< of the compared calls
  DistanceSums outputs;
  std::vector<float> float_scores, scores;  ///< output 0
};

enum class Depth : std::uint8_t { OutputsOnly, Layers };

class Comparison {
 public:
  Comparison(const ComparableModel& model, std::span<const quantizer::Sample> samples, Depth depth)
      : model_(model), samples_(samples), depth_(depth), table_(model), executor_(model.float_graph) {}

  const CallTable& table() const { return table_; }

  Result<std::vector<SampleResult>> run(base::ProgressListener& progress) {
    std::vector<SampleResult> results(samples_.size());
    std::vector<Status> statuses(samples_.size());
    const std::size_t batch = base::worker_count(samples_.size());
    progress.begin("compare with the float network");
    for (std::size_t begin = 0; begin < samples_.size(); begin += batch) {
      const std::size_t count = std::min(batch, samples_.size() - begin);
      base::parallel_for(count, [&](std::size_t i) {
        auto result = run_sample(samples_[begin + i]);
        if (result) {
          results[begin + i] = std::move(result).value();
        } else {
          statuses[begin + i] = std::move(result).error();
        }
      });
      for (std::size_t i = begin; i < begin + count; ++i) PUDU_TRY(std::move(statuses[i]));
      progress.advance(begin + count, samples_.size());
    }
    progress.end();
    return results;
  }

 private:
  using FloatValues = std::map<ir::ValueId, ops::Tensor>;

  Result<SampleResult> run_sample(const quantizer::Sample& sample) const {
    FloatValues floats;
    const auto keep = [&](ir::ValueId id, const ops::Tensor& tensor) {
      if (depth_ == Depth::Layers) floats.emplace(id, tensor);
    };
    PUDU_TRY_ASSIGN(const std::vector<ops::Tensor> expected, executor_.run(sample, keep));
    PUDU_TRY_ASSIGN(simulator::Simulator simulator, simulator::Simulator::create(model_.program, model_.memory));
    SampleResult result;
    result.layers.resize(table_.calls().size());
    std::size_t next = 0;
    const auto observe = [&](std::size_t step, std::span<const std::byte> arena) {
      if (depth_ != Depth::Layers || next == table_.calls().size() || table_.calls()[next].step != step) return;
      compare_call(table_.calls()[next], floats, arena, result.layers[next]);
      ++next;
    };
    PUDU_TRY_ASSIGN(const std::vector<Bytes> outputs, simulator.run(input_bytes(sample), observe));
    compare_outputs(expected, outputs, result);
    return result;
  }

  std::vector<Bytes> input_bytes(const quantizer::Sample& sample) const {
    std::vector<Bytes> inputs;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const ir::Value& value = model_.float_graph.value(model_.float_graph.inputs[i]);
      const ops::DimOrder& order = model_.places.at(value.name).order;
      const program::Buffer& buffer = model_.program.buffer(model_.program.inputs[i].buffer);
      inputs.push_back(to_bytes(in_memory_order(sample[i], order), buffer));
    }
    return inputs;
  }

  void compare_call(const ComparedCall& call, const FloatValues& floats, std::span<const std::byte> arena,
                    LayerSums& sums) const {
    const program::Buffer& buffer = model_.program.buffer(call.output);
    const auto reference = floats.find(call.result.value);
    if (reference == floats.end()) return;
    const std::vector<float> expected = in_memory_order(reference->second, call.result.order);
    if (buffer.kind != program::BufferKind::State) {
      add_values(sums, expected, arena.subspan(model_.memory.offset(call.output), buffer.bytes()), buffer);
    }
    if (!call.can_run_alone) return;
    const Bytes alone = run_alone(call, floats);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      sums.isolated.add(static_cast<double>(expected[i]), number_at(alone, i, buffer));
    }
    sums.has_isolated = true;
  }

  /// The call's output when its inputs are the float network's, quantized.
  Bytes run_alone(const ComparedCall& compared, const FloatValues& floats) const {
    const program::KernelCall& call = model_.program.calls[compared.step];
    std::map<program::BufferId, Bytes> memory;
    for (const auto& [id, place] : compared.inputs) {
      memory[id] = to_bytes(in_memory_order(floats.at(place.value), place.order), model_.program.buffer(id));
    }
    ops::find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
      const program::Operand* operand = call.find_operand(name);
      if (operand == nullptr) return nullptr;
      const program::Buffer& buffer = model_.program.buffer(operand->buffer);
      if (buffer.kind == program::BufferKind::Constant) return const_cast<std::byte*>(buffer.data->data());
      Bytes& bytes = memory[operand->buffer];
      if (bytes.empty()) bytes.resize(buffer.bytes());
      return bytes.data();
    });
    return std::move(memory.at(compared.output));
  }

  void compare_outputs(const std::vector<ops::Tensor>& expected, const std::vector<Bytes>& outputs,
                       SampleResult& result) const {
    for (std::size_t port = 0; port < outputs.size(); ++port) {
      const program::Buffer& buffer = model_.program.buffer(model_.program.outputs[port].buffer);
      const std::span<const float> reference = expected[port].data();
      for (std::size_t i = 0; i < reference.size(); ++i) {
        const double actual = number_at(outputs[port], i, buffer);
        result.outputs.add(static_cast<double>(reference[i]), actual);
        if (port > 0) continue;
        result.float_scores.push_back(reference[i]);
        result.scores.push_back(static_cast<float>(actual));
      }
    }
  }

  const ComparableModel& model_;
  std::span<const quantizer::Sample> samples_;
  Depth depth_;
  CallTable table_;
  ops::FloatExecutor executor_;
};

/// Indices of the `count` greatest scores; of equals the first.
std::vector<std::int64_t> greatest(const std::vector<float>& scores, std::size_t count) {
  std::vector<std::int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(count, order.size()));
  return order;
}

void classify(const SampleResult& sample, std::optional<std::int64_t> label, Classification& result) {
  result.classes = static_cast<std::int64_t>(sample.scores.size());
  const std::vector<std::int64_t> wanted = greatest(sample.float_scores, 5), got = greatest(sample.scores, 5);
  const auto has = [](const std::vector<std::int64_t>& choices, std::int64_t choice) {
    return std::find(choices.begin(), choices.end(), choice) != choices.end();
  };
  if (wanted.empty()) return;
  if (wanted.front() == got.front()) ++result.agreement;
  if (has(got, wanted.front())) ++result.top5_agreement;
  if (!label) return;
  if (wanted.front() == *label) ++result.float_correct;
  if (got.front() == *label) ++result.correct;
  if (has(wanted, *label)) ++result.float_top5;
  if (has(got, *label)) ++result.top5;
  ++result.confusion[{*label, got.front()}];
}

Result<std::vector<quantizer::Sample>> load_samples_of(const ComparableModel& model, const ValidationOptions& options) {
  PUDU_TRY_ASSIGN(std::vector<quantizer::Sample> samples, load_tensors(model.float_graph, options.inputs));
  if (options.limit > 0 && samples.size() > options.limit) samples.resize(options.limit);
  return samples;
}

std::vector<LayerQuality> layer_qualities(const ComparableModel& model, const CallTable& table,
                                          const std::vector<SampleResult>& samples) {
  std::vector<LayerQuality> layers;
  for (std::size_t i = 0; i < table.calls().size(); ++i) {
    LayerSums sums;
    for (const SampleResult& sample : samples) sums.add(sample.layers[i]);
    const program::KernelCall& call = model.program.calls[table.calls()[i].step];
    LayerQuality quality = quality_of(sums);
    quality.name = call.name, quality.op = call.op, quality.kernel = call.kernel;
    if (sums.elements > 0) layers.push_back(std::move(quality));
  }
  return layers;
}

/// Samples that do not look like the calibration data.
std::vector<std::string> input_warnings(const ComparableModel& model, std::span<const quantizer::Sample> samples) {
  constexpr double most_outside = 0.01;
  std::vector<std::string> warnings;
  for (std::size_t i = 0; i < model.program.inputs.size(); ++i) {
    const program::Buffer& buffer = model.program.buffer(model.program.inputs[i].buffer);
    if (buffer.type != program::ElementType::Int8) continue;
    const double scale = buffer.quantization->scale;
    const double low = (-128.5 - buffer.quantization->zero_point) * scale;
    const double high = (127.5 - buffer.quantization->zero_point) * scale;
    double least = high, most = low, elements = 0, outside = 0;
    for (const quantizer::Sample& sample : samples) {
      for (const float element : sample[i].data()) {
        const double value = static_cast<double>(element);
        least = std::min(least, value), most = std::max(most, value);
        elements += 1, outside += value < low || value > high ? 1 : 0;
      }
    }
    if (!(outside > most_outside * elements)) continue;
    warnings.push_back(
        fmt::format("{:.1f} % of the values of input '{}' are outside of what calibration saw: they go from {:.6g} to "
                    "{:.6g}, codes "
                    "from {:.6g} to {:.6g}; are both prepared as in training?",
                    100 * outside / elements, model.program.inputs[i].name, least, most, low, high));
  }
  return warnings;
}

}  // namespace

double Validation::median_sample_db() const {
  std::vector<double> sorted = sample_sqnr_db;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double Validation::worst_sample_db() const {
  return *std::min_element(sample_sqnr_db.begin(), sample_sqnr_db.end());
}

Result<Validation> validate(const ValidationOptions& options, base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const ComparableModel model, compile_comparable(options.compile, progress));
  PUDU_TRY_ASSIGN(const std::vector<quantizer::Sample> all, load_tensors(model.float_graph, options.inputs));
  std::vector<std::int64_t> labels;
  if (!options.labels.empty()) {
    PUDU_TRY_ASSIGN(labels, load_labels(options.labels, all.size()));
  }
  const std::size_t count = options.limit > 0 ? std::min(options.limit, all.size()) : all.size();
  Comparison comparison(model, std::span(all).first(count), Depth::Layers);
  PUDU_TRY_ASSIGN(const std::vector<SampleResult> samples, comparison.run(progress));
  Validation result;
  result.samples = samples.size();
  result.has_labels = !labels.empty();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    result.outputs.add(samples[i].outputs);
    result.sample_sqnr_db.push_back(samples[i].outputs.sqnr_db());
    classify(samples[i], labels.empty() ? std::nullopt : std::optional(labels[i]), result.classification);
  }
  result.warnings = input_warnings(model, std::span(all).first(count));
  result.layers = layer_qualities(model, comparison.table(), samples);
  return result;
}

namespace {

struct Alternative {
  std::string options;
  CompileOptions compile;
};

/// The layer that loses most by itself.
const LayerQuality* worst_layer(const Validation& validation) {
  const LayerQuality* worst = nullptr;
  for (const LayerQuality& layer : validation.layers) {
    if (std::isnan(layer.isolated_sqnr_db) || layer.kernel.find("f32") != std::string::npos) continue;
    if (worst == nullptr || layer.isolated_sqnr_db < worst->isolated_sqnr_db) worst = &layer;
  }
  return worst;
}

std::vector<Alternative> alternatives(const ValidationOptions& options, const Validation& validation) {
  std::vector<Alternative> list;
  const quantizer::QuantizerOptions& now = options.compile.quantizer;
  const auto add = [&](std::string text, const auto& change) {
    Alternative alternative{std::move(text), options.compile};
    change(alternative.compile.quantizer);
    list.push_back(std::move(alternative));
  };
  if (now.weight_rounding == quantizer::WeightRounding::Nearest) {
    add("--effort max", [](auto& changed) {
      changed.weight_rounding = quantizer::WeightRounding::Adaptive;
      changed.bias_correction = quantizer::BiasCorrection::Sequential;
    });
  }
  if (now.bias_correction == quantizer::BiasCorrection::None) {
    add("--bias-correction on", [](auto& changed) { changed.bias_correction = quantizer::BiasCorrection::Sequential; });
  }
  if (now.range_method == quantizer::RangeMethod::Histogram) {
    add("--ranges minmax", [](auto& changed) { changed.range_method = quantizer::RangeMethod::MinMax; });
  } else {
    add("--ranges histogram", [](auto& changed) { changed.range_method = quantizer::RangeMethod::Histogram; });
  }
  if (now.linear_weights == quantizer::LinearWeights::PerTensor) {
    add("--linear-weights per-channel",
        [](auto& changed) { changed.linear_weights = quantizer::LinearWeights::PerChannel; });
  }
  if (const LayerQuality* worst = worst_layer(validation)) {
    add("--keep-float " + worst->name, [&](auto& changed) { changed.keep_float.push_back(worst->name); });
  }
  return list;
}

Result<double> outputs_db(const CompileOptions& compile, const ValidationOptions& options, std::size_t samples,
                          base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const ComparableModel model, compile_comparable(compile, progress));
  ValidationOptions limited = options;
  limited.limit = options.limit > 0 ? std::min(options.limit, samples) : samples;
  PUDU_TRY_ASSIGN(const std::vector<quantizer::Sample> tensors, load_samples_of(model, limited));
  PUDU_TRY_ASSIGN(const std::vector<SampleResult> results,
                  Comparison(model, tensors, Depth::OutputsOnly).run(progress));
  DistanceSums sums;
  for (const SampleResult& result : results) sums.add(result.outputs);
  return sums.sqnr_db();
}

}  // namespace

Result<std::vector<Suggestion>> suggest(const ValidationOptions& options, const Validation& validation,
                                        std::size_t samples, base::ProgressListener& progress) {
  constexpr double least_gain_db = 0.5;
  PUDU_TRY_ASSIGN(const double now, outputs_db(options.compile, options, samples, progress));
  std::vector<Suggestion> suggestions;
  for (const Alternative& alternative : alternatives(options, validation)) {
    const Result<double> db = outputs_db(alternative.compile, options, samples, progress);
    // An operator without a float form cannot stay float: no suggestion then, and no failure.
    if (!db && db.error().kind == ErrorKind::Unsupported) continue;
    if (!db) return db.error();
    if (*db >= now + least_gain_db) suggestions.push_back({alternative.options, *db, *db - now});
  }
  std::stable_sort(suggestions.begin(), suggestions.end(),
                   [](const Suggestion& a, const Suggestion& b) { return a.gain_db > b.gain_db; });
  return suggestions;
}

}  // namespace pudu::driver
