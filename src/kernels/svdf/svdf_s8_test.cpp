// svdf_s8: the codes of the LiteRT interpreter over several runs, the plain formula on random shapes, and the state in
// place.
#include "kernels/svdf/svdf_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using Codes = std::vector<std::int8_t>;
using Numbers16 = std::vector<std::int16_t>;

struct Layer {
  SvdfS8Params p{};
  Codes feature_weights;
  Numbers16 time_weights;
  std::vector<std::int32_t> bias;

  std::size_t filters() const {
    return static_cast<std::size_t>(p.units) * static_cast<std::size_t>(p.filters_per_unit);
  }
  std::size_t state_elements() const {
    return filters() * static_cast<std::size_t>(p.batches) * static_cast<std::size_t>(p.memory);
  }
  Codes run(const Codes& input, const Numbers16& state, Numbers16& next) const {
    Codes output(static_cast<std::size_t>(p.batches) * static_cast<std::size_t>(p.units));
    SvdfS8::run(p, {input.data(), feature_weights.data(), time_weights.data(), bias.data(), state.data(), next.data(),
                    output.data()});
    return output;
  }
};

template <class T>
std::vector<T> sequence(int count, int factor, int offset = 0, int start = 0) {
  std::vector<T> values;
  for (int i = start; i < start + count; ++i) values.push_back(static_cast<T>((i * 37 % 101 - 50) * factor + offset));
  return values;
}

// The interpreter of ai-edge-litert 2.3 (BUILTIN_WITHOUT_DEFAULT_DELEGATES): input scale 0.02 and zero point -5,
// weights 0.01 and 0.0005, state 0.001, output 0.3 and 7.
TEST(SvdfS8, HasTheCodesOfLiteRt) {
  Layer layer;
  layer.p = {2, 3, 2, 2, 3, 5, 1717986816, -2, 1876499968, -19, 7};
  layer.feature_weights = sequence<std::int8_t>(12, 2);
  layer.time_weights = sequence<std::int16_t>(12, 500);
  layer.bias = {3000, -70000};
  const std::vector<Codes> expected = {
      {125, 86, 117, 108}, {74, 127, -47, -124}, {-128, -128, -128, -99}, {-128, -80, 21, -2}};
  Numbers16 state(layer.state_elements(), 0);
  for (int run = 0; run < 4; ++run) {
    EXPECT_EQ(layer.run(sequence<std::int8_t>(6, 2, -9, run * 6), state, state),
              expected[static_cast<std::size_t>(run)])
        << "run " << run;
  }
}

class Expected {
 public:
  explicit Expected(const Layer& layer) : layer_(layer), p_(layer.p), state_(layer.state_elements(), 0) {}

  Codes run(const Codes& input) {
    Codes output;
    for (std::int32_t batch = 0; batch < p_.batches; ++batch) {
      for (std::int32_t unit = 0; unit < p_.units; ++unit) {
        std::uint32_t sum = static_cast<std::uint32_t>(layer_.bias[static_cast<std::size_t>(unit)]);
        for (std::int32_t i = 0; i < p_.filters_per_unit; ++i) {
          sum += filter(input, batch, unit * p_.filters_per_unit + i);
        }
        output.push_back(reference_output(static_cast<std::int32_t>(sum), p_.output_multiplier, p_.output_shift,
                                          p_.output_offset, -128, 127));
      }
    }
    return output;
  }
  const Numbers16& state() const { return state_; }

 private:
  std::uint32_t filter(const Codes& input, std::int32_t batch, std::int32_t index) {
    const auto at = [](std::int32_t position) { return static_cast<std::size_t>(position); };
    std::int32_t projection = 0;
    for (std::int32_t k = 0; k < p_.input_features; ++k) {
      projection += (input[at(batch * p_.input_features + k)] + p_.input_offset) *
                    layer_.feature_weights[at(index * p_.input_features + k)];
    }
    const std::int32_t first = (batch * static_cast<std::int32_t>(layer_.filters()) + index) * p_.memory;
    std::uint32_t sum = 0;
    for (std::int32_t m = 0; m + 1 < p_.memory; ++m) state_[at(first + m)] = state_[at(first + m + 1)];
    state_[at(first + p_.memory - 1)] = static_cast<std::int16_t>(std::clamp<std::int64_t>(
        reference_requantize(projection, p_.feature_multiplier, p_.feature_shift), -32768, 32767));
    for (std::int32_t m = 0; m < p_.memory; ++m) {
      sum += static_cast<std::uint32_t>(state_[at(first + m)] * layer_.time_weights[at(index * p_.memory + m)]);
    }
    return sum;
  }

  const Layer& layer_;
  const SvdfS8Params& p_;
  Numbers16 state_;
};

TEST(SvdfS8, ComputesItsFormulaInPlaceAndBeside) {
  std::mt19937 random(7);
  const auto integer = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 100; ++round) {
    Layer layer;
    layer.p = {integer(1, 3),
               integer(1, 9),
               integer(1, 5),
               integer(1, 4),
               integer(1, 7),
               integer(-127, 128),
               integer(1 << 30, INT32_MAX),
               integer(-9, 2),
               integer(1 << 30, INT32_MAX),
               integer(-28, -12),
               integer(-128, 127)};
    for (std::size_t i = 0; i < layer.filters() * static_cast<std::size_t>(layer.p.input_features); ++i) {
      layer.feature_weights.push_back(static_cast<std::int8_t>(integer(-128, 127)));
    }
    for (std::size_t i = 0; i < layer.filters() * static_cast<std::size_t>(layer.p.memory); ++i) {
      layer.time_weights.push_back(static_cast<std::int16_t>(integer(-32768, 32767)));
    }
    for (std::int32_t i = 0; i < layer.p.units; ++i) layer.bias.push_back(integer(INT32_MIN, INT32_MAX));
    Expected expected(layer);
    Numbers16 in_place(layer.state_elements(), 0);
    Numbers16 before(layer.state_elements(), 0);
    for (int run = 0; run < 4; ++run) {
      Codes input(static_cast<std::size_t>(layer.p.batches * layer.p.input_features));
      for (std::int8_t& code : input) code = static_cast<std::int8_t>(integer(-128, 127));
      const Codes output = expected.run(input);
      Numbers16 after(layer.state_elements(), 99);
      ASSERT_EQ(layer.run(input, in_place, in_place), output);
      ASSERT_EQ(layer.run(input, before, after), output);
      ASSERT_EQ(in_place, expected.state());
      ASSERT_EQ(after, expected.state());
      before = after;
    }
  }
}

}  // namespace
}  // namespace pudu::kernels
