#include "driver/float_run.hpp"

#include "ops/float_executor.hpp"

namespace pudu::driver {
namespace {

Result<std::vector<base::Array>> run_sample(const ops::FloatExecutor& executor, const std::vector<base::Array>& sample,
                                            std::vector<ops::Tensor>& states) {
  std::vector<ops::Tensor> inputs;
  for (const base::Array& array : sample) inputs.emplace_back(array.shape, base::to_float32(array));
  PUDU_TRY_ASSIGN(const std::vector<ops::Tensor> outputs, executor.run_next(inputs, states));
  std::vector<base::Array> arrays;
  for (const ops::Tensor& output : outputs) arrays.push_back(base::make_array(output.shape(), output.data()));
  return arrays;
}

}  // namespace

Result<Samples> load_float_samples(const ir::Graph& graph, const std::vector<std::filesystem::path>& files) {
  std::vector<PortShape> ports;
  for (const ir::ValueId input : graph.inputs)
    ports.push_back({graph.value(input).name, graph.value(input).type.shape, content_of(graph.value(input))});
  return load_samples(files, ports, SampleTypes::Float);
}

Result<RunOutcome> run_float(const ir::Graph& graph, const Samples& samples, base::ProgressListener& progress,
                             SampleStates between) {
  const ops::FloatExecutor executor(graph);
  std::vector<ops::Tensor> states = executor.initial_states();
  RunOutcome outcome;
  progress.begin("run the float network");
  for (const std::vector<base::Array>& sample : samples) {
    if (between == SampleStates::Reset) states = executor.initial_states();
    PUDU_TRY_ASSIGN(std::vector<base::Array> outputs, run_sample(executor, sample, states));
    outcome.outputs.push_back(std::move(outputs));
    progress.advance(outcome.outputs.size(), samples.size());
  }
  progress.end();
  return outcome;
}

}  // namespace pudu::driver
