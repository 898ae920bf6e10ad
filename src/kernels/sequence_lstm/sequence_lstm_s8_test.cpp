// sequence_lstm_s8: the codes of the LiteRT interpreter over several runs, batch and steps in either order of memory,
// one sequence as several shorter ones, and states in place.
#include "kernels/sequence_lstm/sequence_lstm_s8.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pudu::kernels {
namespace {

using Codes = std::vector<std::int8_t>;
using Cells = std::vector<std::int16_t>;
using Numbers = std::vector<std::int32_t>;

struct Layer {
  SequenceLstmS8Params p{};
  Codes input_weights, hidden_weights;
  Numbers input_bias, hidden_bias;

  std::size_t state_elements() const { return static_cast<std::size_t>(p.batches) * static_cast<std::size_t>(p.units); }
  Codes run(const Codes& input, const Codes& hidden, const Cells& cell, Codes& next_hidden, Cells& next_cell) const {
    Codes output(state_elements() * static_cast<std::size_t>(p.steps));
    SequenceLstmS8::run(
        p, {input.data(), input_weights.data(), input_bias.data(), hidden_weights.data(), hidden_bias.data(),
            hidden.data(), cell.data(), output.data(), next_hidden.data(), next_cell.data()});
    return output;
  }
};

template <class T>
std::vector<T> sequence(int count, int factor, int offset = 0, int start = 0) {
  std::vector<T> values;
  for (int i = start; i < start + count; ++i) values.push_back(static_cast<T>((i * 37 % 101 - 50) * factor + offset));
  return values;
}

/// Steps outermost in memory.
void set_sizes(SequenceLstmS8Params& p, std::int32_t steps, std::int32_t batches, std::int32_t features,
               std::int32_t units) {
  p.steps = steps;
  p.batches = batches;
  p.input_features = features;
  p.units = units;
  p.input_step_stride = batches * features;
  p.input_batch_stride = features;
  p.output_step_stride = batches * units;
  p.output_batch_stride = units;
}

/// The interpreter of ai-edge-litert 2.3 (BUILTIN_WITHOUT_DEFAULT_DELEGATES): input scale 0.02 and zero point -5,
/// hidden 0.008 and 6, cell 2^-11 clipped at 1, weights 0.007 to 0.013.
Layer lite_rt_layer() {
  Layer layer;
  layer.p = {.input_multipliers = {1759218560, 2111062272, 1407374976, 1935140352},
             .input_shifts = {0, 0, 0, 0},
             .hidden_multipliers = {1266637440, 1829587456, 1407374976, 1970324992},
             .hidden_shifts = {-1, -1, -1, -2},
             .cell_integer_bits = 4,
             .cell_clip = 2048,
             .output_multiplier = 2097151872,
             .output_shift = -23,
             .output_offset = 6};
  set_sizes(layer.p, 2, 2, 3, 2);
  layer.input_weights = sequence<std::int8_t>(24, 2);
  layer.hidden_weights = sequence<std::int8_t>(16, -2, 0, 3);
  layer.input_bias = {-15390, -3990, 7410, -12500, -1100, 10300, -8600, 1790};
  layer.hidden_bias = {-516, 48, 612, -36, -684, -120, 444, -204};
  return layer;
}

TEST(SequenceLstmS8, HasTheCodesOfLiteRt) {
  const Layer layer = lite_rt_layer();
  const std::vector<Codes> expected = {
      {5, 39, 5, 35, 3, 33, 3, 31}, {-3, 26, 4, 18, -3, 14, 6, 22}, {6, 21, 6, 20, 5, 19, 5, 37}};
  Codes hidden(4, 6);
  Cells cell(4, 0);
  for (int run = 0; run < 3; ++run) {
    EXPECT_EQ(layer.run(sequence<std::int8_t>(12, 2, -9, run * 12), hidden, cell, hidden, cell),
              expected[static_cast<std::size_t>(run)])
        << "run " << run;
  }
}

class RandomLayer {
 public:
  explicit RandomLayer(unsigned seed) : random_(seed) {
    layer.p = lite_rt_layer().p;
    set_sizes(layer.p, integer(2, 5), integer(1, 3), integer(1, 9), integer(1, 9));
    layer.p.cell_integer_bits = integer(0, 6);
    layer.p.cell_clip = integer(0, 1) * integer(1, 32767);
    const int rows = 4 * layer.p.units;
    layer.input_weights = codes(rows * layer.p.input_features);
    layer.hidden_weights = codes(rows * layer.p.units);
    for (int i = 0; i < rows; ++i) layer.input_bias.push_back(integer(-20000, 20000));
    for (int i = 0; i < rows; ++i) layer.hidden_bias.push_back(integer(-2000, 2000));
    input = codes(layer.p.steps * layer.p.batches * layer.p.input_features);
    hidden = codes(layer.p.batches * layer.p.units);
    for (int i = 0; i < layer.p.batches * layer.p.units; ++i) {
      cell.push_back(static_cast<std::int16_t>(integer(-32768, 32767)));
    }
  }

