#include "frontends/tflite/file.hpp"

#include <flatbuffers/flatbuffers.h>
#include <fmt/format.h>

#include <pudu_tflite_wire/schema_generated.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace pudu::frontends::tflite {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a .tflite are read as they lie in memory");

constexpr std::uint32_t supported_version = 3;
constexpr std::int64_t max_elements = (std::int64_t{1} << 31) - 1;
constexpr std::size_t max_diagnostics = 20;
/// Larger than any operator's code; of those, the 8-bit field holds 127, and the 32-bit one the code.
constexpr std::int32_t placeholder_code = 127;

struct BuiltinName {
  std::int32_t code;
  std::string_view name;
};
constexpr BuiltinName builtin_names[] = {
#define PUDU_BUILTIN(code, name) {code, #name},
#include "frontends/tflite/builtin_operators.def"
#undef PUDU_BUILTIN
};
constexpr std::int32_t custom_code = 32;

constexpr std::array<std::string_view, 19> type_names = {
    "FLOAT32", "FLOAT16",    "INT32",  "UINT8",    "INT64",   "STRING", "BOOL",   "INT16", "COMPLEX64", "INT8",
    "FLOAT64", "COMPLEX128", "UINT64", "RESOURCE", "VARIANT", "UINT32", "UINT16", "INT4",  "BFLOAT16"};

/// Bytes of an element; 0 for types whose constants the reader does not look at.
std::int64_t element_bytes(TensorType type) {
  switch (type) {
    case TensorType::Int8:
    case TensorType::UInt8:
    case TensorType::Bool:
      return 1;
    case TensorType::Int16:
      return 2;
    case TensorType::Float32:
    case TensorType::Int32:
      return 4;
    case TensorType::Int64:
      return 8;
    default:
      return 0;
  }
}

/// Is a zero point one of the type's codes? Types that are not quantized are not looked at.
bool is_code(std::int64_t zero_point, TensorType type) {
  if (type == TensorType::Int8) return zero_point >= INT8_MIN && zero_point <= INT8_MAX;
  if (type == TensorType::Int16) return zero_point >= INT16_MIN && zero_point <= INT16_MAX;
  return true;
}

/// flatbuffers aligns a list's length, not always its elements: they are copied byte by byte.
template <class T>
std::vector<T> copy(const flatbuffers::Vector<T>* list) {
  if (list == nullptr || list->size() == 0) return {};
  std::vector<T> result(list->size());
  std::memcpy(result.data(), list->Data(), result.size() * sizeof(T));
  return result;
}

std::string text(const flatbuffers::String* string) {
  return string == nullptr ? std::string() : string->str();
}

template <class List>
std::size_t size_of(const List* list) {
  return list == nullptr ? 0 : list->size();
}

}  // namespace

std::string to_string(TensorType type) {
  const auto code = static_cast<std::size_t>(type);
  return code < type_names.size() ? std::string(type_names[code]) : fmt::format("type {}", static_cast<int>(type));
}

std::string describe(const Operator& op) {
  return fmt::format("operator {} ({})", op.index, op.name);
}

class FileReader {
 public:
  Result<File> read(std::span<const std::byte> bytes) {
    file_.bytes_ = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    PUDU_TRY_ASSIGN(model_, verified_root());
    if (model_->version() != supported_version) {
      return unsupported({.where = "format version",
                          .found = fmt::format("{}", model_->version()),
                          .allowed = fmt::format("{}", supported_version)});
    }
    file_.description_ = text(model_->description());
    constexpr std::size_t budget_per_byte = 4;
    budget_ = budget_per_byte * bytes.size();
    if (size_of(model_->subgraphs()) == 0) fault("subgraphs", "none", "at least one");
    for (std::size_t i = 0; i < size_of(model_->subgraphs()); ++i) read_subgraph(i, *model_->subgraphs()->Get(i));
    if (diagnostics_.empty()) name_ports();
    if (!diagnostics_.empty()) return Error{ErrorKind::InvalidInput, std::move(diagnostics_)};
    return std::move(file_);
  }

