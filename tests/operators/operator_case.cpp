#include "operators/operator_case.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <span>
#include <stdexcept>

#include "base/files.hpp"
#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/compile.hpp"
#include "driver/frontends.hpp"
#include "driver/pte_artifact.hpp"
#include "driver/run.hpp"
#include "frontends/numpy/npz.hpp"
#include "ops/float_executor.hpp"

namespace pudu::testing {
namespace {

using Outputs = std::vector<std::vector<float>>;

std::size_t count_of(const Shape& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  return count;
}

using driver::InputLayout;

bool is_image(const base::Array& array) {
  return array.shape.size() == 4;
}

/// Images with their channels innermost, as the caller of a model with --input-layout nhwc has them.
template <class T>
base::Array arranged(const base::Array& array, InputLayout layout) {
  if (!is_image(array) || layout != InputLayout::Nhwc) return array;
  const auto channels = static_cast<std::size_t>(array.shape[1]);
  const auto pixels = static_cast<std::size_t>(array.shape[2] * array.shape[3]);
  const auto source = array.data<T>();
  std::vector<T> target(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::size_t image = i / (channels * pixels);
    target[(image * pixels + i % pixels) * channels + i / pixels % channels] = source[i];
  }
  return base::make_array({array.shape[0], array.shape[2], array.shape[3], array.shape[1]}, std::span<const T>(target));
}

/// A case's files.
struct CaseFiles {
  explicit CaseFiles(const OperatorCase& test) : folder(base::TempDirectory::create("pudu-operator").value()) {
    bool is_written = base::write_file(model(), aten_model(test.inputs, test.constants, test.calls)).ok();
    for (const InputLayout layout : {InputLayout::AsExported, InputLayout::Nhwc}) {
      frontends::NamedArrays arrays;
      for (std::size_t i = 0; i < test.inputs.size(); ++i) {
        arrays["in" + std::to_string(i)] = arranged<float>(test.inputs[i].data, layout);
      }
      is_written = is_written && frontends::write_npz(samples(layout), arrays).ok();
    }
    if (!is_written) throw std::runtime_error("a case's files cannot be written");
  }
  std::filesystem::path model() const { return folder.path() / "model.pt2"; }
  std::filesystem::path samples(InputLayout layout) const {
    return folder.path() / (layout == InputLayout::Nhwc ? "samples_nhwc.npz" : "samples.npz");
  }

  base::TempDirectory folder;
};

Outputs reference(const ir::Graph& graph, const std::vector<ops::Tensor>& inputs) {
  auto results = ops::FloatExecutor(graph).run(inputs);
  EXPECT_TRUE(results.ok()) << to_string(results.error());
  Outputs outputs;
  if (!results) return outputs;
  for (const ops::Tensor& tensor : *results) {
    const auto elements = tensor.data();
    outputs.emplace_back(elements.begin(), elements.end());
  }
  return outputs;
}

double sqnr_db(const std::vector<float>& reference, const std::vector<float>& actual) {
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double error = static_cast<double>(reference[i]) - static_cast<double>(actual[i]);
    signal += static_cast<double>(reference[i]) * static_cast<double>(reference[i]);
    noise += error * error;
  }
  if (noise == 0) return INFINITY;
  return 10.0 * std::log10(signal / noise);
}

std::vector<std::int8_t> quantized(const std::vector<float>& elements, const program::Buffer& buffer) {
  std::vector<std::int8_t> codes;
  for (const float element : elements) {
    const double code = std::nearbyint(static_cast<double>(element) / static_cast<double>(buffer.quantization->scale)) +
                        buffer.quantization->zero_point;
    codes.push_back(static_cast<std::int8_t>(std::clamp(code, -128.0, 127.0)));
  }
  return codes;
}

float dequantized(std::int8_t code, const program::Buffer& buffer) {
  return static_cast<float>(code - buffer.quantization->zero_point) * buffer.quantization->scale;
}

class CaseRunner {
 public:
  explicit CaseRunner(const OperatorCase& test) : test_(test), files_(test) {}

