// Rows of an int8 matrix by integer positions (aten::embedding).
//   y[i, k] = weights[min(max(indices[i], 0), rows - 1), k]
// Positions outside of the matrix, which PyTorch refuses, are those of its first or last row: no memory outside is
// read.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct EmbeddingS8Params {
  std::int32_t count;  ///< positions
  std::int32_t rows;
  std::int32_t row_bytes;

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("rows", self.rows);
    visitor("row_bytes", self.row_bytes);
  }
};

struct EmbeddingS8Operands {
  const std::int8_t* weights;   ///< [rows, row_bytes]
  const std::int32_t* indices;  ///< [count]
  std::int8_t* output;          ///< [count, row_bytes]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("weights", self.weights);
    visitor("indices", self.indices);
    visitor("output", self.output);
  }
};

struct EmbeddingS8 {
  static constexpr const char* name = "embedding_s8";
  static constexpr const char* header = "kernels/embedding/embedding_s8.hpp";
  using Params = EmbeddingS8Params;
  using Operands = EmbeddingS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
