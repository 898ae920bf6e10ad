// embedding_s8 against indexing, and positions outside of the matrix.
#include "kernels/embedding/embedding_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(EmbeddingS8, RandomPositions) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const EmbeddingS8Params p{random.between(1, 20), random.between(1, 9), random.between(1, 20)};
    const auto weights = random.codes(static_cast<std::size_t>(p.rows * p.row_bytes));
    std::vector<std::int32_t> indices;
    for (std::int32_t k = 0; k < p.count; ++k) {
      indices.push_back(random.one_in(8) ? random.between(INT32_MIN, INT32_MAX) : random.between(0, p.rows - 1));
    }
    std::vector<std::int8_t> expected;
    for (const std::int32_t index : indices) {
      const auto row = weights.begin() + std::clamp(index, 0, p.rows - 1) * p.row_bytes;
      expected.insert(expected.end(), row, row + p.row_bytes);
    }
    GuardedBuffer<std::int8_t> output(expected.size());
    EmbeddingS8::run(p, {weights.data(), indices.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(p);
  }
}

static_assert(EmbeddingS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
