#include "operators/aten_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <span>
#include <sstream>
#include <stdexcept>

#include "frontends/zip/zip_archive.hpp"

namespace pudu::testing {
namespace {

constexpr int int64_type = 5;  // torch's serialized ScalarType
constexpr int float32_type = 7;
constexpr int bool_type = 12;

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string tensor_json(std::string_view name) {
  return fmt::format(R"({{"name": "{}"}})", name);
}

std::string meta_json(int dtype, const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  std::vector<std::string> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = fmt::format(R"({{"as_int": {}}})", stride);
    stride *= shape[i];
  }
  for (const std::int64_t size : shape) sizes.push_back(fmt::format(R"({{"as_int": {}}})", size));
  return fmt::format(
      R"({{"dtype": {}, "sizes": [{}], "strides": [{}], "storage_offset": {{"as_int": 0}}, "layout": 7}})", dtype,
      joined(sizes), joined(strides));
}

int type_of(const base::Array& array) {
  return array.dtype == base::ArrayType::Int64 ? int64_type : float32_type;
}

/// Reads calls from left to right.
class CallParser {
 public:
  explicit CallParser(std::string_view text) : rest_(text) {}

  struct Call {
    std::string node;                ///< JSON
    std::string name;                ///< of the first result
    std::vector<std::string> types;  ///< JSON members of tensor_values
  };

  bool at_end() {
    skip_spaces();
    return rest_.empty();
  }

  bool accept(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  /// "return a, b" behind its first word.
  std::vector<std::string> names() {
    std::vector<std::string> result = {word()};
    while (accept(",")) result.push_back(word());
    return result;
  }

  Call call() {
    Call result;
    std::string outputs;
    if (accept("[")) {
      std::vector<std::string> list = names();
      expect("]");
      result.name = list.front();
      for (std::string& name : list) name = tensor_json(name);
      outputs = fmt::format(R"({{"as_tensors": [{}]}})", joined(list));
    } else {
      std::vector<std::string> list = names();
      result.name = list.front();
      if (accept(":")) result.types.push_back(declared_type(result.name));
      for (std::string& name : list) name = fmt::format(R"({{"as_tensor": {}}})", tensor_json(name));
      outputs = joined(list);
    }
    expect("=");
    const std::string target = word();
    expect("(");
    std::vector<std::string> arguments;
    while (!accept(")")) {
      const std::string argument = word();
      expect("=");
      arguments.push_back(fmt::format(R"({{"name": "{}", "arg": {}, "kind": 1}})", argument, value()));
      accept(",");
    }
    result.node = fmt::format(
        R"({{"target": "torch.ops.aten.{}", "inputs": [{}], "outputs": [{}], "metadata": {{}}, "name": "{}"}})", target,
        joined(arguments), outputs, result.name);
    return result;
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) rest_.remove_prefix(1);
  }

  void expect(std::string_view token) {
    if (!accept(token)) throw std::logic_error(fmt::format("'{}' expected at: {}", token, rest_));
  }

  /// A name, perhaps with dots.
  std::string word() {
    skip_spaces();
    const auto is_part = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_part);
    if (end == rest_.begin()) throw std::logic_error(fmt::format("a name expected at: {}", rest_));
    std::string result(rest_.begin(), end);
    rest_.remove_prefix(result.size());
    return result;
  }

  std::string declared_type(const std::string& name) {
    expect("bool");
    expect("[");
    std::vector<std::int64_t> shape;
    while (!accept("]")) {
      shape.push_back(std::stoll(word()));
      accept(",");
    }
    return fmt::format(R"("{}": {})", name, meta_json(bool_type, shape));
  }

  bool at_number() {
    skip_spaces();
    return !rest_.empty() && (rest_.front() == '-' || std::isdigit(static_cast<unsigned char>(rest_.front())) != 0);
  }

