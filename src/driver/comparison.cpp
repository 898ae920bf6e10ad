#include "driver/comparison.hpp"

#include <algorithm>
#include <cstring>

#include "base/parallel.hpp"
#include "driver/port_bytes.hpp"
#include "ops/registry.hpp"
#include "simulator/simulator.hpp"

namespace pudu::driver {
namespace {

using Bytes = std::vector<std::byte>;

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
    if (output != nullptr && !values_.contains(output->buffer)) {
      if (call.op == "requantize") {
        // The same value at another width, which adds no error of its own.
        const auto source = values_.find(call.find_operand("input")->buffer);
        if (source != values_.end()) values_[output->buffer] = std::vector<PlacedValue>(source->second);
        return;
      }
      adopt_wide_result(output->buffer, call.name);
    }
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

  /// A value that is narrowed behind its node lies in two buffers: the one that the call of that name makes has it,
  /// too.
  void adopt_wide_result(program::BufferId id, const std::string& node_name) {
    if (model_.program.buffer(id).type != program::ElementType::Int16) return;
    for (const ir::Node& node : model_.float_graph.nodes()) {
      if (node.name != node_name) continue;
      const auto place = model_.places.find(model_.float_graph.value(node.outputs.front()).name);
      if (place != model_.places.end()) values_[id].push_back({node.outputs.front(), place->second.order});
    }
  }

  bool compares(program::BufferId id) const {
    constexpr program::ElementType types[] = {program::ElementType::Int8, program::ElementType::Int16,
                                              program::ElementType::Float32};
    const program::ElementType type = model_.program.buffer(id).type;
    return values_.contains(id) && std::find(std::begin(types), std::end(types), type) != std::end(types);
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

}  // namespace

std::vector<ComparedCall> compared_calls(const ComparableModel& model) {
  return CallTable(model).calls();
}

Status Comparison::run(const TakeResult& take, base::ProgressListener& progress) const {
  // Reading is for one thread: a few samples each, so that the cores seldom wait for it and for each other.
  constexpr std::size_t samples_per_worker = 4;
  constexpr std::size_t most_batch_bytes = std::size_t{64} << 20;
  const std::size_t workers = base::worker_count(samples_.count());
  const std::size_t fitting = most_batch_bytes / std::max<std::size_t>(samples_.sample_bytes(), 1);
  const std::size_t batch = std::clamp(fitting, workers, samples_per_worker * workers);
  progress.begin("compare with the float network");
  for (std::size_t begin = 0; begin < samples_.count(); begin += batch) {
    const std::size_t count = std::min(batch, samples_.count() - begin);
    std::vector<quantizer::Sample> samples(count);
    for (std::size_t i = 0; i < count; ++i) {
      PUDU_TRY_ASSIGN(samples[i], samples_.read(begin + i));
    }
    std::vector<SampleResult> results(count);
    std::vector<Status> statuses(count);
    base::parallel_for(count, [&](std::size_t i) {
      auto result = run_sample(samples[i]);
      if (result) {
        results[i] = std::move(result).value();
      } else {
        statuses[i] = std::move(result).error();
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      PUDU_TRY(std::move(statuses[i]));
      take(results[i]);
    }
    progress.advance(begin + count, samples_.count());
  }
  progress.end();
  return {};
}

Result<SampleResult> Comparison::run_sample(const quantizer::Sample& sample) const {
  FloatValues floats;
  const auto keep = [&](ir::ValueId id, const ops::Tensor& tensor) {
    if (depth_ == Depth::Layers) floats.emplace(id, tensor);
  };
  PUDU_TRY_ASSIGN(const std::vector<ops::Tensor> expected, executor_.run(sample, keep));
  PUDU_TRY_ASSIGN(
      simulator::Simulator simulator,
      simulator::Simulator::create(model_.program, model_.memory, simulator::FreeMemory::Untouched, layers_));
  SampleResult result;
  result.layers.resize(calls_.size());
  std::size_t next = 0;
  const auto observe = [&](std::size_t step, std::span<const std::byte> arena) {
    if (depth_ != Depth::Layers || next == calls_.size() || calls_[next].step != step) return;
    compare_call(calls_[next], floats, arena, result.layers[next]);
    ++next;
  };
  PUDU_TRY_ASSIGN(const std::vector<Bytes> outputs, simulator.run(input_bytes(sample), observe));
  compare_outputs(expected, outputs, result);
  result.inputs = input_extents(sample);
  return result;
}

std::vector<InputExtent> Comparison::input_extents(const quantizer::Sample& sample) const {
  std::vector<InputExtent> extents;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    extents.push_back(extent_of(sample[i].data(), model_.program.buffer(model_.program.inputs[i].buffer)));
  }
  return extents;
}

std::vector<Bytes> Comparison::input_bytes(const quantizer::Sample& sample) const {
  std::vector<Bytes> inputs;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const ir::Value& value = model_.float_graph.value(model_.float_graph.inputs[i]);
    const ops::DimOrder& order = model_.places.at(value.name).order;
    const program::Buffer& buffer = model_.program.buffer(model_.program.inputs[i].buffer);
    inputs.push_back(to_bytes(in_memory_order(sample[i], order), buffer));
  }
  return inputs;
}

void Comparison::compare_call(const ComparedCall& call, const FloatValues& floats, std::span<const std::byte> arena,
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
Bytes Comparison::run_alone(const ComparedCall& compared, const FloatValues& floats) const {
  const program::KernelCall& call = model_.program.calls[compared.step];
  std::map<program::BufferId, Bytes> memory;
  for (const auto& [id, place] : compared.inputs) {
    memory[id] = to_bytes(in_memory_order(floats.at(place.value), place.order), model_.program.buffer(id));
  }
  const auto address = [&](std::string_view name) -> void* {
    const program::Operand* operand = call.find_operand(name);
    if (operand == nullptr) return nullptr;
    const program::Buffer& buffer = model_.program.buffer(operand->buffer);
    if (buffer.kind == program::BufferKind::Constant) return const_cast<std::byte*>(buffer.data->data());
    Bytes& bytes = memory[operand->buffer];
    if (bytes.empty()) bytes.resize(buffer.bytes());
    return bytes.data();
  };
  const host_kernels::Layer* layer = layers_->layer(compared.step);
  if (layer == nullptr || !layer->run(call.parameters, address)) {
    ops::find_kernel(call.kernel)->run(call.parameters, address);
  }
  return std::move(memory.at(compared.output));
}

void Comparison::compare_outputs(const std::vector<ops::Tensor>& expected, const std::vector<Bytes>& outputs,
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

}  // namespace pudu::driver
