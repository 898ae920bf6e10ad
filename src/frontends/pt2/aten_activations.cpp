// Functions of one element: each becomes a `unary` node with the function's name and parameters.
#include <limits>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;

constexpr double infinity = std::numeric_limits<double>::infinity();

ValueId self(const NodeTranslator& node) {
  return node.args.tensor("self");
}

/// The functions that have no parameters.
template <const char* Function>
Result<ValueId> translate_plain(NodeTranslator& node) {
  return node.unary(self(node), Function);
}

constexpr char abs_name[] = "abs";
constexpr char cos_name[] = "cos";
constexpr char exp_name[] = "exp";
constexpr char floor_name[] = "floor";
constexpr char hardsigmoid_name[] = "hardsigmoid";
constexpr char hardswish_name[] = "hardswish";
constexpr char log_name[] = "log";
constexpr char mish_name[] = "mish";
constexpr char neg_name[] = "neg";
constexpr char reciprocal_name[] = "reciprocal";
constexpr char rsqrt_name[] = "rsqrt";
constexpr char round_name[] = "round";
constexpr char sigmoid_name[] = "sigmoid";
constexpr char sign_name[] = "sign";
constexpr char silu_name[] = "silu";
constexpr char sin_name[] = "sin";
constexpr char sqrt_name[] = "sqrt";
constexpr char tanh_name[] = "tanh";

Result<ValueId> translate_relu(NodeTranslator& node) {
  return node.unary(self(node), "clamp", {0.0, infinity});
}
Result<ValueId> translate_relu6(NodeTranslator& node) {
  return node.unary(self(node), "clamp", {0.0, 6.0});
}
Result<ValueId> translate_hardtanh(NodeTranslator& node) {
  return node.unary(self(node), "clamp", {node.args.number("min_val"), node.args.number("max_val")});
}

Result<ValueId> translate_clamp(NodeTranslator& node) {
  const std::optional<double> min = node.args.optional_number("min");
  const std::optional<double> max = node.args.optional_number("max");
  return node.unary(self(node), "clamp", {min.value_or(-infinity), max.value_or(infinity)});
}
Result<ValueId> translate_clamp_min(NodeTranslator& node) {
  return node.unary(self(node), "clamp", {node.args.number("min"), infinity});
}
Result<ValueId> translate_clamp_max(NodeTranslator& node) {
  return node.unary(self(node), "clamp", {-infinity, node.args.number("max")});
}

Result<ValueId> translate_gelu(NodeTranslator& node) {
  const std::string& approximation = node.args.text("approximate");
  if (approximation == "none") return node.unary(self(node), "gelu");
  if (approximation == "tanh") return node.unary(self(node), "gelu_tanh");
  return unsupported_here("gelu with approximate='" + approximation + "'", "'none' or 'tanh'");
}

Result<ValueId> translate_elu(NodeTranslator& node) {
  return node.unary(self(node), "elu",
                    {node.args.number("alpha"), node.args.number("scale"), node.args.number("input_scale")});
}

/// Constants of Klambauer et al., Self-Normalizing Neural Networks (2017), as PyTorch has them.
Result<ValueId> translate_selu(NodeTranslator& node) {
  return node.unary(self(node), "elu", {1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1.0});
}

Result<ValueId> translate_celu(NodeTranslator& node) {
  const double alpha = node.args.number("alpha");
  if (alpha == 0.0) return invalid_here("alpha is 0", "another number");
  return node.unary(self(node), "elu", {alpha, 1.0, 1.0 / alpha});
}

Result<ValueId> translate_leaky_relu(NodeTranslator& node) {
  return node.unary(self(node), "leaky_relu", {node.args.number("negative_slope")});
}

Result<ValueId> translate_prelu(NodeTranslator& node) {
  const ValueId weight = node.args.tensor("weight");
  if (const auto slope = node.constant_number(weight)) return node.unary(self(node), "leaky_relu", {*slope});
  if (!node.is_constant(weight)) return unsupported_here("slopes that the model computes", "constant slopes");
  // The decomposed form has [1, C, 1, ...].
  PUDU_TRY_ASSIGN(const ValueId slopes, node.reshape(weight, {ir::element_count(node.shape(weight))}));
  return node.emit("prelu", {self(node), slopes});
}

Result<ValueId> translate_softplus(NodeTranslator& node) {
  return node.unary(self(node), "softplus", {node.args.number("beta"), node.args.number("threshold")});
}