  void run() {
    if (!test_.refusal.empty()) return expect_refusal();
    auto graph = driver::read_model(files_.model(), std::nullopt);
    ASSERT_TRUE(graph.ok()) << to_string(graph.error());
    graph_ = std::move(graph).value();
    std::optional<driver::CompiledModel> model = compiled("cortex-m55");
    ASSERT_TRUE(model.has_value());
    const std::vector<base::Array> outputs = outputs_of(artifact_of(*model));
    compare(model->program, outputs);
    expect_same_from_pte(*model, outputs);
    for (const char* cpu : {"cortex-m4", "cortex-m0plus"}) expect_same(compiled(cpu), outputs, cpu);
    if (std::ranges::any_of(test_.inputs, [](const NamedTensor& input) { return is_image(input.data); })) {
      expect_same(compiled("cortex-m55", InputLayout::Nhwc), outputs, "images with channels innermost");
    }
  }

 private:
  driver::CompileOptions options(const std::string& cpu, InputLayout layout) const {
    driver::CompileOptions result;
    result.model = files_.model();
    result.calibration = {files_.samples(layout)};
    result.target = targets::make_target(cpu, "").value();
    result.input_layout = layout;
    return result;
  }

  std::optional<driver::CompiledModel> compiled(const std::string& cpu, InputLayout layout = InputLayout::AsExported) {
    auto model = driver::compile(options(cpu, layout), progress_);
    EXPECT_TRUE(model.ok()) << cpu << ": " << to_string(model.error());
    if (!model) return std::nullopt;
    EXPECT_TRUE(model->float_parts.empty());
    return std::move(model).value();
  }

  static driver::Artifact artifact_of(const driver::CompiledModel& model) { return {{}, model.program, model.memory}; }

  void expect_same(const std::optional<driver::CompiledModel>& model, const std::vector<base::Array>& outputs,
                   const char* of) {
    if (!model) return;
    const bool is_nhwc = !model->channels_last_inputs.empty();
    EXPECT_EQ(outputs_of(artifact_of(*model), is_nhwc ? InputLayout::Nhwc : InputLayout::AsExported), outputs) << of;
  }

  /// Every call has an operator of ExecuTorch or of Pudu's library, and the program's calls give the same bytes.
  void expect_same_from_pte(const driver::CompiledModel& model, const std::vector<base::Array>& outputs) {
    auto pte = driver::make_pte(model, emitters::PteOperators::Nhwc, progress_);
    ASSERT_TRUE(pte.ok()) << to_string(pte.error());
    EXPECT_EQ(outputs_of(artifact_of(pte->model)), outputs) << "ExecuTorch program";
  }

  void expect_refusal() {
    auto model = driver::compile(options("cortex-m55", InputLayout::AsExported), progress_);
    ASSERT_FALSE(model.ok()) << "compiled";
    std::string message;
    for (Diagnostic diagnostic : model.error().diagnostics) {
      diagnostic.file.clear();
      message += (message.empty() ? "" : "\n") + to_string(diagnostic);
    }
    EXPECT_EQ(message, test_.refusal);
  }

  /// The outputs of the inputs' codes.
  std::vector<base::Array> outputs_of(const driver::Artifact& artifact, InputLayout layout = InputLayout::AsExported) {
    std::vector<base::Array> sample;
    for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
      const std::vector<float> elements = base::to_float32(test_.inputs[i].data);
      const std::vector<std::int8_t> codes = quantized(elements, input_buffer(artifact.program, i));
      sample.push_back(arranged<std::int8_t>(base::make_array(test_.inputs[i].data.shape, codes), layout));
    }
    auto outcome = driver::run_on_host(artifact, {sample}, progress_);
    EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
    return outcome->outputs.front();
  }

  static const program::Buffer& input_buffer(const program::Program& program, std::size_t input) {
    return program.buffer(program.inputs[input].buffer);
  }

