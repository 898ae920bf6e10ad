#include "driver/compile.hpp"

#include <fmt/format.h>

#include <random>

#include "driver/calibration_data.hpp"
#include "driver/dequantized_graph.hpp"
#include "driver/frontends.hpp"
#include "driver/input_layout.hpp"
#include "driver/intermediates.hpp"
#include "driver/pass_list.hpp"
#include "driver/place_memories.hpp"
#include "driver/plan_report.hpp"
#include "driver/ram_hint.hpp"
#include "driver/samples.hpp"
#include "driver/stage_clock.hpp"
#include "passes/pass_manager.hpp"
#include "schedule/make_schedule.hpp"

namespace pudu::driver {
namespace {

/// One sample of normal noise with a fixed seed: enough to size everything.
std::vector<quantizer::Sample> synthetic_calibration(const ir::Graph& graph) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  quantizer::Sample sample;
  for (const ir::ValueId input : graph.inputs) {
    const ir::Shape& shape = graph.value(input).type.shape;
    std::vector<float> data(static_cast<std::size_t>(ir::element_count(shape)));
    for (float& element : data) element = normal(generator);
    sample.emplace_back(shape, std::move(data));
  }
  return {std::move(sample)};
}

std::string in_bytes(std::size_t bytes) {
  return std::to_string(bytes) + " bytes";
}

}  // namespace

std::size_t constant_bytes(const program::Program& program) {
  std::size_t total = 0;
  for (const program::Buffer& buffer : program.buffers) {
    if (buffer.kind == program::BufferKind::Constant) total += buffer.bytes();
  }
  return total;
}

Status check_limits(const CompiledModel& model, std::optional<std::size_t> ram_bytes,
                    std::optional<std::size_t> flash_bytes) {
  Error error{ErrorKind::LimitExceeded, {}};
  const std::size_t state_bytes = model.memory.state_bytes;
  if (ram_bytes && model.memory.arena_bytes + state_bytes > *ram_bytes) {
    error.diagnostics.push_back({.where = peak_layer(model.program, model.memory),
                                 .found = "the arena needs " + in_bytes(model.memory.arena_bytes) +
                                          (state_bytes > 0 ? ", and the states " + in_bytes(state_bytes) : ""),
                                 .allowed = "--ram allows " + in_bytes(*ram_bytes),
                                 .hint = ram_hint(model, *ram_bytes)});
  }
  const std::size_t constants = constant_bytes(model.program);
  if (flash_bytes && constants > *flash_bytes) {
    error.diagnostics.push_back({.where = "weights",
                                 .found = "the constants alone need " + in_bytes(constants) + " of flash",
                                 .allowed = "--flash allows " + in_bytes(*flash_bytes),
                                 .hint = "--flash " + std::to_string(constants) + " is the least that fits"});
  }
  if (error.diagnostics.empty()) return {};
  return error;
}

Result<program::MemoryMap> plan_program(const program::Program& program, const PlanOptions& options) {
  return schedule::plan_layerwise(program, options.seconds);
}

namespace {

enum class ModelKind : std::uint8_t {
  Float,
  Adopted,    ///< float operators between quantize and dequantize nodes
  Quantized,  ///< int8 operators
};

ModelKind kind_of(const std::filesystem::path& file, bool is_quantized) {
  if (!is_quantized) return ModelKind::Float;
  return is_nhwc_model(file) ? ModelKind::Quantized : ModelKind::Adopted;
}

Status check_file_options(const CompileOptions& options) {
  if (options.input_layout == InputLayout::AsExported || !is_nhwc_model(options.model)) return {};
  return usage_error({.where = "--input-layout",
                      .found = "given for '" + options.model.filename().string() + "'",
                      .allowed = "models of .pt2 files: the inputs of this one lie as the file says"});
}

Status check_quantized_options(const CompileOptions& options) {
  const bool wants_int16 = !options.quantizer.int16.empty() || options.quantizer.int16_search.has_value();
  if (options.calibration.empty() && !wants_int16) return {};
  return usage_error({.where = options.calibration.empty() ? "--int16" : "--calibration",
                      .found = "given for '" + options.model.filename().string() + "', which is int8 already",
                      .allowed = "float models"});
}

Result<std::vector<quantizer::Sample>> calibration_samples(const ir::Graph& graph, const CompileOptions& options,
                                                           std::vector<std::string>& warnings) {
  if (options.calibration.empty()) return synthetic_calibration(graph);
  PUDU_TRY_ASSIGN(const TensorStream stream, TensorStream::open(graph, options.calibration));
  const std::size_t count = calibration_count(stream.count(), stream.sample_bytes());
  std::vector<quantizer::Sample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    // Samples of a model with states are one sequence: its beginning; of others, as many evenly spread ones.
    const std::size_t index = graph.states.empty() ? i * stream.count() / count : i;
    PUDU_TRY_ASSIGN(quantizer::Sample sample, stream.read(index));
    samples.push_back(std::move(sample));
  }
  warnings = check_calibration(graph, samples);
  if (count < stream.count()) {
    warnings.push_back(fmt::format(
        "calibration: {} of {} samples are used, {}: {} MiB of them are held in memory at once", count, stream.count(),
        graph.states.empty() ? "evenly spread" : "the first", most_calibration_bytes >> 20));
  }
  return samples;
}