Result<ValueId> translate_square(NodeTranslator& node) {
  return node.unary(self(node), "pow", {2.0});
}
Result<ValueId> translate_pow(NodeTranslator& node) {
  return node.unary(self(node), "pow", {node.args.number("exponent")});
}
/// A number to the power of each element.
Result<ValueId> translate_pow_scalar(NodeTranslator& node) {
  return node.unary(node.args.tensor("exponent"), "power_of", {node.args.number("self")});
}
Result<ValueId> translate_pow_tensor(NodeTranslator& node) {
  const std::optional<double> exponent = node.constant_number(node.args.tensor("exponent"));
  if (!exponent) return unsupported_here("pow with an exponent for each element", "one constant exponent");
  return node.unary(self(node), "pow", {*exponent});
}

constexpr std::string_view only_self = "Tensor self";
constexpr auto fresh = ResultMemory::Fresh;
constexpr auto in_place = InPlaceForm::Yes;

constexpr AtenRow rows[] = {
    {"abs", only_self, translate_plain<abs_name>, fresh, in_place},
    {"celu", "Tensor self, Scalar alpha=1.0", translate_celu, fresh, in_place},
    {"clamp", "Tensor self, Scalar? min=None, Scalar? max=None", translate_clamp, fresh, in_place},
    {"clamp_max", "Tensor self, Scalar max", translate_clamp_max, fresh, in_place},
    {"clamp_min", "Tensor self, Scalar min", translate_clamp_min, fresh, in_place},
    {"clip", "Tensor self, Scalar? min=None, Scalar? max=None", translate_clamp, fresh, in_place},
    {"cos", only_self, translate_plain<cos_name>, fresh, in_place},
    {"elu", "Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1", translate_elu, fresh, in_place},
    {"exp", only_self, translate_plain<exp_name>, fresh, in_place},
    {"floor", only_self, translate_plain<floor_name>, fresh, in_place},
    {"gelu", "Tensor self, str approximate=none", translate_gelu, fresh, in_place},
    {"hardsigmoid", only_self, translate_plain<hardsigmoid_name>, fresh, in_place},
    {"hardswish", only_self, translate_plain<hardswish_name>, fresh, in_place},
    {"hardtanh", "Tensor self, Scalar min_val=-1, Scalar max_val=1", translate_hardtanh, fresh, in_place},
    {"leaky_relu", "Tensor self, Scalar negative_slope=0.01", translate_leaky_relu, fresh, in_place},
    {"log", only_self, translate_plain<log_name>, fresh, in_place},
    {"mish", only_self, translate_plain<mish_name>, fresh, in_place},
    {"neg", only_self, translate_plain<neg_name>, fresh, in_place},
    {"pow.Scalar", "Scalar self, Tensor exponent", translate_pow_scalar},
    {"pow.Tensor_Scalar", "Tensor self, Scalar exponent", translate_pow},
    {"pow.Tensor_Tensor", "Tensor self, Tensor exponent", translate_pow_tensor},
    {"prelu", "Tensor self, Tensor weight", translate_prelu},
    {"_prelu_kernel", "Tensor self, Tensor weight", translate_prelu},
    {"reciprocal", only_self, translate_plain<reciprocal_name>, fresh, in_place},
    {"relu", only_self, translate_relu, fresh, in_place},
    {"relu6", only_self, translate_relu6, fresh, in_place},
    {"round", only_self, translate_plain<round_name>, fresh, in_place},
    {"rsqrt", only_self, translate_plain<rsqrt_name>, fresh, in_place},
    {"selu", only_self, translate_selu, fresh, in_place},
    {"sigmoid", only_self, translate_plain<sigmoid_name>, fresh, in_place},
    {"sign", only_self, translate_plain<sign_name>, fresh, in_place},
    {"silu", only_self, translate_plain<silu_name>, fresh, in_place},
    {"sin", only_self, translate_plain<sin_name>, fresh, in_place},
    {"softplus", "Tensor self, Scalar beta=1, Scalar threshold=20", translate_softplus},
    {"sqrt", only_self, translate_plain<sqrt_name>, fresh, in_place},
    {"square", only_self, translate_square, fresh, in_place},
    {"tanh", only_self, translate_plain<tanh_name>, fresh, in_place},
};

}  // namespace

std::span<const AtenRow> activation_rows() {
  return rows;
}

}  // namespace pudu::frontends
