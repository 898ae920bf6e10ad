#include "frontends/tflite/node_importer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "frontends/common/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/registry.hpp"

namespace pudu::frontends::tflite {
namespace {

/// The bytes of a contiguous tensor with its dimensions rearranged.
std::vector<std::byte> permuted(std::span<const std::byte> source, const ir::Shape& shape,
                                const std::vector<std::int64_t>& dims) {
  const auto elements = static_cast<std::size_t>(ir::element_count(shape));
  const std::size_t element_bytes = elements == 0 ? 0 : source.size() / elements;
  const std::vector<std::int64_t> strides = ops::memory_strides(shape, ops::contiguous_order(shape.size()));
  std::vector<std::int64_t> index(dims.size(), 0);
  std::vector<std::byte> result(source.size());
  std::int64_t from = 0;
  for (std::size_t element = 0; element < elements; ++element) {
    std::memcpy(result.data() + element * element_bytes, source.data() + static_cast<std::size_t>(from) * element_bytes,
                element_bytes);
    for (std::size_t i = dims.size(); i-- > 0;) {
      const auto dim = static_cast<std::size_t>(dims[i]);
      from += strides[dim];
      if (++index[i] < shape[dim]) break;
      from -= strides[dim] * shape[dim];
      index[i] = 0;
    }
  }
  return result;
}

Result<ir::QuantParams> one_scale(const Tensor& tensor) {
  if (!tensor.quantization || tensor.has_unknown_details) {
    return invalid_here(
        fmt::format("{} tensor '{}' without quantization parameters", to_string(tensor.type), tensor.name),
        "a scale and a zero point");
  }
  if (tensor.quantization->scales.size() != 1) {
    return unsupported_here(fmt::format("tensor '{}' has {} scales", tensor.name, tensor.quantization->scales.size()),
                            "one scale for all elements");
  }
  ir::QuantParams quant =
      ir::per_tensor(tensor.quantization->scales[0], static_cast<std::int32_t>(tensor.quantization->zero_points[0]));
  if (tensor.type == TensorType::Int16) {
    quant.quant_min = INT16_MIN;
    quant.quant_max = INT16_MAX;
  }
  return quant;
}

/// Weights of a float layer, which are stored as codes to save space.
std::vector<std::byte> dequantized(std::span<const std::byte> codes, const ir::Shape& shape,
                                   const ir::QuantParams& quant) {
  const auto axis = static_cast<std::size_t>(quant.axis.value_or(0));
  const std::int64_t inner = ir::element_count({shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()});
  std::vector<float> result;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t channel = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % shape[axis]);
    const float scale = quant.per_channel() ? quant.scales[channel] : quant.scale();
    result.push_back(scale * static_cast<float>(static_cast<std::int8_t>(codes[i])));
  }
  const auto bytes = std::as_bytes(std::span<const float>(result));
  return {bytes.begin(), bytes.end()};
}

/// Codes and numbers meet in QUANTIZE and DEQUANTIZE only.
Status check_mixture(const ir::Graph& graph, std::string_view op, const std::vector<std::optional<ir::ValueId>>& inputs,
                     ir::DType result) {
  if (op == "quantize" || op == "dequantize") return {};
  for (const std::optional<ir::ValueId>& input : inputs) {
    if (!input) continue;
    const ir::DType dtype = graph.value(*input).type.dtype;
    const bool mixes_float = (dtype == ir::DType::Float32) != (result == ir::DType::Float32);
    const bool is_number = dtype == ir::DType::Float32 || result == ir::DType::Float32;
    if (!mixes_float || !is_number || dtype == ir::DType::Int64) continue;
    return unsupported_here(fmt::format("operand '{}' of type {} and a result of type {}", graph.value(*input).name,
                                        ir::to_string(dtype), ir::to_string(result)),
                            "codes alone or float32 alone");
  }
  return {};
}

template <class T>
std::vector<std::int64_t> widened(std::span<const std::byte> bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return {values.begin(), values.end()};
}

}  // namespace

Error invalid_here(std::string found, std::string allowed) {
  return invalid_input({.found = std::move(found), .allowed = std::move(allowed)});
}

Error unsupported_here(std::string found, std::string allowed) {
  return unsupported({.found = std::move(found), .allowed = std::move(allowed)});
}