passes::PassSelection selection_of(ModelKind kind, const CompileOptions& options,
                                   const std::optional<std::string>& last_pass) {
  passes::PassSelection selection{options.disabled_passes, last_pass};
  if (kind == ModelKind::Float && options.quantizer.bias_correction == quantizer::BiasCorrection::None &&
      options.quantizer.weight_rounding == quantizer::WeightRounding::Nearest) {
    selection.disabled.emplace_back("correct_biases");
  }
  return selection;
}

/// Writes the text after each pass, times it, shows progress.
class PassRecorder final : public passes::PassListener {
 public:
  PassRecorder(StageClock& clock, Intermediates& intermediates) : clock_(clock), intermediates_(intermediates) {}

  void begin(const passes::Pass& pass) override { clock_.begin(pass.name); }
  void end(const passes::Pass& pass, double seconds) override { clock_.end(pass.name, seconds); }
  Status after(const passes::Pass& pass, const passes::PassState& state) override {
    const std::string name(pass.name);
    return state.program ? intermediates_.write(name, *state.program) : intermediates_.write(name, state.graph);
  }

 private:
  StageClock& clock_;
  Intermediates& intermediates_;
};

/// One run of the list, as far as it is to go.
struct Compilation {
  Compilation() = default;
  Compilation(const Compilation&) = delete;  // `state` refers to `graph`
  Compilation& operator=(const Compilation&) = delete;

  ModelKind kind = ModelKind::Float;
  ir::Graph graph;
  passes::PassState state{.graph = graph};
  StageResults results;
  std::vector<StageTime> stages;
  std::vector<std::string> warnings;
};

std::vector<passes::Pass> list_for(ModelKind kind, const CompileOptions& options, StageResults& results,
                                   base::ProgressListener& progress) {
  switch (kind) {
    case ModelKind::Quantized:
      return quantized_pass_list(options.quantizer, options.optimize, options.plan, results);
    case ModelKind::Adopted:
      return adopted_pass_list(options.quantizer, options.optimize, options.plan, results);
    case ModelKind::Float:
      break;
  }
  return pass_list(options.quantizer, options.optimize, options.plan, results, progress);
}

Status run_stages(Compilation& compilation, const CompileOptions& options, const std::optional<std::string>& last_pass,
                  base::ProgressListener& progress) {
  PUDU_TRY(check_file_options(options));
  StageClock clock(compilation.stages, progress);
  Intermediates intermediates(options.intermediates);
  PUDU_TRY_ASSIGN(compilation.graph, clock.run("read", [&] { return read_model(options.model, options.batch); }));
  const ModelKind kind = compilation.kind = kind_of(options.model, is_quantized(compilation.graph));
  if (kind != ModelKind::Float) PUDU_TRY(check_quantized_options(options));
  const std::vector<passes::Pass> list = list_for(kind, options, compilation.results, progress);
  PUDU_TRY(passes::check_list(list));
  PUDU_TRY_ASSIGN(const std::vector<passes::Pass> selected,
                  passes::select_passes(list, selection_of(kind, options, last_pass)));
  set_input_layout(compilation.graph, options.input_layout);
  PUDU_TRY(intermediates.write("read", compilation.graph));

  compilation.state.target = options.target;
  compilation.state.calibration_source = [&](const ir::Graph& graph) {
    return calibration_samples(graph, options, compilation.warnings);
  };
  PassRecorder recorder(clock, intermediates);
  return passes::run_passes(selected, compilation.state, recorder);
}

