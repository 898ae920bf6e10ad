// Copies, conversions between float types, dropout of an evaluated model, and tensors made from nothing.
// All computation is in float32, so that a conversion between float types changes nothing here.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;

constexpr std::int64_t max_range_elements = std::int64_t{1} << 20;

Result<ValueId> emit_identity(NodeTranslator& node, ValueId input, std::string kind) {
  if (node.is_constant(input)) return input;
  return node.emit("identity", {input}, attributes({{"kind", std::move(kind)}}));
}

template <const char* Kind>
Result<ValueId> translate_identity(NodeTranslator& node) {
  return emit_identity(node, node.args.tensor("self"), Kind);
}

/// dropout calls its input "input", dropout_ calls it "self".
template <const char* InputName>
Result<ValueId> translate_dropout(NodeTranslator& node) {
  if (node.args.flag("train")) {
    return unsupported_here("dropout runs in training mode", "evaluation mode",
                            "call model.eval() before torch.export.export");
  }
  return emit_identity(node, node.args.tensor(InputName), "dropout");
}

/// To truth values: 1 of any number but 0. From them: the same numbers.
Result<ValueId> emit_truth_conversion(NodeTranslator& node, ScalarType dtype) {
  if (dtype == ScalarType::Bool && node.first_dtype() != ScalarType::Bool) {
    return node.unary(node.args.tensor("self"), "not_equal", {0.0});
  }
  return emit_identity(node, node.args.tensor("self"), "to");
}

Result<ValueId> emit_conversion(NodeTranslator& node, std::optional<ScalarType> dtype) {
  const ValueId input = node.args.tensor("self");
  if (dtype && (*dtype == ScalarType::Bool || node.first_dtype() == ScalarType::Bool)) {
    return emit_truth_conversion(node, *dtype);
  }
  if (dtype && !is_floating(*dtype)) {
    const auto is_integral = [](float element) { return std::trunc(element) == element; };
    const bool changes_nothing =
        node.is_constant(input) && std::all_of(node.elements(input).begin(), node.elements(input).end(), is_integral);
    if (!changes_nothing) {
      return unsupported_here("a conversion to " + to_string(*dtype), "conversions between float types");
    }
  }
  return emit_identity(node, input, "to");
}

Result<ValueId> translate_conversion(NodeTranslator& node) {
  return emit_conversion(node, node.args.dtype("dtype"));
}

Result<ValueId> translate_to(NodeTranslator& node) {
  if (node.args.flag("copy")) node.set_result_memory(ResultMemory::Fresh);
  return emit_conversion(node, node.args.dtype("dtype"));
}

/// An element of a new tensor: integer types cut the fraction off.
double converted(double number, std::optional<ScalarType> dtype) {
  return dtype && !is_floating(*dtype) ? std::trunc(number) : number;
}

Result<ValueId> translate_zeros(NodeTranslator& node) {
  return node.filled(node.args.integers("size"), 0.0);
}
Result<ValueId> translate_ones(NodeTranslator& node) {
  return node.filled(node.args.integers("size"), 1.0);
}
Result<ValueId> translate_full(NodeTranslator& node) {
  return node.filled(node.args.integers("size"), converted(node.args.number("fill_value"), node.args.dtype("dtype")));
}
Result<ValueId> translate_scalar_tensor(NodeTranslator& node) {
  return node.filled({}, converted(node.args.number("s"), node.args.dtype("dtype")));
}
Result<ValueId> translate_zeros_like(NodeTranslator& node) {
  return node.filled(node.shape(node.args.tensor("self")), 0.0);
}
Result<ValueId> translate_ones_like(NodeTranslator& node) {
  return node.filled(node.shape(node.args.tensor("self")), 1.0);
}
Result<ValueId> translate_full_like(NodeTranslator& node) {
  return node.filled(node.shape(node.args.tensor("self")),
                     converted(node.args.number("fill_value"), node.args.dtype("dtype")));
}

/// In-place operators whose result does not depend on what was there before.
Result<ValueId> emit_overwritten(NodeTranslator& node, ValueId source) {
  const ir::Shape shape = node.shape(node.args.tensor("self"));
  if (const auto number = node.constant_number(source)) return node.filled(shape, *number);
  ir::Shape same_rank = node.shape(source);
  if (same_rank.size() > shape.size()) return invalid_here("a source of more dimensions than its destination");
  same_rank.insert(same_rank.begin(), shape.size() - same_rank.size(), 1);
  PUDU_TRY_ASSIGN(const ValueId aligned, node.reshape(source, std::move(same_rank)));
  return node.expand(aligned, shape);
}
Result<ValueId> translate_copy(NodeTranslator& node) {
  return emit_overwritten(node, node.args.tensor("src"));
}
Result<ValueId> translate_fill(NodeTranslator& node) {
  if (node.args.is_tensor("value")) return emit_overwritten(node, node.args.tensor("value"));
  return node.filled(node.shape(node.args.tensor("self")), node.args.number("value"));
}

Result<ValueId> emit_range(NodeTranslator& node, double start, double end, double step) {
  const double count = std::ceil((end - start) / step);
  if (!(count >= 1 && count <= static_cast<double>(max_range_elements))) {
    return unsupported_here(fmt::format("a range from {} to {} in steps of {}", start, end, step),
                            fmt::format("1 to {} elements", max_range_elements));
  }
  std::vector<float> elements(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i] = static_cast<float>(start + static_cast<double>(i) * step);
  }
  if (!std::isfinite(elements.front()) || !std::isfinite(elements.back())) {
    return unsupported_here("a range beyond float32", "finite numbers");
  }
  return node.constant({static_cast<std::int64_t>(elements.size())}, elements);
}