 private:
  Result<const wire::Model*> verified_root() {
    const std::vector<std::byte>& bytes = *file_.bytes_;
    constexpr std::size_t least_bytes = 8;
    if (bytes.size() < least_bytes || !flatbuffers::BufferHasIdentifier(bytes.data(), wire::ModelIdentifier())) {
      return invalid_input({.where = "file identifier at byte 4",
                            .found = "not 'TFL3'",
                            .allowed = "'TFL3' marks a TensorFlow Lite model"});
    }
    constexpr int most_depth = 32;
    constexpr int most_tables = 4'000'000;
    constexpr std::size_t most_bytes = 0x7fff'ffff;  // flatbuffers' offsets have 31 bits
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (bytes.size() <= most_bytes) {
      flatbuffers::Verifier verifier(data, bytes.size(), most_depth, most_tables);
      if (wire::VerifyModelBuffer(verifier)) return wire::GetModel(data);
    }
    return invalid_input({.where = "flatbuffer",
                          .found = "tables or lists that do not lie within the file",
                          .allowed = "a whole TensorFlow Lite model",
                          .hint = "the file is cut short or damaged"});
  }

  void fault(std::string where, std::string found, std::string allowed) {
    if (diagnostics_.size() < max_diagnostics) {
      diagnostics_.push_back(
          {.where = where_ + std::move(where), .found = std::move(found), .allowed = std::move(allowed)});
    }
  }

  /// False when lists hold more than the file does: they share their elements, as no writer makes them, and would take
  /// any amount of memory.
  bool take(std::size_t count) {
    if (count <= budget_) {
      budget_ -= count;
      return true;
    }
    if (budget_ != 0) fault("lists", "together they hold more than the file", "lists of their own for all tables");
    budget_ = 0;
    return false;
  }

  template <class T>
  std::vector<T> list(const flatbuffers::Vector<T>* wire) {
    return take(size_of(wire)) ? copy(wire) : std::vector<T>();
  }

  void read_subgraph(std::size_t index, const wire::SubGraph& wire) {
    Subgraph& subgraph = file_.subgraphs_.emplace_back();
    subgraph.name = text(wire.name());
    where_ = index == 0 ? "" : fmt::format("subgraph {}, ", index);
    if (!take(size_of(wire.tensors())) || !take(size_of(wire.operators()))) return;
    for (std::size_t i = 0; i < size_of(wire.tensors()); ++i) read_tensor(subgraph, i, wire.tensors()->Get(i));
    subgraph.inputs = list(wire.inputs());
    subgraph.outputs = list(wire.outputs());
    for (std::size_t i = 0; i < size_of(wire.operators()); ++i) read_operator(subgraph, i, wire.operators()->Get(i));
    check_ports(subgraph);
    if (diagnostics_.empty()) check_order(subgraph);
    where_.clear();
  }

  void read_tensor(Subgraph& subgraph, std::size_t index, const wire::Tensor* wire) {
    Tensor& tensor = subgraph.tensors.emplace_back();
    if (take(size_of(wire->name()))) tensor.name = text(wire->name());
    if (tensor.name.empty()) tensor.name = fmt::format("tensor_{}", index);
    tensor.type = static_cast<TensorType>(wire->type());
    tensor.is_variable = wire->is_variable();
    tensor.is_sparse = wire->sparsity() != nullptr;
    const std::string where = fmt::format("tensor {} '{}'", index, tensor.name);
    const std::vector<std::int32_t> sizes = list(wire->shape());
    tensor.shape.assign(sizes.begin(), sizes.end());
    check_shape(where, tensor);
    if (wire->quantization() != nullptr) read_quantization(where, tensor, *wire->quantization());
    read_data(where, tensor, wire->buffer());
  }

  void check_shape(const std::string& where, Tensor& tensor) {
    const std::int64_t bytes = std::max<std::int64_t>(element_bytes(tensor.type), 1);
    std::int64_t elements = 1;
    for (const std::int64_t size : tensor.shape) {
      if (size >= 0 && (size == 0 || elements <= max_elements / bytes / size)) {
        elements *= size;
        continue;
      }
      fault(where, fmt::format("shape {} of {}", ir::to_string(tensor.shape), to_string(tensor.type)),
            "sizes that are not negative, and fewer than 2^31 bytes");
      tensor.shape.clear();
      return;
    }
  }