std::string graph_name_of(std::string_view tensor_name) {
  std::string_view name = tensor_name.substr(0, tensor_name.find(';'));
  if (name.ends_with(":0")) name.remove_suffix(2);
  std::string result = to_value_name(name);
  return result.empty() ? "value" : result;
}

Result<Format> format_of(const Tensor& tensor) {
  switch (tensor.type) {
    case TensorType::Float32:
      return Format{ir::DType::Float32, std::nullopt};
    case TensorType::Int32:
      return Format{ir::DType::Int32, std::nullopt};
    case TensorType::Int8:
    case TensorType::Int16: {
      PUDU_TRY_ASSIGN(ir::QuantParams quant, one_scale(tensor));
      return Format{tensor.type == TensorType::Int8 ? ir::DType::Int8 : ir::DType::Int16, std::move(quant)};
    }
    default:
      return unsupported_here(fmt::format("tensor '{}' of type {}", tensor.name, to_string(tensor.type)),
                              "INT8, INT16 and FLOAT32");
  }
}

bool NodeImporter::has_input(std::size_t index) const {
  return index < op_.inputs.size() && op_.inputs[index] != no_tensor;
}

const Tensor& NodeImporter::tensor_at(const std::vector<std::int32_t>& tensors, std::size_t index) const {
  static const Tensor absent;
  if (index >= tensors.size() || tensors[index] == no_tensor) return absent;
  return state_.subgraph.tensors[static_cast<std::size_t>(tensors[index])];
}

const Tensor& NodeImporter::input_tensor(std::size_t index) const {
  return tensor_at(op_.inputs, index);
}

const Tensor& NodeImporter::output_tensor(std::size_t index) const {
  return tensor_at(op_.outputs, index);
}

const Tensor& NodeImporter::intermediate_tensor(std::size_t index) const {
  return tensor_at(op_.intermediates, index);
}

Status NodeImporter::check_operands(std::size_t least, std::size_t most, std::size_t outputs) const {
  bool are_there = op_.inputs.size() >= least && op_.inputs.size() <= most && op_.outputs.size() == outputs;
  for (std::size_t i = 0; are_there && i < least; ++i) are_there = has_input(i);
  if (are_there) return {};
  return invalid_here(
      fmt::format("{} inputs and {} outputs", op_.inputs.size(), op_.outputs.size()),
      least == most ? fmt::format("{} and {}", least, outputs) : fmt::format("{} to {} and {}", least, most, outputs));
}

Result<Format> NodeImporter::output_format(std::size_t index) const {
  return format_of(output_tensor(index));
}

std::string NodeImporter::unique_name(std::string_view hint) {
  std::string name(hint);
  for (int suffix = 1; !state_.names.insert(name).second; ++suffix) name = fmt::format("{}.{}", hint, suffix);
  return name;
}

ir::ValueId NodeImporter::add_constant(std::string_view name, ir::TensorType type, std::vector<std::byte> data,
                                       std::optional<ir::QuantParams> quant) {
  const ir::ValueId id = state_.graph.add_constant(unique_name(name), std::move(type), std::move(data));
  state_.graph.value(id).quant = std::move(quant);
  return id;
}

Result<ir::ValueId> NodeImporter::input(std::size_t index) {
  if (!has_input(index)) return invalid_here(fmt::format("no operand {}", index), "an operand that is there");
  const std::int32_t tensor_index = op_.inputs[index];
  const auto position = static_cast<std::size_t>(tensor_index);
  if (const auto known = state_.values[position]) return *known;
  const Tensor& tensor = state_.subgraph.tensors[position];
  if (!tensor.is_constant || tensor.is_sparse) {
    return unsupported_here(fmt::format("operand {}, tensor '{}', is {}", index, tensor.name,
                                        tensor.is_sparse     ? "sparse"
                                        : tensor.is_variable ? "a variable"
                                                             : "known to the compiler only"),
                            "a constant, or a value that is computed");
  }
  PUDU_TRY_ASSIGN(Format format, format_of(tensor));
  PUDU_TRY(check_shape(tensor.shape));
  const ir::ValueId id = add_constant(graph_name_of(tensor.name), {format.dtype, tensor.shape},
                                      {tensor.data.begin(), tensor.data.end()}, format.quant);
  state_.values[position] = id;
  return id;
}

