#include "driver/accuracy.hpp"

#include <algorithm>
#include <optional>
#include <span>

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

}  // namespace

Result<std::vector<std::int64_t>> load_labels(const std::filesystem::path& file, std::size_t samples) {
  PUDU_TRY_ASSIGN(const base::Array array, base::read_npy(file));
  std::optional<std::vector<std::int64_t>> labels = integers(array);
  if (!labels) {
    return invalid_input({.file = file.string(),
                          .where = "labels",
                          .found = "data type " + std::string(base::to_string(array.dtype)),
                          .allowed = "int64, int32, int8 or uint8 class numbers"});
  }
  if (labels->size() != samples) {
    return invalid_input({.file = file.string(),
                          .where = "labels",
                          .found = std::to_string(labels->size()) + " labels",
                          .allowed = "one for each of the " + std::to_string(samples) + " samples"});
  }
  return std::move(*labels);
}

std::int64_t top1(const base::Array& scores) {
  const std::vector<float> values = base::to_float32(scores);
  return std::max_element(values.begin(), values.end()) - values.begin();
}

std::size_t count_correct(const std::vector<std::vector<base::Array>>& outputs,
                          const std::vector<std::int64_t>& labels) {
  std::size_t correct = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (top1(outputs[i].front()) == labels[i]) ++correct;
  }
  return correct;
}

}  // namespace pudu::driver
