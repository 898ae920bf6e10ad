#include "driver/accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "driver/sample_shapes.hpp"

namespace pudu::driver {

namespace {

template <class T>
std::vector<std::int64_t> widened(const base::Array& array) {
  const std::span<const T> data = array.data<T>();
  return {data.begin(), data.end()};
}

/// Empty for arrays that do not hold integers.
std::optional<std::vector<std::int64_t>> integers(const base::Array& array) {
  switch (array.dtype) {
    case base::ArrayType::Int64:
      return widened<std::int64_t>(array);
    case base::ArrayType::Int32:
      return widened<std::int32_t>(array);
    case base::ArrayType::Int8:
      return widened<std::int8_t>(array);
    case base::ArrayType::UInt8:
      return widened<std::uint8_t>(array);
    default:
      return std::nullopt;
  }
}

/// How many classes the output tells apart; 0: it tells a class by its number.
Result<std::int64_t> class_count(const PortShape& output) {
  Shape sizes;
  for (const std::int64_t size : output.shape) {
    if (size != 1) sizes.push_back(size);
  }
  const bool tells_numbers = output.content == PortContent::Positions;
  if (tells_numbers && sizes.empty()) return 0;
  if (!tells_numbers && sizes.size() == 1) return sizes[0];
  return invalid_input(
      {.where = "labels",
       .found = "output '" + output.name + "' has the shape " + shape_text(output.shape),
       .allowed = tells_numbers ? "one class number a sample" : "the scores of two or more classes, along one axis"});
}

Status check_range(const std::vector<std::int64_t>& labels, std::int64_t classes) {
  if (classes == 0) return {};
  const auto wrong =
      std::find_if(labels.begin(), labels.end(), [&](std::int64_t label) { return label < 0 || label >= classes; });
  if (wrong == labels.end()) return {};
  return invalid_input(
      {.where = "labels",
       .found = "class " + std::to_string(*wrong) + " of sample " + std::to_string(wrong - labels.begin()),
       .allowed = "0 to " + std::to_string(classes - 1) + ": the model has " + std::to_string(classes) + " classes"});
}

/// Of an array with a row of scores a sample. Of one column argmax() would make class 0 for every sample.
std::string labels_hint(const base::Array& array, std::size_t samples) {
  if (array.shape.empty() || array.shape[0] != static_cast<std::int64_t>(samples)) return "";
  if (array.shape.size() == 2 && array.shape[1] > 1) return "convert with array.argmax(1)";
  return integers(array) ? "" : "convert with array.astype(\"int64\"), where they are class numbers";
}

}  // namespace

Result<std::vector<std::int64_t>> load_labels(const std::filesystem::path& file, std::size_t samples,
                                              const PortShape& output) {
  const Result<std::int64_t> classes = class_count(output);
  if (!classes) return Error(classes.error()).in_file(file.string());
  PUDU_TRY_ASSIGN(const base::Array array, base::read_npy(file));
  std::optional<std::vector<std::int64_t>> labels = integers(array);
  if (!labels) {
    return invalid_input({.file = file.string(),
                          .where = "labels",
                          .found = "data type " + std::string(base::to_string(array.dtype)),
                          .allowed = "int64, int32, int8 or uint8 class numbers",
                          .hint = labels_hint(array, samples)});
  }
  if (labels->size() != samples) {
    return invalid_input({.file = file.string(),
                          .where = "labels",
                          .found = std::to_string(labels->size()) + " labels",
                          .allowed = "one for each of the " + std::to_string(samples) + " samples",
                          .hint = labels_hint(array, samples)});
  }
  if (Status status = check_range(*labels, *classes); !status) return std::move(status).error().in_file(file.string());
  return std::move(*labels);
}

PortShape first_output(const program::Program& program) {
  const program::Port& port = program.outputs.front();
  const bool is_number = program.buffer(port.buffer).type == program::ElementType::Int32;
  return {port.name, port.shape, is_number ? PortContent::Positions : PortContent::Numbers};
}

PortShape first_output(const ir::Graph& graph) {
  const ir::Value& output = graph.value(graph.outputs.front());
  return {output.name, output.type.shape, content_of(output)};
}

std::int64_t class_of(std::span<const float> scores) {
  if (scores.size() == 1) return std::llround(scores[0]);
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

std::size_t count_correct(const std::vector<std::vector<base::Array>>& outputs,
                          const std::vector<std::int64_t>& labels) {
  std::size_t correct = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (class_of(base::to_float32(outputs[i].front())) == labels[i]) ++correct;
  }
  return correct;
}

}  // namespace pudu::driver