Result<ValueId> translate_arange(NodeTranslator& node) {
  return emit_range(node, 0.0, node.args.number("end"), 1.0);
}
Result<ValueId> translate_arange_start(NodeTranslator& node) {
  return emit_range(node, node.args.number("start"), node.args.number("end"), 1.0);
}
Result<ValueId> translate_arange_step(NodeTranslator& node) {
  return emit_range(node, node.args.number("start"), node.args.number("end"), node.args.number("step"));
}

constexpr char alias_name[] = "alias";
constexpr char clone_name[] = "clone";
constexpr char contiguous_name[] = "contiguous";
constexpr char detach_name[] = "detach";
constexpr char input_name[] = "input";
constexpr char lift_name[] = "lift";
constexpr char self_name[] = "self";
constexpr auto fresh = ResultMemory::Fresh;
constexpr auto same_order = ResultMemory::SameOrder;

// The tail that every operator has which makes a tensor.
#define PUDU_TENSOR_OPTIONS "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"

constexpr std::string_view dropout_schema = "Tensor input, float p, bool train";
constexpr std::string_view dropout_in_place_schema = "Tensor self, float p, bool train";
constexpr std::string_view like_schema = "Tensor self, " PUDU_TENSOR_OPTIONS ", MemoryFormat? memory_format=None";

constexpr AtenRow rows[] = {
    {"alias", "Tensor self", translate_identity<alias_name>, same_order},
    {"alias_copy", "Tensor self", translate_identity<alias_name>},
    {"alpha_dropout", dropout_schema, translate_dropout<input_name>, same_order},
    {"arange", "Scalar end, " PUDU_TENSOR_OPTIONS, translate_arange},
    {"arange.start", "Scalar start, Scalar end, " PUDU_TENSOR_OPTIONS, translate_arange_start},
    {"arange.start_step", "Scalar start, Scalar end, Scalar step=1, " PUDU_TENSOR_OPTIONS, translate_arange_step},
    {"clone", "Tensor self, MemoryFormat? memory_format=None", translate_identity<clone_name>, fresh},
    {"contiguous", "Tensor self, MemoryFormat memory_format=contiguous_format", translate_identity<contiguous_name>,
     same_order},
    {"copy", "Tensor self, Tensor src, bool non_blocking=False", translate_copy, fresh, InPlaceForm::Yes},
    {"detach", "Tensor self", translate_identity<detach_name>, same_order},
    {"detach_copy", "Tensor self", translate_identity<detach_name>},
    {"detach_", "Tensor self", translate_identity<detach_name>, same_order},
    {"dropout", dropout_schema, translate_dropout<input_name>, same_order},
    {"dropout_", dropout_in_place_schema, translate_dropout<self_name>, same_order},
    {"feature_dropout", dropout_schema, translate_dropout<input_name>, same_order},
    {"feature_dropout_", dropout_in_place_schema, translate_dropout<self_name>, same_order},
    {"fill.Scalar", "Tensor self, Tensor|Scalar value", translate_fill, fresh, InPlaceForm::Yes},
    {"fill.Tensor", "Tensor self, Tensor|Scalar value", translate_fill, fresh, InPlaceForm::Yes},
    {"full", "int[] size, Scalar fill_value, " PUDU_TENSOR_OPTIONS, translate_full},
    {"full_like", "Tensor self, Scalar fill_value, " PUDU_TENSOR_OPTIONS ", MemoryFormat? memory_format=None",
     translate_full_like},
    {"lift_fresh", "Tensor self", translate_identity<lift_name>, same_order},
    {"lift_fresh_copy", "Tensor self", translate_identity<lift_name>, fresh},
    {"new_full", "Tensor self, int[] size, Scalar fill_value, " PUDU_TENSOR_OPTIONS, translate_full},
    {"new_ones", "Tensor self, int[] size, " PUDU_TENSOR_OPTIONS, translate_ones},
    {"new_zeros", "Tensor self, int[] size, " PUDU_TENSOR_OPTIONS, translate_zeros},
    {"ones", "int[] size, " PUDU_TENSOR_OPTIONS, translate_ones},
    {"ones_like", like_schema, translate_ones_like},
    {"scalar_tensor", "Scalar s, " PUDU_TENSOR_OPTIONS, translate_scalar_tensor},
    {"_to_copy", "Tensor self, " PUDU_TENSOR_OPTIONS ", bool non_blocking=False, MemoryFormat? memory_format=None",
     translate_conversion, fresh},
    {"to.device",
     "Tensor self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, "
     "MemoryFormat? memory_format=None",
     translate_to, same_order},
    {"to.dtype",
     "Tensor self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None",
     translate_to, same_order},
    {"to.dtype_layout",
     "Tensor self, " PUDU_TENSOR_OPTIONS ", bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None",
     translate_to, same_order},
    {"zero", "Tensor self", translate_zeros_like, fresh, InPlaceForm::Yes},
    {"zeros", "int[] size, " PUDU_TENSOR_OPTIONS, translate_zeros},
    {"zeros_like", like_schema, translate_zeros_like},
};

#undef PUDU_TENSOR_OPTIONS

}  // namespace

std::span<const AtenRow> copy_rows() {
  return rows;
}

}  // namespace pudu::frontends
