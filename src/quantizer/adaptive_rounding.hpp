// Rounding of weights against the float network's outputs (`--effort max`).
//
// A layer of the quantized network sees inputs with the errors of the layers before it. Its weights first move to where
// its outputs come closest to the float network's in spite of that (ridge regression: a strong pull towards the trained
// weights keeps few samples from being learnt by heart), and are then rounded so that errors cancel each other
// (nearest_plane.hpp). Scales stay as the quantizer chose them; biases are corrected afterwards (bias_correction.hpp).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "program/program.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/layer_windows.hpp"

namespace pudu::quantizer {

class AdaptiveRounding {
 public:
  /// Runs the float graph on all samples and keeps, for every convolution and linear layer, its outputs without bias
  /// and activation at about 2048 positions. `program` was lowered from the graph's quantized form (same node names).
  static Result<AdaptiveRounding> prepare(const program::Program& program, const ir::Graph& float_graph,
                                          std::span<const Sample> samples);

  /// The input of a sample in the quantized network: the bytes of its codes, int8 or as LayerWindows has it.
  using CodesOfSample = std::function<std::span<const std::byte>(std::size_t sample)>;

  /// New weights in the place of the call's `weights`, in the same layout; `input_scale` and `weight_scales` (by output
  /// channel) are those of its codes. Codes of 4 bits stay such. Empty when the call is no such layer.
  std::vector<std::int8_t> round(const program::KernelCall& call, std::span<const std::int8_t> weights,
                                 float input_scale, std::span<const double> weight_scales,
                                 const CodesOfSample& codes) const;

 private:
  struct Layer {
    LayerWindows windows;
    std::vector<double> weights;         ///< float, [output channel, tap]
    std::vector<std::size_t> positions;  ///< of each sample
    std::vector<float> outputs;          ///< [sample, position, output channel]
  };
  static Layer make_layer(const LayerWindows& windows, std::span<const float> weights, std::size_t samples);
  static void record(Layer& layer, std::size_t sample, std::span<const float> input);
  void round_group(const Layer& layer, std::size_t group, float input_scale, std::span<const double> weight_scales,
                   std::int32_t largest_code, const CodesOfSample& codes, std::span<std::int8_t> rounded) const;

  std::size_t samples_ = 0;
  std::map<std::string, Layer> layers_;  ///< by the name of node and call
};

}  // namespace pudu::quantizer