Result<CompiledModel> compile_all(const CompileOptions& options, base::ProgressListener& progress) {
  Compilation compilation;
  PUDU_TRY(run_stages(compilation, options, std::nullopt, progress));
  CompiledModel model;
  model.program = std::move(*compilation.state.program);
  model.memory = std::move(compilation.results.memory);
  model.stages = std::move(compilation.stages);
  model.warnings = std::move(compilation.warnings);
  model.float_parts = std::move(compilation.results.float_parts);
  model.int16 = std::move(compilation.results.int16);
  model.dead_channels = std::move(compilation.results.dead_channels);
  model.reordering = compilation.results.reordering;
  model.channel_splits = std::move(compilation.results.channel_splits);
  model.planning_work = compilation.results.planning_work;
  model.model_file = options.model.filename().string();
  model.plan = options.plan;
  for (std::size_t i = 0; i < compilation.graph.inputs.size(); ++i) {
    const ir::Value& input = compilation.graph.value(compilation.graph.inputs[i]);
    if (input.type.layout == ir::Layout::ChannelsLast)
      model.channels_last_inputs.insert(model.program.inputs[i].buffer);
  }
  if (compilation.results.dialect_program) {
    model.dialect_program = std::move(compilation.results.dialect_program);
    model.choices = std::move(compilation.results.choices);
    model.optimize = options.optimize;
  }
  if (!options.memories.empty()) {
    PUDU_TRY_ASSIGN(model.memory, place_in_memories(model.program, model.memory, options.memories));
  }
  PUDU_TRY(check_limits(model, options.ram_bytes, options.flash_bytes));
  return model;
}

/// The file is the model's, but not for faults of the command line.
Error in_model_file(Error error, const CompileOptions& options) {
  return error.kind == ErrorKind::Usage ? std::move(error) : std::move(error).in_file(options.model.string());
}

}  // namespace

Result<CompiledModel> compile(const CompileOptions& options, base::ProgressListener& progress) {
  Result<CompiledModel> model = compile_all(options, progress);
  if (!model) return in_model_file(std::move(model).error(), options);
  return model;
}

Result<ComparableModel> compile_comparable(const CompileOptions& all_options, base::ProgressListener& progress) {
  CompileOptions options = all_options;
  options.quantizer.io = quantizer::IoType::Int8;
  options.plan = {.seconds = options.plan.seconds, .memory = MemoryMode::Layerwise};
  for (const char* pass : {"remove_dead_channels", "prepare"}) options.disabled_passes.emplace_back(pass);
  Compilation compilation;
  Status status = run_stages(compilation, options, std::nullopt, progress);
  if (!status) return in_model_file(std::move(status).error(), options);
  ComparableModel model{std::move(*compilation.state.program),
                        std::move(compilation.results.memory),
                        std::move(compilation.results.float_graph),
                        std::move(compilation.results.places),
                        std::move(compilation.warnings),
                        std::move(compilation.results.int16)};
  if (compilation.kind == ModelKind::Float) return model;
  Result<ir::Graph> numbers = dequantized(compilation.graph);
  if (!numbers) return in_model_file(std::move(numbers).error(), options);
  model.float_graph = std::move(numbers).value();
  model.reference = Reference::OwnNumbers;
  for (const ir::ValueId input : compilation.graph.inputs) {
    model.input_codes.push_back(compilation.graph.value(input).quant);
  }
  return model;
}

Result<StoppedModel> compile_until(const CompileOptions& options, const std::string& last_pass,
                                   base::ProgressListener& progress) {
  Compilation compilation;
  Status status = run_stages(compilation, options, last_pass, progress);
  if (!status) return in_model_file(std::move(status).error(), options);
  const std::optional<program::Program>& program = compilation.state.program;
  return StoppedModel{.form = program ? "program" : "graph",
                      .text = program ? program::print(*program).text : ir::print(compilation.graph).text,
                      .stages = std::move(compilation.stages)};
}

Result<std::vector<passes::Pass>> selected_passes(const CompileOptions& options,
                                                  const std::optional<std::string>& last_pass) {
  StageResults results;
  base::SilentProgress progress;
  bool quantized = false;
  if (!options.model.empty()) {
    PUDU_TRY_ASSIGN(quantized, is_quantized_model(options.model));
  }
  const ModelKind kind = kind_of(options.model, quantized);
  PUDU_TRY_ASSIGN(std::vector<passes::Pass> selected, passes::select_passes(list_for(kind, options, results, progress),
                                                                            selection_of(kind, options, last_pass)));
  for (passes::Pass& pass : selected) pass.run = nullptr;  // it refers to what ends here
  return selected;
}

}  // namespace pudu::driver
