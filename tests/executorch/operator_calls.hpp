// A small, valid call of every operator of the library, to be run, compared, or damaged.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executorch/call.hpp"

namespace pudu::testing {

struct OperatorCall {
  std::string name;  ///< a word, for the test's name
  std::function<std::unique_ptr<Call>()> make;
};

/// Inputs hold reproducible random codes; outputs hold 0x5a bytes.
const std::vector<OperatorCall>& operator_calls();

inline std::string test_name(const OperatorCall& call) {
  return call.name;
}
inline void PrintTo(const OperatorCall& call, std::ostream* stream) {
  *stream << call.name;
}

/// Fills what is not int32 with random codes, and outputs with 0x5a.
void fill(Call& call, std::uint32_t seed);

// Makers with the parameters that tests vary.

enum class Form { ChannelsLast, Nhwc };

struct ConvolutionShape {
  std::int32_t n = 1, h = 5, w = 4, channels = 4, outputs = 6, kernel_h = 3, kernel_w = 3;
  std::vector<std::int64_t> stride{1, 1}, padding{1, 1}, output_padding{0, 0}, dilation{1, 1};
  std::int32_t groups = 1;
  std::int32_t scratch_bytes = 4096, output_scratch_bytes = 4096;
  bool has_bias = true;
};

std::unique_ptr<Call> conv2d_call(Form form, const ConvolutionShape& shape);
std::unique_ptr<Call> depthwise_call(Form form, const ConvolutionShape& shape);
std::unique_ptr<Call> transpose_conv_call(Form form, const ConvolutionShape& shape);

struct PoolShape {
  std::int32_t n = 1, h = 6, w = 5, channels = 3;
  std::vector<std::int64_t> kernel{2, 3}, stride{2, 1}, padding{1, 1};
  bool ceil_mode = false;
  Sizes output{4, 5};
  std::int32_t scratch_bytes = 0;
};

std::unique_ptr<Call> avg_pool_call(Form form, const PoolShape& shape);
std::unique_ptr<Call> max_pool_call(Form form, const PoolShape& shape);

enum class LinearOperands { Bias, KernelSum, Both, Neither };
std::unique_ptr<Call> linear_call(LinearOperands operands);
std::unique_ptr<Call> batch_matmul_call(std::int32_t scratch_bytes);

}  // namespace pudu::testing