Result<std::vector<std::int64_t>> NodeImporter::integers(std::size_t index) const {
  if (!has_input(index)) return invalid_here(fmt::format("no operand {}", index), "an operand that is there");
  const auto position = static_cast<std::size_t>(op_.inputs[index]);
  if (const auto& known = state_.integers[position]) return *known;
  const Tensor& tensor = state_.subgraph.tensors[position];
  if (tensor.is_constant && tensor.type == TensorType::Int32) return widened<std::int32_t>(tensor.data);
  if (tensor.is_constant && tensor.type == TensorType::Int64) return widened<std::int64_t>(tensor.data);
  return unsupported_here(
      fmt::format("operand {}, tensor '{}', is {}", index, tensor.name,
                  tensor.is_constant ? "of type " + to_string(tensor.type) : "computed by the model"),
      "a constant of INT32 or INT64");
}

Result<std::int64_t> NodeImporter::integer(std::size_t index) const {
  PUDU_TRY_ASSIGN(const std::vector<std::int64_t> values, integers(index));
  if (values.size() == 1) return values[0];
  return invalid_here(fmt::format("operand {} has {} elements", index, values.size()), "1");
}

Result<ir::ValueId> NodeImporter::weights(std::size_t index, const std::vector<std::int64_t>& dims,
                                          const ir::Shape& shape, std::optional<std::int32_t> channel_axis) {
  const Tensor& tensor = input_tensor(index);
  if (!tensor.is_constant || tensor.is_sparse) {
    return unsupported_here(
        fmt::format("weights '{}' are {}", tensor.name, tensor.is_sparse ? "sparse" : "computed by the model"),
        "dense constants");
  }
  if (tensor.type != TensorType::Int8 && tensor.type != TensorType::Float32) {
    return unsupported_here(fmt::format("weights '{}' of type {}", tensor.name, to_string(tensor.type)),
                            "INT8 or FLOAT32");
  }
  PUDU_TRY(check_shape(tensor.shape));
  if (tensor.shape.size() != dims.size()) {
    return invalid_here(fmt::format("weights '{}' of shape {}", tensor.name, ir::to_string(tensor.shape)),
                        fmt::format("{} dimensions", dims.size()));
  }
  std::vector<std::byte> data = permuted(tensor.data, tensor.shape, dims);
  const std::string name = graph_name_of(tensor.name);
  if (tensor.type == TensorType::Float32) return add_constant(name, {ir::DType::Float32, shape}, std::move(data));
  if (!tensor.quantization || tensor.has_unknown_details) {
    return invalid_here(fmt::format("INT8 weights '{}' without quantization parameters", tensor.name),
                        "one scale, or one a channel");
  }
  const Quantization& quantization = *tensor.quantization;
  if (channel_axis && quantization.scales.size() > 1 &&
      quantization.dimension != dims[static_cast<std::size_t>(*channel_axis)]) {
    return unsupported_here(
        fmt::format("weights '{}' with scales along dimension {}", tensor.name, quantization.dimension),
        fmt::format("dimension {}, that of the output channels", dims[static_cast<std::size_t>(*channel_axis)]));
  }
  if (std::any_of(quantization.zero_points.begin(), quantization.zero_points.end(),
                  [](std::int64_t point) { return point != 0; })) {
    return unsupported_here(fmt::format("weights '{}' with a zero point other than 0", tensor.name),
                            "symmetric weights");
  }
  ir::QuantParams quant{.scales = quantization.scales, .zero_point = 0, .axis = std::nullopt};
  if (channel_axis) {
    const auto channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(*channel_axis)]);
    if (quant.scales.size() == 1) quant.scales.assign(channels, quant.scales[0]);
    quant.axis = channel_axis;
    if (quant.scales.size() != channels) {
      return invalid_here(fmt::format("weights '{}' with {} scales", tensor.name, quant.scales.size()),
                          fmt::format("one, or one for each of {} output channels", channels));
    }
  } else if (quant.scales.size() != 1) {
    return unsupported_here(fmt::format("weights '{}' with {} scales", tensor.name, quant.scales.size()), "one scale");
  }
  if (output_tensor(0).type == TensorType::Float32) {
    return add_constant(name, {ir::DType::Float32, shape}, dequantized(data, shape, quant));
  }
  return add_constant(name, {ir::DType::Int8, shape}, std::move(data), std::move(quant));
}