  void read_quantization(const std::string& where, Tensor& tensor, const wire::QuantizationParameters& wire) {
    tensor.has_unknown_details = wire.details_type() != wire::QuantizationDetails::NONE;
    Quantization quantization{list(wire.scale()), list(wire.zero_point()), wire.quantized_dimension()};
    if (quantization.scales.empty()) return;  // calibration only: min and max
    const std::size_t count = quantization.scales.size();
    if (quantization.zero_points.empty()) quantization.zero_points.assign(count, 0);
    const bool are_scales = std::all_of(quantization.scales.begin(), quantization.scales.end(),
                                        [](float scale) { return std::isfinite(scale) && scale > 0; });
    if (!are_scales) fault(where, "a quantization scale that is not positive", "positive, finite scales");
    const bool are_codes = std::all_of(quantization.zero_points.begin(), quantization.zero_points.end(),
                                       [&](std::int64_t point) { return is_code(point, tensor.type); });
    if (!are_codes) fault(where, "a zero point that is no " + to_string(tensor.type), "a code of the tensor's type");
    if (quantization.zero_points.size() != count) {
      fault(where, fmt::format("{} scales and {} zero points", count, quantization.zero_points.size()),
            "one zero point for each scale");
    } else if (count > 1) {
      const auto rank = static_cast<std::int64_t>(tensor.shape.size());
      const std::int32_t dimension = quantization.dimension;
      if (dimension < 0 || dimension >= rank ||
          tensor.shape[static_cast<std::size_t>(dimension)] != static_cast<std::int64_t>(count)) {
        fault(where,
              fmt::format("{} scales along dimension {} of shape {}", count, dimension, ir::to_string(tensor.shape)),
              "one scale for each index of a dimension");
      }
    }
    tensor.quantization = std::move(quantization);
  }

  void read_data(const std::string& where, Tensor& tensor, std::uint32_t index) {
    if (index >= size_of(model_->buffers())) {
      // Buffer 0 is the empty one by convention; files without any buffer are not made, but harmless.
      if (index != 0) {
        fault(where, fmt::format("buffer {}", index), fmt::format("buffers 0 to {}", size_of(model_->buffers()) - 1));
      }
      return;
    }
    const wire::Buffer& buffer = *model_->buffers()->Get(index);
    const std::span<const std::byte> file(*file_.bytes_);
    if (size_of(buffer.data()) > 0) {
      tensor.data = std::as_bytes(std::span(buffer.data()->Data(), buffer.data()->size()));
    } else if (buffer.offset() > 1) {  // 1 is the writers' placeholder
      if (buffer.offset() > file.size() || buffer.size() > file.size() - buffer.offset()) {
        fault(where, fmt::format("{} bytes at offset {} of {}", buffer.size(), buffer.offset(), file.size()),
              "constants that lie within the file");
        return;
      }
      tensor.data = file.subspan(buffer.offset(), buffer.size());
    }
    const bool has_no_elements = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
    tensor.is_constant = !tensor.data.empty() || has_no_elements;
    const std::int64_t expected = ir::element_count(tensor.shape) * element_bytes(tensor.type);
    const bool is_counted = element_bytes(tensor.type) != 0 && !tensor.is_sparse;
    if (tensor.is_constant && is_counted && static_cast<std::int64_t>(tensor.data.size()) != expected) {
      fault(where, fmt::format("a constant of {} bytes", tensor.data.size()),
            fmt::format("{} bytes for shape {} of {}", expected, ir::to_string(tensor.shape), to_string(tensor.type)));
    }
  }

  void read_operator(Subgraph& subgraph, std::size_t index, const wire::Operator* wire) {
    Operator& op = subgraph.operators.emplace_back();
    op.index = index;
    op.wire = wire;
    op.inputs = list(wire->inputs());
    op.outputs = list(wire->outputs());
    op.intermediates = list(wire->intermediates());
    const std::uint32_t code_index = wire->opcode_index();
    if (code_index >= size_of(model_->operator_codes())) {
      fault(fmt::format("operator {}", index), fmt::format("operator code {}", code_index),
            fmt::format("the {} codes that the file lists", size_of(model_->operator_codes())));
      return;
    }
    const wire::OperatorCode& code = *model_->operator_codes()->Get(code_index);
    op.version = code.version();
    op.code = std::max<std::int32_t>(code.builtin_code(), code.deprecated_builtin_code());
    const auto* const known = std::find_if(std::begin(builtin_names), std::end(builtin_names),
                                           [&](const BuiltinName& builtin) { return builtin.code == op.code; });
    if (op.code == custom_code) {
      op.name = "CUSTOM '" + text(code.custom_code()) + "'";
    } else {
      const bool is_known = known != std::end(builtin_names) && op.code != placeholder_code;
      op.name = is_known ? std::string(known->name) : fmt::format("code {}", op.code);
    }
    check_operands(subgraph, op, "input", op.inputs, no_tensor);
    check_operands(subgraph, op, "output", op.outputs, 0);
    check_operands(subgraph, op, "intermediate tensor", op.intermediates, no_tensor);
  }

  void check_operands(const Subgraph& subgraph, const Operator& op, std::string_view role,
                      const std::vector<std::int32_t>& tensors, std::int32_t least) {
    for (const std::int32_t tensor : tensors) check_tensor(subgraph, describe(op), role, tensor, least);
  }