  std::string number() {
    const auto is_part = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
    };
    std::string result(rest_.begin(), std::find_if_not(rest_.begin(), rest_.end(), is_part));
    rest_.remove_prefix(result.size());
    return result;
  }

  static bool is_real(const std::string& number) { return number.find_first_of(".e") != std::string::npos; }

  std::string text() {
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) throw std::logic_error(fmt::format("a text has no end: {}", rest_));
    std::string result(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return fmt::format(R"({{"as_string": "{}"}})", result);
  }

  std::string list() {
    std::vector<std::string> elements;
    std::string_view kind = "as_ints";
    while (!accept("]")) {
      if (at_number()) {
        elements.push_back(number());
        if (is_real(elements.back())) kind = "as_floats";
      } else if (accept("None")) {
        kind = "as_optional_tensors";
        elements.emplace_back(R"({"as_none": true})");
      } else {
        if (kind == "as_ints") kind = "as_tensors";
        elements.push_back(tensor_json(word()));
      }
      accept(",");
    }
    if (kind == "as_optional_tensors") {
      for (std::string& element : elements) {
        if (element.starts_with(R"({"name")")) element = fmt::format(R"({{"as_tensor": {}}})", element);
      }
    }
    return fmt::format(R"({{"{}": [{}]}})", kind, joined(elements));
  }

  std::string value() {
    if (accept("[")) return list();
    if (accept("'")) return text();
    if (at_number()) {
      const std::string digits = number();
      return fmt::format(R"({{"{}": {}}})", is_real(digits) ? "as_float" : "as_int", digits);
    }
    const std::string name = word();
    if (name == "None") return R"({"as_none": true})";
    if (name == "True") return R"({"as_bool": true})";
    if (name == "False") return R"({"as_bool": false})";
    return fmt::format(R"({{"as_tensor": {}}})", tensor_json(name));
  }

  std::string_view rest_;
};

/// The parts of models/model.json.
struct ModelJson {
  std::vector<std::string> nodes;
  std::vector<std::string> values;
  std::vector<std::string> input_specs;
  std::vector<std::string> output_specs;
};

ModelJson translated(const std::vector<NamedTensor>& inputs, const std::vector<NamedTensor>& constants,
                     std::string_view calls) {
  ModelJson model;
  for (const NamedTensor& tensor : constants) {
    model.input_specs.push_back(fmt::format(R"({{"buffer": {{"arg": {}, "buffer_name": "{}", "persistent": true}}}})",
                                            tensor_json(tensor.name), tensor.name));
  }
  for (const NamedTensor& tensor : inputs) {
    model.input_specs.push_back(
        fmt::format(R"({{"user_input": {{"arg": {{"as_tensor": {}}}}}}})", tensor_json(tensor.name)));
  }
  for (const auto* list : {&inputs, &constants}) {
    for (const NamedTensor& tensor : *list) {
      model.values.push_back(
          fmt::format(R"("{}": {})", tensor.name, meta_json(type_of(tensor.data), tensor.data.shape)));
    }
  }
  CallParser parser(calls);
  while (!parser.accept("return ")) {
    CallParser::Call call = parser.call();
    model.nodes.push_back(std::move(call.node));
    model.values.insert(model.values.end(), call.types.begin(), call.types.end());
  }
  for (const std::string& name : parser.names()) {
    model.output_specs.push_back(
        fmt::format(R"({{"user_output": {{"arg": {{"as_tensor": {}}}}}}})", tensor_json(name)));
  }
  if (!parser.at_end()) throw std::logic_error(fmt::format("something behind the results of: {}", calls));
  return model;
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<std::byte> aten_model(const std::vector<NamedTensor>& inputs, const std::vector<NamedTensor>& constants,
                                  std::string_view calls) {
  const ModelJson model = translated(inputs, constants, calls);
  const std::string json = fmt::format(
      R"({{"graph_module": {{"graph": {{"inputs": [], "outputs": [], "nodes": [{}], "tensor_values": {{{}}}}}, )"
      R"("signature": {{"input_specs": [{}], "output_specs": [{}]}}}}, "range_constraints": {{}}, )"
      R"("schema_version": {{"major": 8, "minor": 20}}}})",
      joined(model.nodes), joined(model.values), joined(model.input_specs), joined(model.output_specs));
  std::vector<frontends::ZipItem> items = {{"model/models/model.json", bytes_of(json)},
                                           {"model/byteorder", bytes_of("little")}};
  std::vector<std::string> payloads;
  for (const NamedTensor& tensor : constants) {
    payloads.push_back(
        fmt::format(R"("{}": {{"path_name": "{}", "is_param": false, "use_pickle": false, "tensor_meta": {}}})",
                    tensor.name, tensor.name, meta_json(type_of(tensor.data), tensor.data.shape)));
    items.push_back({"model/data/weights/" + tensor.name, tensor.data.bytes});
  }
  items.push_back({"model/data/weights/model_weights_config.json",
                   bytes_of(fmt::format(R"({{"config": {{{}}}}})", joined(payloads)))});
  items.push_back({"model/data/constants/model_constants_config.json", bytes_of(R"({"config": {}})")});
  Result<std::vector<std::byte>> archive = write_zip(items, frontends::ZipMethod::Stored);
  if (!archive) throw std::logic_error(to_string(archive.error()));
  return std::move(archive).value();
}

}  // namespace pudu::testing