  /// The inputs as the model sees them when they have been quantized.
  std::vector<ops::Tensor> dequantized_inputs(const program::Program& program) const {
    std::vector<ops::Tensor> result;
    for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
      const program::Buffer& buffer = input_buffer(program, i);
      std::vector<float> elements = base::to_float32(test_.inputs[i].data);
      const std::vector<std::int8_t> codes = quantized(elements, buffer);
      for (std::size_t k = 0; k < codes.size(); ++k) elements[k] = dequantized(codes[k], buffer);
      result.emplace_back(test_.inputs[i].data.shape, std::move(elements));
    }
    return result;
  }

  void compare(const program::Program& program, const std::vector<base::Array>& raw) {
    std::vector<ops::Tensor> inputs;
    for (const NamedTensor& input : test_.inputs) {
      inputs.emplace_back(input.data.shape, base::to_float32(input.data));
    }
    const Outputs expected = reference(graph_, inputs);
    const Outputs exact = test_.most_codes ? reference(graph_, dequantized_inputs(program)) : Outputs(raw.size());
    ASSERT_EQ(expected.size(), raw.size());
    for (std::size_t port = 0; port < raw.size(); ++port) {
      const base::Array actual = driver::dequantized(raw[port], program.buffer(program.outputs[port].buffer));
      EXPECT_EQ(actual.shape, graph_.value(graph_.outputs[port]).type.shape);
      const std::vector<float> values = base::to_float32(actual);
      ASSERT_EQ(values.size(), expected[port].size());
      EXPECT_GE(sqnr_db(expected[port], values), test_.least_sqnr_db)
          << "output " << port << " is " << ::testing::PrintToString(values) << ", but in float "
          << ::testing::PrintToString(expected[port]);
      if (test_.most_codes) expect_codes(raw[port], exact[port], program.buffer(program.outputs[port].buffer));
    }
  }

  void expect_codes(const base::Array& actual, const std::vector<float>& exact, const program::Buffer& buffer) const {
    const std::vector<std::int8_t> expected = quantized(exact, buffer);
    const auto codes = actual.data<std::int8_t>();
    int farthest = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) farthest = std::max(farthest, std::abs(codes[i] - expected[i]));
    EXPECT_LE(farthest, *test_.most_codes) << ::testing::PrintToString(std::vector(codes.begin(), codes.end()))
                                           << ", but exactly " << ::testing::PrintToString(expected);
  }

  const OperatorCase& test_;
  CaseFiles files_;
  base::SilentProgress progress_;
  ir::Graph graph_;
};

}  // namespace

NamedTensor numbers(std::string name, Shape shape, const std::vector<float>& elements) {
  return {std::move(name), base::make_array(std::move(shape), elements)};
}

NamedTensor ramp(std::string name, Shape shape, float low, float high) {
  std::vector<float> elements(count_of(shape));
  const auto last = static_cast<float>(std::max<std::size_t>(elements.size() - 1, 1));
  for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = low + (high - low) * static_cast<float>(i) / last;
  return numbers(std::move(name), std::move(shape), elements);
}

NamedTensor uniform(std::string name, Shape shape, float low, float high) {
  std::mt19937 generator(static_cast<std::uint32_t>(count_of(shape)));
  for (const char letter : name) generator.discard(static_cast<unsigned char>(letter));
  std::vector<float> elements(count_of(shape));
  // Not uniform_real_distribution, whose numbers differ between libraries.
  for (float& element : elements) element = low + (high - low) * static_cast<float>(generator() >> 8) / 16777216.0F;
  return numbers(std::move(name), std::move(shape), elements);
}

NamedTensor filled(std::string name, Shape shape, float value) {
  const std::vector<float> elements(count_of(shape), value);
  return numbers(std::move(name), std::move(shape), elements);
}

NamedTensor integers(std::string name, Shape shape, std::vector<std::int64_t> elements) {
  const auto bytes = std::as_bytes(std::span(elements));
  return {std::move(name), {base::ArrayType::Int64, std::move(shape), {bytes.begin(), bytes.end()}}};
}

void run_case(const OperatorCase& test) {
  CaseRunner(test).run();
}

}  // namespace pudu::testing