  Layer layer;
  Codes input, hidden;
  Cells cell;

 private:
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  Codes codes(int count) {
    Codes values;
    for (int i = 0; i < count; ++i) values.push_back(static_cast<std::int8_t>(integer(-128, 127)));
    return values;
  }
  std::mt19937 random_;
};

TEST(SequenceLstmS8, StatesMayBeChangedInPlace) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const RandomLayer random(seed);
    Codes next_hidden(random.hidden.size());
    Cells next_cell(random.cell.size());
    const Codes beside = random.layer.run(random.input, random.hidden, random.cell, next_hidden, next_cell);
    Codes hidden = random.hidden;
    Cells cell = random.cell;
    ASSERT_EQ(random.layer.run(random.input, hidden, cell, hidden, cell), beside);
    ASSERT_EQ(hidden, next_hidden);
    ASSERT_EQ(cell, next_cell);
  }
}

TEST(SequenceLstmS8, ASequenceIsItsStepsOneByOne) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const RandomLayer random(seed);
    Codes hidden = random.hidden;
    Cells cell = random.cell;
    const Codes whole = random.layer.run(random.input, hidden, cell, hidden, cell);
    Layer one_step = random.layer;
    one_step.p.steps = 1;
    Codes stepped_hidden = random.hidden;
    Cells stepped_cell = random.cell;
    Codes stepped;
    for (std::int32_t step = 0; step < random.layer.p.steps; ++step) {
      const auto begin = random.input.begin() + step * random.layer.p.input_step_stride;
      const Codes part = one_step.run({begin, begin + random.layer.p.input_step_stride}, stepped_hidden, stepped_cell,
                                      stepped_hidden, stepped_cell);
      stepped.insert(stepped.end(), part.begin(), part.end());
    }
    ASSERT_EQ(stepped, whole);
    ASSERT_EQ(stepped_hidden, hidden);
    ASSERT_EQ(stepped_cell, cell);
  }
}

TEST(SequenceLstmS8, BatchesMayLieOutermost) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const RandomLayer random(seed);
    const SequenceLstmS8Params& p = random.layer.p;
    Layer turned = random.layer;
    turned.p.input_step_stride = p.input_features;
    turned.p.input_batch_stride = p.steps * p.input_features;
    turned.p.output_step_stride = p.units;
    turned.p.output_batch_stride = p.steps * p.units;
    Codes turned_input(random.input.size());
    const auto position = [&](std::int32_t step, std::int32_t batch, std::int32_t width, std::int32_t k) {
      return std::pair(static_cast<std::size_t>((step * p.batches + batch) * width + k),
                       static_cast<std::size_t>((batch * p.steps + step) * width + k));
    };
    for (std::int32_t step = 0; step < p.steps; ++step) {
      for (std::int32_t batch = 0; batch < p.batches; ++batch) {
        for (std::int32_t k = 0; k < p.input_features; ++k) {
          const auto [from, to] = position(step, batch, p.input_features, k);
          turned_input[to] = random.input[from];
        }
      }
    }
    Codes hidden = random.hidden;
    Cells cell = random.cell;
    const Codes expected = random.layer.run(random.input, hidden, cell, hidden, cell);
    Codes turned_hidden = random.hidden;
    Cells turned_cell = random.cell;
    const Codes found = turned.run(turned_input, turned_hidden, turned_cell, turned_hidden, turned_cell);
    for (std::int32_t step = 0; step < p.steps; ++step) {
      for (std::int32_t batch = 0; batch < p.batches; ++batch) {
        for (std::int32_t unit = 0; unit < p.units; ++unit) {
          const auto [from, to] = position(step, batch, p.units, unit);
          ASSERT_EQ(found[to], expected[from]);
        }
      }
    }
    ASSERT_EQ(turned_cell, cell);
  }
}

}  // namespace
}  // namespace pudu::kernels
