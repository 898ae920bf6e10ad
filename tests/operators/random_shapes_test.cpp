// Operators with random shapes and arguments, the same in every run: what the tables of the other files leave out.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "operators/operator_case.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu {
namespace {

using ops::testing::Random;
using testing::NamedTensor;
using testing::OperatorCase;
using testing::Shape;
using testing::uniform;

constexpr int cases_per_operator = 25;

std::string list(const std::vector<std::int64_t>& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ", "));
}

std::string flag(bool value) {
  return value ? "True" : "False";
}

Shape random_shape(Random& random, int least_rank, int most_rank, int most_size = 5) {
  Shape shape(static_cast<std::size_t>(random.integer(least_rank, most_rank)));
  for (std::int64_t& size : shape) size = random.integer(1, most_size);
  return shape;
}

std::vector<std::int64_t> pair(Random& random, int low, int high) {
  const std::int64_t first = random.integer(low, high);
  return {first, random.integer(low, high)};
}

/// Runs what `make` returns for each of a row of seeds.
template <class Make>
void run_cases(Make make) {
  for (int seed = 1; seed <= cases_per_operator; ++seed) {
    Random random(static_cast<std::uint32_t>(seed));
    const OperatorCase test = make(random);
    std::string shapes;
    for (const auto* tensors : {&test.inputs, &test.constants}) {
      for (const NamedTensor& tensor : *tensors) shapes += tensor.name + list(tensor.data.shape) + " ";
    }
    SCOPED_TRACE(fmt::format("seed {}: {}{}", seed, shapes, test.calls));
    testing::run_case(test);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

/// Arguments of a window that fits into an image of `size`.
struct Window {
  std::vector<std::int64_t> kernel, stride, padding, dilation, size;
};

Window random_window(Random& random, int most_dilation) {
  Window window{pair(random, 1, 4), pair(random, 1, 3), {}, pair(random, 1, most_dilation), {}};
  for (std::size_t i = 0; i < 2; ++i) {
    window.padding.push_back(random.integer(0, static_cast<int>(window.kernel[i] / 2)));
    window.size.push_back(window.dilation[i] * (window.kernel[i] - 1) + random.integer(1, 7));
  }
  return window;
}

TEST(RandomShapes, Convolution) {
  run_cases([](Random& random) -> OperatorCase {
    const Window window = random_window(random, 2);
    const std::int64_t groups = random.integer(0, 2) == 0 ? random.integer(1, 6) : 1;
    const std::int64_t inputs = groups * random.integer(1, groups > 1 ? 2 : 9);
    const std::int64_t outputs = groups * random.integer(1, groups > 1 ? 3 : 9);
    return {.name = "conv2d",
            .inputs = {uniform("x", {random.integer(1, 2), inputs, window.size[0], window.size[1]}, -2.0F, 3.0F)},
            .constants = {uniform("w", {outputs, inputs / groups, window.kernel[0], window.kernel[1]}),
                          uniform("b", {outputs})},
            .calls = fmt::format("y = conv2d.default(input=x, weight=w, bias=b, stride={}, padding={}, dilation={}, "
                                 "groups={}) return y",
                                 list(window.stride), list(window.padding), list(window.dilation), groups)};
  });
}

TEST(RandomShapes, TransposedConvolution) {
  run_cases([](Random& random) -> OperatorCase {
    const Window window = random_window(random, 2);
    const std::int64_t groups = random.integer(0, 2) == 0 ? random.integer(1, 4) : 1;
    const std::int64_t inputs = groups * random.integer(1, 5);
    const std::int64_t outputs = groups * random.integer(1, 5);
    std::vector<std::int64_t> beyond;
    for (std::size_t i = 0; i < 2; ++i) {
      const std::int64_t most = std::max(window.stride[i], window.dilation[i]) - 1;
      beyond.push_back(random.integer(0, static_cast<int>(most)));
    }
    return {
        .name = "conv_transpose2d",
        .inputs = {uniform("x", {1, inputs, random.integer(2, 6), random.integer(2, 6)}, -2.0F, 3.0F)},
        .constants = {uniform("w", {inputs, outputs / groups, window.kernel[0], window.kernel[1]}),
                      uniform("b", {outputs})},
        .calls = fmt::format("y = conv_transpose2d.input(input=x, weight=w, bias=b, stride={}, padding={}, "
                             "output_padding={}, groups={}, dilation={}) return y",
                             list(window.stride), list(window.padding), list(beyond), groups, list(window.dilation))};
  });
}

TEST(RandomShapes, Linear) {
  run_cases([](Random& random) -> OperatorCase {
    Shape shape = random_shape(random, 1, 4);
    shape.back() = random.integer(1, 40);
    const std::int64_t outputs = random.integer(1, 12);
    return {.name = "linear",
            .inputs = {uniform("x", shape, -1.0F, 4.0F)},
            .constants = {uniform("w", {outputs, shape.back()}), uniform("b", {outputs})},
            .calls = "y = linear.default(input=x, weight=w, bias=b) return y"};
  });
}

TEST(RandomShapes, MatrixProduct) {
  run_cases([](Random& random) -> OperatorCase {
    Shape a = random_shape(random, 2, 4);
    Shape b = a;
    b[a.size() - 2] = a.back();
    b.back() = random.integer(1, 6);
    for (std::size_t i = 0; i + 2 < a.size(); ++i) {
      if (random.integer(0, 2) == 0) (random.integer(0, 1) == 0 ? a : b)[i] = 1;
    }
    if (a.size() > 2 && random.integer(0, 3) == 0) b.erase(b.begin());
    return {.name = "matmul",
            .inputs = {uniform("x", a, -2.0F, 1.0F), uniform("y", b, -1.0F, 3.0F)},
            .constants = {},
            .calls = "z = matmul.default(self=x, other=y) return z"};
  });
}

/// `shape`, with some sizes 1 and some leading dimensions left out.
Shape broadcastable(Random& random, Shape shape) {
  for (std::int64_t& size : shape) {
    if (random.integer(0, 3) == 0) size = 1;
  }
  if (shape.size() > 1 && random.integer(0, 3) == 0) shape.erase(shape.begin());
  return shape;
}

void run_binary(const std::string& target, int most_codes, float least_divisor) {
  run_cases([&](Random& random) -> OperatorCase {
    const Shape shape = random_shape(random, 1, 5);
    const Shape other = broadcastable(random, shape);
    return {.name = "binary",
            .inputs = {uniform("x", random.integer(0, 1) == 0 ? shape : broadcastable(random, shape), -2.0F, 3.0F),
                       uniform("y", other, least_divisor, 2.0F)},
            .constants = {},
            .calls = fmt::format("z = {}(self=x, other=y) return z", target),
            .most_codes = most_codes,
            .least_sqnr_db = 25.0};
  });
}

TEST(RandomShapes, Add) {
  run_binary("add.Tensor", 1, -1.0F);
}
TEST(RandomShapes, Sub) {
  run_binary("sub.Tensor", 1, -1.0F);
}
TEST(RandomShapes, Mul) {
  run_binary("mul.Tensor", 1, -1.0F);
}
TEST(RandomShapes, Div) {
  run_binary("div.Tensor", 1, 0.5F);
}
TEST(RandomShapes, Minimum) {
  run_binary("minimum.default", 0, -1.0F);
}
TEST(RandomShapes, Maximum) {
  run_binary("maximum.default", 0, -1.0F);
}

TEST(RandomShapes, MaxPool) {
  run_cases([](Random& random) -> OperatorCase {
    const Window window = random_window(random, 2);
    return {.name = "max_pool2d",
            .inputs = {uniform("x", {random.integer(1, 2), random.integer(1, 9), window.size[0], window.size[1]})},
            .constants = {},
            .calls = fmt::format("y = max_pool2d.default(self=x, kernel_size={}, stride={}, padding={}, dilation={}, "
                                 "ceil_mode={}) return y",
                                 list(window.kernel), list(window.stride), list(window.padding), list(window.dilation),
                                 flag(random.integer(0, 1) == 1)),
            .most_codes = 0};
  });
}

TEST(RandomShapes, AvgPool) {
  run_cases([](Random& random) -> OperatorCase {
    const Window window = random_window(random, 1);
    return {.name = "avg_pool2d",
            .inputs = {uniform("x", {random.integer(1, 2), random.integer(1, 9), window.size[0], window.size[1]})},
            .constants = {},
            .calls = fmt::format("y = avg_pool2d.default(self=x, kernel_size={}, stride={}, padding={}, ceil_mode={}, "
                                 "count_include_pad={}) return y",
                                 list(window.kernel), list(window.stride), list(window.padding),
                                 flag(random.integer(0, 1) == 1), flag(random.integer(0, 1) == 1)),
            .most_codes = 1,
            .least_sqnr_db = 20.0};  // means are small beside the input, whose scale they have
  });
}

TEST(RandomShapes, Mean) {
  run_cases([](Random& random) -> OperatorCase {
    const Shape shape = random_shape(random, 1, 5);
    std::vector<std::int64_t> dims;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (random.integer(0, 1) == 0) dims.push_back(static_cast<std::int64_t>(i));
    }
    if (dims.empty()) dims.push_back(-1);
    return {.name = "mean",
            .inputs = {uniform("x", shape, -1.0F, 3.0F)},
            .constants = {},
            .calls = fmt::format("y = mean.dim(self=x, dim={}, keepdim={}) return y", list(dims),
                                 flag(random.integer(0, 1) == 1)),
            .most_codes = 1};
  });
}

TEST(RandomShapes, Softmax) {
  run_cases([](Random& random) -> OperatorCase {
    const Shape shape = random_shape(random, 1, 4, 9);
    return {.name = "softmax",
            .inputs = {uniform("x", shape, -4.0F, 4.0F)},
            .constants = {},
            .calls = fmt::format("y = softmax.int(self=x, dim={}) return y",
                                 random.integer(0, static_cast<int>(shape.size()) - 1)),
            .most_codes = 1};
  });
}

TEST(RandomShapes, Pad) {
  run_cases([](Random& random) -> OperatorCase {
    const Shape shape = random_shape(random, 1, 5);
    std::vector<std::int64_t> amounts;
    const int padded = random.integer(1, static_cast<int>(shape.size()));
    for (int i = 0; i < padded; ++i) {
      const int size = static_cast<int>(shape[shape.size() - 1 - static_cast<std::size_t>(i)]);
      amounts.push_back(random.integer(-(size - 1) / 2, 3));  // from both ends, and something is left
      amounts.push_back(random.integer(-(size - 1) / 2, 3));
    }
    return {.name = "pad",
            .inputs = {uniform("x", shape)},
            .constants = {},
            .calls = fmt::format("y = constant_pad_nd.default(self=x, pad={}) return y", list(amounts)),
            .most_codes = 0};
  });
}

TEST(RandomShapes, Permute) {
  run_cases([](Random& random) -> OperatorCase {
    const Shape shape = random_shape(random, 1, 6, 4);
    std::vector<std::int64_t> dims(shape.size());
    std::iota(dims.begin(), dims.end(), 0);
    for (std::size_t i = dims.size(); i-- > 1;) {
      std::swap(dims[i], dims[static_cast<std::size_t>(random.integer(0, static_cast<int>(i)))]);
    }
    return {.name = "permute",
            .inputs = {uniform("x", shape)},
            .constants = {},
            .calls = fmt::format("y = permute.default(self=x, dims={}) return y", list(dims)),
            .most_codes = 0};
  });
}

TEST(RandomShapes, JoinAndSlice) {
  run_cases([](Random& random) -> OperatorCase {
    const Shape first = random_shape(random, 1, 5);
    const int dim = random.integer(0, static_cast<int>(first.size()) - 1);
    Shape second = first;
    second[static_cast<std::size_t>(dim)] = random.integer(1, 5);
    const int cut = random.integer(0, static_cast<int>(first.size()) - 1);
    return {.name = "cat",
            .inputs = {uniform("x", first), uniform("y", second, -0.5F, 2.0F)},
            .constants = {},
            .calls = fmt::format("a = cat.default(tensors=[x, y, x], dim={}) b = flip.default(self=a, dims=[{}]) "
                                 "c = slice.Tensor(self=b, dim={}, start=0, end=100, step={}) return c",
                                 dim, cut, cut, random.integer(1, 3)),
            .most_codes = 0};
  });
}

}  // namespace
}  // namespace pudu
