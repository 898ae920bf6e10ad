// Runs the quantized network beside the float one on samples: what pudu validate's figures are made of.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "driver/compile.hpp"
#include "driver/input_extent.hpp"
#include "driver/layer_quality.hpp"
#include "host_kernels/layers.hpp"
#include "ops/float_executor.hpp"

namespace pudu::driver {

/// A value of the float graph as it lies in the program.
struct PlacedValue {
  ir::ValueId value{};
  ops::DimOrder order;
};

/// A call whose result is a value of the float network.
struct ComparedCall {
  std::size_t step = 0;
  program::BufferId output{};
  PlacedValue result;
  std::vector<std::pair<program::BufferId, PlacedValue>> inputs;
  bool can_run_alone = true;  ///< all its inputs are values of the float network, too
};

/// The calls of a model that can be compared, in execution order.
std::vector<ComparedCall> compared_calls(const ComparableModel& model);

/// What one sample tells.
struct SampleResult {
  std::vector<LayerSums> layers;  ///< of the compared calls
  DistanceSums outputs;
  std::vector<float> float_scores, scores;  ///< output 0
  std::vector<InputExtent> inputs;          ///< of the program
};

/// Takes the samples' results in the samples' order.
using TakeResult = std::function<void(const SampleResult&)>;

enum class Depth : std::uint8_t { OutputsOnly, Layers };

class Comparison {
 public:
  /// `model` and `samples` must outlive it.
  Comparison(const ComparableModel& model, const TensorStream& samples, Depth depth)
      : model_(model),
        samples_(samples),
        depth_(depth),
        calls_(compared_calls(model)),
        executor_(model.float_graph),
        layers_(host_kernels::ProgramLayers::make(model.program)) {}

  const std::vector<ComparedCall>& calls() const { return calls_; }

  /// Every sample, on all cores; each from the initial states. Holds a few samples a core at a time.
  Status run(const TakeResult& take, base::ProgressListener& progress) const;

 private:
  using FloatValues = std::map<ir::ValueId, ops::Tensor>;

  Result<SampleResult> run_sample(const quantizer::Sample& sample) const;
  std::vector<InputExtent> input_extents(const quantizer::Sample& sample) const;
  std::vector<std::vector<std::byte>> input_bytes(const quantizer::Sample& sample) const;
  void compare_call(const ComparedCall& call, const FloatValues& floats, std::span<const std::byte> arena,
                    LayerSums& sums) const;
  std::vector<std::byte> run_alone(const ComparedCall& compared, const FloatValues& floats) const;
  void compare_outputs(const std::vector<ops::Tensor>& expected, const std::vector<std::vector<std::byte>>& outputs,
                       SampleResult& result) const;

  const ComparableModel& model_;
  const TensorStream& samples_;
  Depth depth_;
  std::vector<ComparedCall> calls_;
  ops::FloatExecutor executor_;
  std::shared_ptr<const host_kernels::ProgramLayers> layers_;
};

}  // namespace pudu::driver
