// .tflite models that keep state: over several runs Pudu gives the bytes of LiteRT's interpreter, on the host and on
// emulated cores, and reset() gives those of the first run again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/artifact.hpp"
#include "driver/compile.hpp"
#include "driver/run.hpp"
#include "simulator/simulator.hpp"
#include "tflite/case_builder.hpp"
#include "tflite/litert.hpp"

namespace pudu::testing {
namespace {

using Bytes = std::vector<std::byte>;
using ::testing::HasSubstr;

constexpr std::size_t runs = 5;
constexpr std::uint32_t cases_of_kind = 50;

// Codes of built-in operators.
constexpr std::int32_t add = 0, concatenation = 2, svdf = 27, strided_slice = 45, sequence_lstm = 44, call_once = 129,
                       var_handle = 142, read_variable = 143, assign_variable = 144;
// Codes of activation functions.
constexpr std::int8_t relu = 1, tanh = 4;

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
Bytes random_constant(Random& random, std::int32_t count, std::int32_t low, std::int32_t high) {
  std::vector<T> values(static_cast<std::size_t>(count));
  std::generate(values.begin(), values.end(), [&] { return static_cast<T>(random.integer(low, high)); });
  return bytes_of(values);
}

Quantization one_scale(float scale, std::int64_t zero_point = 0) {
  return {{scale}, zero_point};
}

/// Inputs of every run.
void add_inputs(Case& entry, Random& random, std::int32_t elements) {
  for (std::size_t run = 0; run < runs; ++run) {
    entry.inputs.push_back(random_constant<std::int8_t>(random, elements, -128, 127));
  }
}

struct SvdfSizes {
  std::int32_t batches, features, units, rank, memory;
};

/// Appends the layer; returns its result.
TensorIndex add_svdf(ModelBuilder& model, Random& random, TensorIndex input, float input_scale, const SvdfSizes& s,
                     const Quantization& output) {
  const std::int32_t filters = s.units * s.rank;
  const float feature_scale = random.scale(0.002F, 0.02F);
  const float time_scale = random.scale(0.0002F, 0.002F);
  const float state_scale = input_scale * random.scale(0.005F, 0.2F);
  const TensorIndex features = model.add({{filters, s.features},
                                          TensorCode::Int8,
                                          one_scale(feature_scale),
                                          random_constant<std::int8_t>(random, filters * s.features, -127, 127)});
  const TensorIndex times = model.add({{filters, s.memory},
                                       TensorCode::Int16,
                                       one_scale(time_scale),
                                       random_constant<std::int16_t>(random, filters * s.memory, -32767, 32767)});
  TensorIndex bias = -1;
  if (random.chance(70)) {
    bias = model.add({{s.units},
                      TensorCode::Int32,
                      one_scale(state_scale * time_scale),
                      random_constant<std::int32_t>(random, s.units, -1000000, 1000000)});
  }
  const TensorIndex state =
      model.add({{s.batches, filters * s.memory}, TensorCode::Int16, one_scale(state_scale), {}, true});
  const TensorIndex result = model.add({{s.batches, s.units}, TensorCode::Int8, output, {}});
  wire::SVDFOptionsT options;
  options.rank = s.rank;
  options.fused_activation_function = relu;
  model.add_operator(svdf, 3, {input, features, times, bias, state}, {result}, options);
  return result;
}

Case svdf_case(Random& random) {
  ModelBuilder model;
  const SvdfSizes sizes{random.integer(1, 3), random.integer(1, 20), random.integer(1, 8), random.integer(1, 3),
                        random.integer(1, 8)};
  const float scale = random.scale(0.01F, 0.1F);
  const TensorIndex input = model.add_input(
      {{sizes.batches, sizes.features}, TensorCode::Int8, one_scale(scale, random.integer(-128, 127)), {}});
  const TensorIndex output =
      add_svdf(model, random, input, scale, sizes, one_scale(random.scale(0.01F, 0.3F), random.integer(-128, 127)));
  Case entry;
  add_inputs(entry, random, sizes.batches * sizes.features);
  entry.model = model.finish({output});
  return entry;
}

enum class Layout : std::uint8_t { TimeMajor, BatchMajor };

struct LstmSizes {
  std::int32_t steps, batches, features, units;
};

/// Appends the layer; returns its result.
TensorIndex add_lstm(ModelBuilder& model, Random& random, TensorIndex input, float input_scale, const LstmSizes& s,
                     Layout layout, const Quantization& output) {
  std::vector<TensorIndex> operands(24, -1);
  operands[0] = input;
  for (std::size_t gate = 0; gate < 4; ++gate) {
    const float scale = random.scale(0.002F, 0.03F);
    operands[1 + gate] = model.add({{s.units, s.features},
                                    TensorCode::Int8,
                                    one_scale(scale),
                                    random_constant<std::int8_t>(random, s.units * s.features, -127, 127)});
    operands[5 + gate] = model.add({{s.units, s.units},
                                    TensorCode::Int8,
                                    one_scale(random.scale(0.002F, 0.03F)),
                                    random_constant<std::int8_t>(random, s.units * s.units, -127, 127)});
    operands[12 + gate] = model.add({{s.units},
                                     TensorCode::Int32,
                                     one_scale(scale * input_scale),
                                     random_constant<std::int32_t>(random, s.units, -20000, 20000)});
  }
  const float cell_scale = std::ldexp(1.0F, -random.integer(9, 15));
  operands[18] = model.add({{s.batches, s.units}, TensorCode::Int8, output, {}, true});
  operands[19] = model.add({{s.batches, s.units}, TensorCode::Int16, one_scale(cell_scale), {}, true});
  std::vector<TensorIndex> intermediates;
  for (int i = 0; i < 4; ++i) {
    intermediates.push_back(model.add({{0}, TensorCode::Int16, one_scale(1.0F / 4096), {}}));
  }
  intermediates.push_back(model.add({{0}, TensorCode::Int8, output, {}}));
  const bool is_time_major = layout == Layout::TimeMajor;
  const TensorIndex result =
      model.add({is_time_major ? std::vector{s.steps, s.batches, s.units} : std::vector{s.batches, s.steps, s.units},
                 TensorCode::Int8,
                 output,
                 {}});
  wire::UnidirectionalSequenceLSTMOptionsT options;
  options.fused_activation_function = tanh;
  options.time_major = is_time_major;
  options.cell_clip = random.chance(50) ? 0.0F : random.real(0.1F, 2.0F);
  model.add_operator(sequence_lstm, 3, operands, {result}, options);
  model.set_intermediates(intermediates);
  return result;
}

Case lstm_case(Random& random) {
  ModelBuilder model;
  const LstmSizes s{random.integer(1, 6), random.integer(1, 3), random.integer(1, 12), random.integer(1, 12)};
  const Layout layout = random.chance(50) ? Layout::TimeMajor : Layout::BatchMajor;
  const float scale = random.scale(0.005F, 0.05F);
  const std::vector<std::int32_t> shape = layout == Layout::TimeMajor ? std::vector{s.steps, s.batches, s.features}
                                                                      : std::vector{s.batches, s.steps, s.features};
  const TensorIndex input = model.add_input({shape, TensorCode::Int8, one_scale(scale, random.integer(-128, 127)), {}});
  const TensorIndex output = add_lstm(model, random, input, scale, s, layout,
                                      one_scale(random.scale(0.003F, 0.012F), random.integer(-60, 60)));
  Case entry;
  add_inputs(entry, random, s.steps * s.batches * s.features);
  entry.model = model.finish({output});
  return entry;
}

/// VAR_HANDLE in the present subgraph.
TensorIndex add_handle(ModelBuilder& model, const std::string& name) {
  const TensorIndex resource = model.add({{1}, TensorCode::Resource, {}, {}});
  wire::VarHandleOptionsT options;
  options.shared_name = name;
  model.add_operator(var_handle, 1, {}, {resource}, options);
  return resource;
}

/// The last rows of `window` [rows, width], without its first one.
TensorIndex add_later_rows(ModelBuilder& model, TensorIndex window, std::int32_t rows, std::int32_t width,
                           const Quantization& quantization) {
  const auto pair = [&](std::int32_t a, std::int32_t b) {
    return model.add({{2}, TensorCode::Int32, {}, bytes_of(std::vector<std::int32_t>{a, b})});
  };
  const TensorIndex result = model.add({{rows - 1, width}, TensorCode::Int8, quantization, {}});
  model.add_operator(strided_slice, 1, {window, pair(1, 0), pair(rows, width), pair(1, 1)}, {result},
                     wire::StridedSliceOptionsT{});
  return result;
}

/// The subgraph that CALL_ONCE runs: gives the variable its first value.
void add_initialization(ModelBuilder& model, const std::string& name, const TensorSpec& value) {
  model.begin_subgraph();
  const TensorIndex resource = add_handle(model, name);
  model.add_operator(assign_variable, 1, {resource, model.add(value)}, {});
}

/// A streaming window: history' = (history, x) without its oldest row; returns the window and what `then` makes of it.
Case window_case(Random& random) {
  ModelBuilder model;
  const std::int32_t rows = random.integer(2, 5);
  const std::int32_t width = random.integer(1, 8);
  const Quantization quantization = one_scale(random.scale(0.01F, 0.1F), random.integer(-128, 127));
  const TensorIndex input = model.add_input({{1, width}, TensorCode::Int8, quantization, {}});
  wire::CallOnceOptionsT once;
  once.init_subgraph_index = 1;
  model.add_operator(call_once, 1, {}, {}, once);
  const TensorIndex resource = add_handle(model, "history");
  const TensorIndex history = model.add({{rows - 1, width}, TensorCode::Int8, quantization, {}});
  model.add_operator(read_variable, 1, {resource}, {history});
  const TensorIndex window = model.add({{rows, width}, TensorCode::Int8, quantization, {}});
  model.add_operator(concatenation, 2, {history, input}, {window}, wire::ConcatenationOptionsT{});
  const TensorIndex later = add_later_rows(model, window, rows, width, quantization);
  model.add_operator(assign_variable, 1, {resource, later}, {});
  // Behind the assignment: what it has left.
  const TensorIndex again = model.add({{rows - 1, width}, TensorCode::Int8, quantization, {}});
  model.add_operator(read_variable, 1, {resource}, {again});
  const TensorIndex sum = model.add(
      {{rows - 1, width}, TensorCode::Int8, one_scale(random.scale(0.01F, 0.1F), random.integer(-128, 127)), {}});
  model.add_operator(add, 2, {history, again}, {sum}, wire::AddOptionsT{});
  add_initialization(model, "history",
                     {{rows - 1, width},
                      TensorCode::Int8,
                      quantization,
                      random_constant<std::int8_t>(random, (rows - 1) * width, -128, 127)});
  Case entry;
  add_inputs(entry, random, width);
  entry.model = model.finish({window, sum});
  return entry;
}

Result<driver::CompiledModel> compile(const std::filesystem::path& folder, const Bytes& file, const char* cpu) {
  PUDU_TRY(base::write_file(folder / "model.tflite", file));
  driver::CompileOptions options;
  options.model = folder / "model.tflite";
  PUDU_TRY_ASSIGN(options.target, targets::make_target(cpu, ""));
  base::SilentProgress progress;
  return driver::compile(options, progress);
}

/// All outputs of all runs.
Result<std::vector<Bytes>> simulate(simulator::Simulator& simulator, const std::vector<Bytes>& inputs) {
  std::vector<Bytes> outputs;
  for (const Bytes& input : inputs) {
    PUDU_TRY_ASSIGN(std::vector<Bytes> of_run, simulator.run({&input, 1}));
    std::move(of_run.begin(), of_run.end(), std::back_inserter(outputs));
  }
  return outputs;
}

void expect_equal(Case (*make)(Random&), std::uint32_t seed) {
  std::vector<Case> cases;
  for (std::uint32_t i = 0; i < cases_of_kind; ++i) {
    Random random(seed + i);
    cases.push_back(make(random));
  }
  const auto answers = ask_litert(cases);
  ASSERT_TRUE(answers) << to_string(answers.error());
  const auto folder = base::TempDirectory::create("pudu-states");
  ASSERT_TRUE(folder);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    ASSERT_EQ((*answers)[i].error, "");
    const auto model = compile(folder->path(), cases[i].model, "any");
    ASSERT_TRUE(model) << to_string(model.error());
    auto simulator = simulator::Simulator::create(model->program, model->memory, simulator::FreeMemory::Poisoned);
    ASSERT_TRUE(simulator) << to_string(simulator.error());
    const auto outputs = simulate(*simulator, cases[i].inputs);
    ASSERT_TRUE(outputs) << to_string(outputs.error());
    ASSERT_EQ(*outputs, (*answers)[i].outputs);
    simulator->reset();
    ASSERT_EQ(simulate(*simulator, cases[i].inputs).value(), (*answers)[i].outputs);
  }
}

TEST(States, SvdfHasTheBytesOfLiteRt) {
  expect_equal(svdf_case, 1000);
}

TEST(States, SequenceLstmHasTheBytesOfLiteRt) {
  expect_equal(lstm_case, 2000);
}

TEST(States, VariablesHaveTheBytesOfLiteRt) {
  expect_equal(window_case, 3000);
}

/// SVDF, then an LSTM over one step, and a window of the last inputs: every kind of state in one model.
Case streaming_case(Random& random) {
  ModelBuilder model;
  constexpr float scale = 0.03F;
  const Quantization quantization = one_scale(scale, -7);
  const TensorIndex input = model.add_input({{1, 6}, TensorCode::Int8, quantization, {}});
  wire::CallOnceOptionsT once;
  once.init_subgraph_index = 1;
  model.add_operator(call_once, 1, {}, {}, once);
  const Quantization middle = one_scale(0.05F, 3);
  const TensorIndex filtered = add_svdf(model, random, input, scale, {1, 6, 8, 2, 5}, middle);
  const TensorIndex shape = model.add({{3}, TensorCode::Int32, {}, bytes_of(std::vector<std::int32_t>{1, 1, 8})});
  const TensorIndex sequence = model.add({{1, 1, 8}, TensorCode::Int8, middle, {}});
  model.add_operator(static_cast<std::int32_t>(Builtin::Reshape), 1, {filtered, shape}, {sequence},
                     wire::ReshapeOptionsT{});
  const TensorIndex recurrent =
      add_lstm(model, random, sequence, 0.05F, {1, 1, 8, 9}, Layout::TimeMajor, one_scale(0.008F, 5));
  const TensorIndex resource = add_handle(model, "last");
  const TensorIndex last = model.add({{1, 6}, TensorCode::Int8, quantization, {}});
  model.add_operator(read_variable, 1, {resource}, {last});
  model.add_operator(assign_variable, 1, {resource, input}, {});
  const TensorIndex sum = model.add({{1, 6}, TensorCode::Int8, one_scale(0.06F), {}});
  model.add_operator(add, 2, {last, input}, {sum}, wire::AddOptionsT{});
  add_initialization(model, "last",
                     {{1, 6}, TensorCode::Int8, quantization, random_constant<std::int8_t>(random, 6, -128, 127)});
  Case entry;
  add_inputs(entry, random, 6);
  entry.model = model.finish({recurrent, sum});
  return entry;
}

std::vector<Bytes> flattened(const driver::RunOutcome& outcome) {
  std::vector<Bytes> outputs;
  for (const std::vector<base::Array>& sample : outcome.outputs) {
    for (const base::Array& output : sample) outputs.push_back(output.bytes);
  }
  return outputs;
}

TEST(States, EmulatedCoresKeepThemFromRunToRun) {
  Random random(4000);
  const Case entry = streaming_case(random);
  const auto answers = ask_litert({&entry, 1});
  ASSERT_TRUE(answers) << to_string(answers.error());
  ASSERT_EQ(answers->front().error, "");
  for (const char* cpu : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    SCOPED_TRACE(cpu);
    const auto folder = base::TempDirectory::create("pudu-states");
    ASSERT_TRUE(folder);
    auto model = compile(folder->path(), entry.model, cpu);
    ASSERT_TRUE(model) << to_string(model.error());
    // 80 numbers of 16 bits, 9 codes and 9 cells, 6 codes, each at a multiple of 16.
    EXPECT_EQ(model->memory.state_bytes, 160U + 16U + 32U + 6U);
    base::SilentProgress progress;
    const auto report = driver::emit(*model, folder->path() / "out", progress);
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(report->persistent_bytes, model->memory.state_bytes);
    const auto artifact = driver::read_artifact(folder->path() / "out");
    ASSERT_TRUE(artifact) << to_string(artifact.error());
    driver::Samples samples;
    for (const Bytes& input : entry.inputs) samples.push_back({{base::ArrayType::Int8, {1, 6}, input}});

    const auto kept = driver::run_on_board(*artifact, samples, {.work_dir = folder->path() / "work"}, progress);
    ASSERT_TRUE(kept) << to_string(kept.error());
    EXPECT_EQ(flattened(*kept), answers->front().outputs);
    const auto on_host = driver::run_on_host(*artifact, samples, progress);
    ASSERT_TRUE(on_host) << to_string(on_host.error());
    EXPECT_EQ(flattened(*on_host), answers->front().outputs);

    // Each sample as the first one: all equal to the first when the inputs are.
    const driver::Samples equal(3, samples.front());
    const auto reset = driver::run_on_board(
        *artifact, equal, {.work_dir = folder->path() / "work", .states = driver::SampleStates::Reset}, progress);
    ASSERT_TRUE(reset) << to_string(reset.error());
    for (const auto& outputs : reset->outputs) {
      EXPECT_EQ(outputs[0].bytes, answers->front().outputs[0]);
      EXPECT_EQ(outputs[1].bytes, answers->front().outputs[1]);
    }
  }
}

// ---- refusals

std::string refusal(const Bytes& file) {
  const auto folder = base::TempDirectory::create("pudu-states");
  const auto model = compile(folder->path(), file, "cortex-m4");
  return model ? std::string("ok") : to_string(model.error());
}

TEST(States, UnusableVariablesAreNamed) {
  const Quantization quantization = one_scale(0.1F);
  {
    ModelBuilder model;
    const TensorIndex x = model.add_input({{1, 4}, TensorCode::Int8, quantization, {}});
    const TensorIndex resource = add_handle(model, "v");
    const TensorIndex read = model.add({{1, 4}, TensorCode::Int8, quantization, {}});
    model.add_operator(read_variable, 1, {resource}, {read});
    const TensorIndex sum = model.add({{1, 4}, TensorCode::Int8, one_scale(0.2F), {}});
    model.add_operator(add, 2, {read, x}, {sum}, wire::AddOptionsT{});
    model.add_operator(assign_variable, 1, {resource, sum}, {});
    EXPECT_THAT(refusal(model.finish({sum})), HasSubstr("operator 3 (ASSIGN_VARIABLE): variable 'v' gets a value of "
                                                        "shape [1, 4] and perhaps another type, scale or zero point"));
  }
  {
    ModelBuilder model;
    const TensorIndex x = model.add_input({{1, 4}, TensorCode::Int8, quantization, {}});
    const TensorIndex read = model.add({{1, 4}, TensorCode::Int8, quantization, {}});
    model.add_operator(read_variable, 1, {x}, {read});
    EXPECT_THAT(refusal(model.finish({read})),
                HasSubstr("operator 0 (READ_VARIABLE): operand 0, tensor 'tensor0', is no "
                          "variable; the result of VAR_HANDLE"));
  }
  {
    ModelBuilder model;
    const TensorIndex x = model.add_input({{1, 4}, TensorCode::Int8, quantization, {}});
    wire::CallOnceOptionsT once;
    once.init_subgraph_index = 7;
    model.add_operator(call_once, 1, {}, {}, once);
    EXPECT_THAT(refusal(model.finish({x})), HasSubstr("operator 0 (CALL_ONCE): subgraph 7 to call once"));
  }
}

TEST(States, UnsupportedLayersAreNamed) {
  Random random(5000);
  ModelBuilder model;
  const TensorIndex input = model.add_input({{1, 1, 3}, TensorCode::Int8, one_scale(0.1F), {}});
  std::vector<TensorIndex> operands(24, -1);
  operands[0] = input;
  operands[9] = operands[10] = operands[11] = input;
  operands[18] = model.add({{1, 2}, TensorCode::Int8, one_scale(0.01F), {}, true});
  operands[19] = model.add({{1, 2}, TensorCode::Int16, one_scale(1.0F / 2048), {}, true});
  const TensorIndex result = model.add({{1, 1, 2}, TensorCode::Int8, one_scale(0.01F), {}});
  model.add_operator(sequence_lstm, 3, operands, {result}, wire::UnidirectionalSequenceLSTMOptionsT{});
  EXPECT_THAT(refusal(model.finish({result})), HasSubstr("an LSTM with peephole weights (operand 9); an LSTM without"));
}

}  // namespace
}  // namespace pudu::testing