Result<std::optional<ir::ValueId>> NodeImporter::wide_bias(const Tensor& tensor) {
  if (!tensor.is_constant || tensor.type != TensorType::Int64) {
    return unsupported_here(
        fmt::format("bias '{}' is {} with INT16 results", tensor.name,
                    tensor.is_constant ? "of type " + to_string(tensor.type) : "computed by the model"),
        "a constant of INT64");
  }
  PUDU_TRY(check_shape(tensor.shape));
  std::vector<std::int32_t> narrow;
  for (const std::int64_t value : widened<std::int64_t>(tensor.data)) {
    narrow.push_back(static_cast<std::int32_t>(value));
    if (narrow.back() == value) continue;
    return unsupported_here(fmt::format("bias '{}' holds {}", tensor.name, value), "-2147483648 to 2147483647");
  }
  const auto bytes = std::as_bytes(std::span<const std::int32_t>(narrow));
  return std::optional(add_constant(graph_name_of(tensor.name), {ir::DType::Int32, {ir::element_count(tensor.shape)}},
                                    {bytes.begin(), bytes.end()}));
}

Result<std::optional<ir::ValueId>> NodeImporter::bias(std::size_t index) {
  if (!has_input(index)) return std::optional<ir::ValueId>();
  const Tensor& tensor = input_tensor(index);
  if (output_tensor(0).type == TensorType::Int16) return wide_bias(tensor);
  if (!tensor.is_constant || (tensor.type != TensorType::Int32 && tensor.type != TensorType::Float32)) {
    return unsupported_here(
        fmt::format("bias '{}' is {}", tensor.name,
                    tensor.is_constant ? "of type " + to_string(tensor.type) : "computed by the model"),
        "a constant of INT32 or FLOAT32");
  }
  PUDU_TRY(check_shape(tensor.shape));
  if ((tensor.type == TensorType::Float32) != (output_tensor(0).type == TensorType::Float32)) {
    return unsupported_here(fmt::format("bias '{}' of type {} and a result of {}", tensor.name, to_string(tensor.type),
                                        to_string(output_tensor(0).type)),
                            "INT32 with INT8 results, FLOAT32 with FLOAT32 ones");
  }
  const ir::DType dtype = tensor.type == TensorType::Int32 ? ir::DType::Int32 : ir::DType::Float32;
  return std::optional(add_constant(graph_name_of(tensor.name), {dtype, {ir::element_count(tensor.shape)}},
                                    {tensor.data.begin(), tensor.data.end()}));
}

Result<ir::ValueId> NodeImporter::emit(std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                                       ir::Attributes attributes, const Format& format) {
  PUDU_TRY(check_mixture(state_.graph, op, inputs, format.dtype));
  const std::string name =
      unique_name(fmt::format("{}.{}", op_.outputs.empty() ? op_.name : graph_name_of(output_tensor(0).name), op));
  Result<ir::NodeId> node =
      ops::append_node(state_.graph, name, op, std::move(inputs), std::move(attributes), describe(op_));
  if (!node) {
    Error error = std::move(node).error();
    for (Diagnostic& diagnostic : error.diagnostics) diagnostic.where.clear();  // the importer names the operator
    return error;
  }
  const ir::ValueId id = state_.graph.nodes().back().outputs.front();
  ir::Value& result = state_.graph.value(id);
  PUDU_TRY(check_shape(result.type.shape));
  if (!format.quant && format.dtype != result.type.dtype) {
    return unsupported_here("a result of type " + std::string(ir::to_string(format.dtype)),
                            std::string(ir::to_string(result.type.dtype)) + ", or codes");
  }
  result.type.dtype = format.dtype;
  result.quant = format.quant;
  return id;
}

Result<ir::ValueId> NodeImporter::permute(ir::ValueId value, const std::vector<std::int64_t>& dims) {
  const ir::Value& source = state_.graph.value(value);
  if (source.is_constant() && dims.size() == source.type.shape.size()) {
    ir::TensorType type{source.type.dtype, {}};
    for (const std::int64_t dim : dims) type.shape.push_back(source.type.shape[static_cast<std::size_t>(dim)]);
    return add_constant(source.name, std::move(type), permuted(*source.constant, source.type.shape, dims),
                        source.quant);
  }
  ir::Attributes attributes;
  attributes.set("dims", ir::AttributeValue(dims));
  return emit("permute", {value}, std::move(attributes), format(value));
}

