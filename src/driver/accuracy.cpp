#include "driver/accuracy.hpp"

#include <algorithm>

namespace pudu::driver {

Result<std::vector<std::int64_t>> load_labels(const std::filesystem::path& file, std::size_t samples) {
  PUDU_TRY_ASSIGN(const base::Array array, base::read_npy(file));
  const bool is_integer = array.dtype == base::ArrayType::Int64 || array.dtype == base::ArrayType::Int32 ||
                          array.dtype == base::ArrayType::UInt8 || array.dtype == base::ArrayType::Int8;
  if (!is_integer) {
    return invalid_input({.file = file.string(),
                          .where = "labels",
                          .found = "data type " + std::string(base::to_string(array.dtype)),
                          .allowed = "int64, int32, int8 or uint8 class numbers"});
  }
  if (array.elements() != static_cast<std::int64_t>(samples)) {
    return invalid_input({.file = file.string(),
                          .where = "labels",
                          .found = std::to_string(array.elements()) + " labels",
                          .allowed = "one for each of the " + std::to_string(samples) + " samples"});
  }
  std::vector<std::int64_t> labels;
  // Class numbers are small: floats hold them exactly.
  for (const float label : base::to_float32(array)) labels.push_back(static_cast<std::int64_t>(label));
  return labels;
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