  void check_tensor(const Subgraph& subgraph, const std::string& where, std::string_view role, std::int32_t tensor,
                    std::int32_t least) {
    const auto count = static_cast<std::int64_t>(subgraph.tensors.size());
    if (tensor >= least && tensor < count) return;
    fault(where, fmt::format("{} {}", role, tensor), fmt::format("tensors 0 to {}", count - 1));
  }

  void check_ports(const Subgraph& subgraph) {
    for (const std::int32_t tensor : subgraph.inputs) check_tensor(subgraph, "inputs", "tensor", tensor, 0);
    for (const std::int32_t tensor : subgraph.outputs) check_tensor(subgraph, "outputs", "tensor", tensor, 0);
  }

  /// Every tensor is an input, a constant, a variable or the result of one operator, and made before it is used.
  void check_order(const Subgraph& subgraph) {
    std::vector<bool> is_made;
    for (const Tensor& tensor : subgraph.tensors) is_made.push_back(tensor.is_constant || tensor.is_variable);
    for (const std::int32_t tensor : subgraph.inputs) is_made[static_cast<std::size_t>(tensor)] = true;
    std::vector<bool> has_producer = is_made;
    for (const Operator& op : subgraph.operators) {
      for (const std::int32_t tensor : op.outputs) has_producer[static_cast<std::size_t>(tensor)] = true;
    }
    const auto use = [&](const std::string& where, std::int32_t tensor) {
      if (tensor == no_tensor || is_made[static_cast<std::size_t>(tensor)]) return;
      const std::string name =
          fmt::format("tensor {} '{}'", tensor, subgraph.tensors[static_cast<std::size_t>(tensor)].name);
      if (has_producer[static_cast<std::size_t>(tensor)]) {
        fault(where, name + " is used before it is made", "operators in the order of execution, without cycles");
      } else {
        fault(where, "nothing makes " + name, "an input, a constant or the result of an operator");
      }
    };
    for (const Operator& op : subgraph.operators) {
      for (const std::int32_t tensor : op.inputs) use(describe(op), tensor);
      for (const std::int32_t tensor : op.outputs) {
        if (is_made[static_cast<std::size_t>(tensor)]) {
          fault(describe(op),
                fmt::format("result tensor {} '{}' is made already", tensor,
                            subgraph.tensors[static_cast<std::size_t>(tensor)].name),
                "a tensor is an input, a constant or the result of one operator");
        }
        is_made[static_cast<std::size_t>(tensor)] = true;
      }
    }
    for (const std::int32_t tensor : subgraph.outputs) use("outputs", tensor);
  }

  /// The first signature of a subgraph names its ports.
  void name_ports() {
    for (std::size_t index = 0; index < file_.subgraphs_.size(); ++index) {
      Subgraph& subgraph = file_.subgraphs_[index];
      for (const std::int32_t tensor : subgraph.inputs) subgraph.input_names.push_back(tensor_name(subgraph, tensor));
      for (const std::int32_t tensor : subgraph.outputs) subgraph.output_names.push_back(tensor_name(subgraph, tensor));
      for (std::size_t i = 0; i < size_of(model_->signature_defs()); ++i) {
        const wire::SignatureDef& signature = *model_->signature_defs()->Get(i);
        if (signature.subgraph_index() != index) continue;
        name_ports(signature.inputs(), subgraph.inputs, subgraph.input_names);
        name_ports(signature.outputs(), subgraph.outputs, subgraph.output_names);
        break;
      }
    }
  }

  static std::string tensor_name(const Subgraph& subgraph, std::int32_t tensor) {
    return subgraph.tensors[static_cast<std::size_t>(tensor)].name;
  }

  void name_ports(const flatbuffers::Vector<flatbuffers::Offset<wire::TensorMap>>* map,
                  const std::vector<std::int32_t>& ports, std::vector<std::string>& names) {
    if (!take(size_of(map))) return;
    for (std::size_t i = 0; i < size_of(map); ++i) {
      const wire::TensorMap& entry = *map->Get(i);
      for (std::size_t port = 0; port < ports.size(); ++port) {
        const bool is_meant = static_cast<std::uint32_t>(ports[port]) == entry.tensor_index();
        if (is_meant && size_of(entry.name()) > 0) names[port] = entry.name()->str();
      }
    }
  }

  File file_;
  const wire::Model* model_ = nullptr;
  std::size_t budget_ = 0;
  std::string where_;  ///< the subgraph, in front of what is at fault
  std::vector<Diagnostic> diagnostics_;
};

Result<File> File::open(std::span<const std::byte> bytes) {
  return FileReader().read(bytes);
}

}  // namespace pudu::frontends::tflite
