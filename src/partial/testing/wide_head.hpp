// Tests only: the end of an image network, with random weights:
//   input [1, H, W, 8] -> conv 3x3 -> [1, H, W, C] -> depthwise 3x3 -> table -> pool of all positions -> [1, 1, 1, C]
// Wide where C is large: what lies between is far larger than what comes and goes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/sum/sum_s8.hpp"
#include "ops/testing/random_program.hpp"

namespace pudu::partial::testing {

/// The call at the end.
enum class Head { AveragePool, MaxPool, Sum };

class WideHead : public ops::testing::RandomProgram {
 public:
  static constexpr std::int32_t input_channels = 8;

  WideHead(std::int32_t height, std::int32_t width, std::int32_t channels, Head head, std::uint32_t seed = 1)
      : RandomProgram("wide_head", seed), h_(height), w_(width), c_(channels) {
    input = add_input({1, h_, w_, input_channels});
    kernels::Conv2dS8Params wide = convolution<kernels::Conv2dS8Params>(input_channels);
    wide.groups = 1;
    image = convolve<kernels::Conv2dS8>("wide", wide, input, {c_, 3, 3, input_channels});
    auto deep = convolution<kernels::DepthwiseConv2dS8Params>(c_);
    deep.depth_multiplier = 1;
    image = convolve<kernels::DepthwiseConv2dS8>("deep", deep, image, {1, 3, 3, c_});
    const program::BufferId table = random_codes("table", {256});
    image = call<kernels::LutS8>("table_of", kernels::LutS8Params{h_ * w_ * c_}, {{"input", image}, {"table", table}},
                                 {1, h_, w_, c_});
    output = end(head);
    program.outputs.push_back({"output", output, {1, c_}});
  }

  std::vector<std::byte> random_input() { return random_bytes(program.buffer(input).bytes()); }

  program::BufferId input{}, image{}, output{};

 private:
  program::BufferId end(Head head) {
    const std::vector<std::int64_t> shape = {1, 1, 1, c_};
    if (head == Head::Sum) {
      const kernels::SumS8Params sum{1, h_ * w_, c_, 5, -3, 1518500250, -4};
      return call<kernels::SumS8>("end", sum, {{"input", image}}, shape);
    }
    kernels::AvgPool2dS8Params average{};
    average.batches = 1, average.input_h = average.kernel_h = h_, average.input_w = average.kernel_w = w_;
    average.channels = c_, average.output_h = average.output_w = average.stride_h = average.stride_w = 1;
    average.activation_min = -128, average.activation_max = 127;
    if (head == Head::AveragePool) return call<kernels::AvgPool2dS8>("end", average, {{"input", image}}, shape);
    kernels::MaxPool2dS8Params most{};
    most.batches = 1, most.input_h = most.kernel_h = h_, most.input_w = most.kernel_w = w_;
    most.channels = c_, most.output_h = most.output_w = most.stride_h = most.stride_w = 1;
    most.dilation_h = most.dilation_w = 1, most.activation_min = -128, most.activation_max = 127;
    return call<kernels::MaxPool2dS8>("end", most, {{"input", image}}, shape);
  }

  template <class Params>
  Params convolution(std::int32_t channels) const {
    auto p = convolution_of<Params>(h_, w_, {.kernel = 3, .stride = 1, .pad = 1});
    p.input_channels = channels, p.output_channels = c_;
    return p;
  }

  /// Each channel requantized in its own way.
  template <class Kernel>
  program::BufferId convolve(const std::string& name, const typename Kernel::Params& params, program::BufferId source,
                             std::vector<std::int64_t> weights) {
    return call<Kernel>(name, params,
                        {{"input", source},
                         {"weights", random_codes(name + ".weights", std::move(weights))},
                         {"bias", random_numbers(name + ".bias", c_, -500, 1000)},
                         {"multipliers", random_numbers(name + ".multipliers", c_, 1200000000, 800000000)},
                         {"shifts", random_numbers(name + ".shifts", c_, -9, 2)}},
                        {1, h_, w_, c_});
  }

  std::int32_t h_, w_, c_;
};

}  // namespace pudu::partial::testing
