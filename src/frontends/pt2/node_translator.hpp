// What the translators of ATen operators work with: the node's arguments, and the graph that takes shape.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "frontends/pt2/aten_arguments.hpp"
#include "frontends/pt2/graph_builder.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// How the result of an operator lies in PyTorch's memory: it tells which names change with an in-place operator.
enum class ResultMemory : std::uint8_t {
  Fresh,      ///< memory of its own
  SameOrder,  ///< the input's memory, element for element in the same order, if both are contiguous
  View,       ///< a part of the input's memory, or in another order
};

class NodeTranslator {
 public:
  NodeTranslator(GraphBuilder& builder, const Arguments& arguments, std::string name, std::string source)
      : args(arguments), builder_(builder), name_(std::move(name)), source_(std::move(source)) {}

  const Arguments& args;  // NOLINT: public by design, as every translator reads it

  const ir::Shape& shape(ir::ValueId value) const { return builder_.graph().value(value).type.shape; }
  std::size_t rank(ir::ValueId value) const { return shape(value).size(); }
  bool is_constant(ir::ValueId value) const { return builder_.graph().value(value).is_constant(); }
  std::span<const float> elements(ir::ValueId constant) const { return builder_.graph().value(constant).data<float>(); }
  /// The number of a constant of one element.
  std::optional<double> constant_number(ir::ValueId value) const;

  /// An axis counted from the front; InvalidInput when the tensor has none such.
  Result<std::size_t> axis(std::int64_t dim, std::size_t rank) const;
  Result<std::vector<std::size_t>> axes(const std::vector<std::int64_t>& dims, std::size_t rank) const;

  Result<ir::ValueId> emit(std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                           ir::Attributes attributes = {});
  /// The same for operators of several results.
  Result<std::vector<ir::ValueId>> emit_all(std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                                            ir::Attributes attributes = {});
  Result<ir::ValueId> constant(ir::Shape shape, std::span<const float> elements);
  /// A constant that stands for codes of `quantization`.
  Result<ir::ValueId> quantized_constant(ir::Shape shape, std::span<const float> elements,
                                         ir::QuantParams quantization);
  /// The codes of an activation.
  Result<ir::ValueId> quantize(ir::ValueId input, ir::QuantParams quantization);
  /// Parameters of codes, and of constants that stand for some; empty for all others.
  const std::optional<ir::QuantParams>& quantization(ir::ValueId value) const {
    return builder_.graph().value(value).quant;
  }
  /// A constant of equal elements.
  Result<ir::ValueId> filled(ir::Shape shape, double element);

  Result<ir::ValueId> unary(ir::ValueId input, std::string_view function, std::vector<double> parameters = {});
  /// input * factor + offset
  Result<ir::ValueId> scale_shift(ir::ValueId input, double factor, double offset);
  /// Its input when the shape is the same already.
  Result<ir::ValueId> reshape(ir::ValueId input, ir::Shape new_shape);
  Result<ir::ValueId> permute(ir::ValueId input, std::vector<std::int64_t> dims);
  Result<ir::ValueId> transpose(ir::ValueId input, std::size_t axis0, std::size_t axis1);
  Result<ir::ValueId> slice(ir::ValueId input, std::size_t axis, std::int64_t start, std::int64_t end,
                            std::int64_t step = 1);

  /// Elements repeated along dimensions of size 1 (of an input of the same rank).
  Result<ir::ValueId> expand(ir::ValueId input, ir::Shape new_shape);
  /// One dimension of an input, and the positions that are taken of it.
  struct Positions {
    std::size_t axis = 0;
    std::vector<std::int64_t> indices;
  };
  /// Takes positions of any number of different dimensions.
  Result<ir::ValueId> index_select(ir::ValueId input, std::vector<Positions> positions);

  /// Type of the node's first tensor argument; Unknown when the file does not say.
  ScalarType first_dtype() const { return first_dtype_; }
  void set_first_dtype(ScalarType dtype) { first_dtype_ = dtype; }
  /// The same of the tensor, or the first of a list, that is the argument of this name.
  ScalarType argument_dtype(std::string_view name) const;
  void set_argument_dtype(std::string name, ScalarType dtype) { dtypes_.insert_or_assign(std::move(name), dtype); }

  /// Which elements of its input a result is a view of, for operators that choose a range of one dimension.
  struct ViewRange {
    std::size_t axis = 0;
    std::int64_t start = 0, end = 0, step = 1;
  };
  void add_view_range(ViewRange range) { view_ranges_.push_back(range); }
  const std::vector<ViewRange>& view_ranges() const { return view_ranges_; }
  /// `whole` with the elements of a range replaced by those of `part`, which may lack the range's dimension.
  Result<ir::ValueId> replace_range(ir::ValueId whole, const ViewRange& range, ir::ValueId part);

  /// Overrides what the operator's row says.
  void set_result_memory(ResultMemory memory) { memory_ = memory; }
  std::optional<ResultMemory> result_memory() const { return memory_; }

 private:
  GraphBuilder& builder_;
  std::string name_;
  std::string source_;
  std::optional<ResultMemory> memory_;
  ScalarType first_dtype_ = ScalarType::Unknown;
  std::map<std::string, ScalarType, std::less<>> dtypes_;
  std::vector<ViewRange> view_ranges_;
};

/// Attributes from a list: attributes({{"dim", 1}, {"keepdim", 0}}).
ir::Attributes attributes(std::initializer_list<std::pair<std::string, ir::AttributeValue>> entries);

/// Unsupported and InvalidInput without a place: the importer adds node and source line.
Error unsupported_here(std::string found, std::string allowed = {}, std::string hint = {});
Error invalid_here(std::string found, std::string allowed = {});

}  // namespace pudu::frontends