Result<ir::ValueId> NodeImporter::reshape(ir::ValueId value, ir::Shape shape) {
  const ir::Value& source = state_.graph.value(value);
  if (source.type.shape == shape) return value;
  if (source.is_constant() && ir::element_count(shape) == source.type.elements()) {
    return add_constant(source.name, {source.type.dtype, std::move(shape)}, *source.constant, source.quant);
  }
  ir::Attributes attributes;
  attributes.set("shape", ir::AttributeValue(std::move(shape)));
  return emit("reshape", {value}, std::move(attributes), format(value));
}

Result<ir::ValueId> NodeImporter::clamp(ir::ValueId value, const ir::Attributes& bounds) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double least = bounds.has("activation_min") ? bounds.real("activation_min") : -infinity;
  const double most = bounds.has("activation_max") ? bounds.real("activation_max") : infinity;
  ir::Attributes attributes;
  attributes.set("function", "clamp");
  attributes.set("params", ir::AttributeValue(std::vector<double>{least, most}));
  return emit("unary", {value}, std::move(attributes), format(value));
}

Result<ir::ValueId> NodeImporter::to_nchw(ir::ValueId value) {
  if (shape(value).size() != 4) {
    return unsupported_here(fmt::format("an input of shape {}", ir::to_string(shape(value))),
                            "an image batch [N, H, W, C]");
  }
  return permute(value, {0, 3, 1, 2});
}

Result<ir::ValueId> NodeImporter::to_nhwc(ir::ValueId value) {
  return permute(value, {0, 2, 3, 1});
}

Status NodeImporter::set_output(std::size_t index, ir::ValueId value) {
  if (index >= op_.outputs.size()) return invalid_here(fmt::format("no result {}", index), "a result that is there");
  const Tensor& tensor = output_tensor(index);
  if (shape(value) != tensor.shape) {
    return invalid_here(fmt::format("result '{}' of shape {}", tensor.name, ir::to_string(tensor.shape)),
                        fmt::format("shape {}, as operands and options have it", ir::to_string(shape(value))));
  }
  PUDU_TRY_ASSIGN(const Format stated, output_format(index));
  const bool share_parameters = !stated.quant || !this->value(value).quant ||
                                (stated.quant->scales == this->value(value).quant->scales &&
                                 stated.quant->zero_point == this->value(value).quant->zero_point);
  if (stated.dtype != this->value(value).type.dtype || !share_parameters) {
    return unsupported_here(
        fmt::format("result '{}' has another type or other quantization parameters than the input", tensor.name),
        "the same, since the operator copies codes");
  }
  state_.values[static_cast<std::size_t>(op_.outputs[index])] = value;
  const auto& states = state_.graph.states;
  const bool is_state =
      std::any_of(states.begin(), states.end(), [&](const ir::State& state) { return state.before == value; });
  if (ir::index_of(value) < first_value_ || is_state) return {};  // it has its name
  name_result(value, op_.outputs[index], graph_name_of(tensor.name));
  return {};
}

void NodeImporter::name_result(ir::ValueId value, std::int32_t tensor, const std::string& hint) {
  const auto give_name = [&](ir::ValueId id, const std::string& name) {
    state_.graph.value(id).name = unique_name(name);
    if (ir::Node* producer = state_.graph.producer(id)) producer->name = state_.graph.value(id).name;
  };
  const ir::Node* producer = state_.graph.producer(value);
  const auto& ports = state_.subgraph.outputs;  // they have the tensor's name themselves
  const bool is_rearranged = std::find(ports.begin(), ports.end(), tensor) == ports.end() && producer != nullptr &&
                             producer->op == "permute" && ir::index_of(*producer->inputs[0]) >= first_value_;
  if (is_rearranged) give_name(*producer->inputs[0], hint);
  give_name(value, is_rearranged ? hint + ".nhwc" : hint);
}

void NodeImporter::set_integers(std::size_t index, std::vector<std::int64_t> integers) {
  if (index < op_.outputs.size()) state_.integers[static_cast<std::size_t>(op_.outputs[index])] = std::move(integers);
}

}  // namespace pudu::frontends::tflite
