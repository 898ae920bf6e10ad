#include "support/mlperf_tiny.hpp"

#include <stdexcept>

#include "base/files.hpp"

namespace pudu::testing {
namespace {

constexpr int sample_count = 2;

base::Array read_codes(const std::string& file, const ir::Shape& shape) {
  auto bytes = base::read_file(test_data("mlperf_tiny/" + file));
  if (!bytes) throw std::runtime_error(to_string(bytes.error()));
  base::Array array{base::ArrayType::Int8, shape, std::move(*bytes)};
  if (static_cast<std::size_t>(array.elements()) != array.bytes.size())
    throw std::runtime_error(file + " has another size");
  return array;
}

}  // namespace

const std::vector<std::string>& mlperf_tiny_networks() {
  static const std::vector<std::string> names = {"kws", "ic", "vww", "ad", "sww"};
  return names;
}

ModelFiles mlperf_tiny_files(const std::string& name) {
  return {name, test_data("mlperf_tiny/" + name + ".tflite"), {}, {}, {}};
}

driver::Samples mlperf_tiny_inputs(const std::string& name, const program::Program& program) {
  driver::Samples samples;
  for (int i = 0; i < sample_count; ++i) {
    samples.push_back({read_codes(name + "_in" + std::to_string(i) + ".bin", program.inputs.front().shape)});
  }
  return samples;
}

std::vector<std::vector<base::Array>> mlperf_tiny_outputs(const std::string& name, const program::Program& program) {
  std::vector<std::vector<base::Array>> outputs;
  for (int i = 0; i < sample_count; ++i) {
    outputs.push_back({read_codes(name + "_out" + std::to_string(i) + ".bin", program.outputs.front().shape)});
  }
  return outputs;
}

}  // namespace pudu::testing
