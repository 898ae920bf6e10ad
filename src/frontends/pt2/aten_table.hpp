// The table of ATen operators that the reader translates: one row each, in the file of its family (aten_*.cpp).
// A new operator is a new row; nothing else names operators.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "frontends/pt2/node_translator.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// Whether "name_" is the operator's in-place form, which changes its first argument.
enum class InPlaceForm : std::uint8_t { No, Yes };

struct AtenRow {
  /// "conv2d", or with its overload where that is not "default": "add.Tensor". Of another namespace than aten, that
  /// comes first: "quantized_decomposed.quantize_per_tensor".
  std::string_view name;
  std::string_view schema;  ///< see aten_schema.hpp
  /// The graph's value for the first result.
  Result<ir::ValueId> (*translate)(NodeTranslator& node) = nullptr;
  ResultMemory memory = ResultMemory::Fresh;
  InPlaceForm in_place = InPlaceForm::No;
  /// Instead of `translate`, for operators that return a list of tensors, or several.
  Result<std::vector<ir::ValueId>> (*translate_list)(NodeTranslator& node) = nullptr;
};

std::span<const AtenRow> layer_rows();         ///< convolution, linear, matrix products, batch norm
std::span<const AtenRow> activation_rows();    ///< functions of one element
std::span<const AtenRow> arithmetic_rows();    ///< add, sub, mul, div, clamp, pow
std::span<const AtenRow> logic_rows();         ///< comparisons, choices
std::span<const AtenRow> norm_rows();          ///< normalization by the input's own statistics
std::span<const AtenRow> pooling_rows();       ///< pooling, sum, mean, softmax
std::span<const AtenRow> shape_rows();         ///< views, permutations, expansions
std::span<const AtenRow> part_rows();          ///< slices, splits, concatenation, shuffles
std::span<const AtenRow> resize_rows();        ///< upsampling
std::span<const AtenRow> rearrange_rows();     ///< padding; elements repeated, turned around, picked
std::span<const AtenRow> recurrent_rows();     ///< LSTM, GRU, plain recurrent layers
std::span<const AtenRow> copy_rows();          ///< copies, conversions, new tensors
std::span<const AtenRow> quantization_rows();  ///< numbers to codes and back, as PT2E leaves them

/// A node's operator, as its target names it.
struct AtenMatch {
  const AtenRow* row = nullptr;  ///< null when there is none
  bool is_in_place = false;
};

/// Finds the row of "torch.ops.aten.add_.Tensor", or of "torch.ops.torchao.quantize_affine.default".
AtenMatch find_aten_operator(std::string_view target);

/// For the document of the reader and its test: every row, by name.
std::vector<const AtenRow*> all_aten_rows();

}  // namespace pudu::frontends
