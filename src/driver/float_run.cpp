#include "driver/float_run.hpp"

#include <mutex>
#include <optional>

#include "base/parallel.hpp"
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

Result<SampleStream> open_float_samples(const ir::Graph& graph, const std::vector<std::filesystem::path>& files) {
  std::vector<PortShape> ports;
  for (const ir::ValueId input : graph.inputs)
    ports.push_back({graph.value(input).name, graph.value(input).type.shape, content_of(graph.value(input))});
  return SampleStream::open(files, ports);
}

namespace {

Result<RunOutcome> run_queue(const ir::Graph& graph, SampleQueue& queue, base::ProgressListener& progress,
                             SampleStates between) {
  const ops::FloatExecutor executor(graph);
  RunOutcome outcome;
  outcome.outputs.resize(queue.count());
  std::mutex mutex;
  std::size_t done = 0;
  Status status;
  const auto work = [&]() -> Status {
    std::vector<ops::Tensor> states = executor.initial_states();
    for (;;) {
      PUDU_TRY_ASSIGN(const std::optional<SampleQueue::Item> item, queue.next());
      if (!item) return {};
      if (between == SampleStates::Reset) states = executor.initial_states();
      PUDU_TRY_ASSIGN(outcome.outputs[item->index], run_sample(executor, item->sample, states));
      const std::lock_guard lock(mutex);
      progress.advance(++done, queue.count());
    }
  };
  progress.begin("run the float network");
  const bool is_sequence = between == SampleStates::Kept && !graph.states.empty();
  base::parallel_for(is_sequence ? 1 : base::worker_count(queue.count()), [&](std::size_t) {
    Status worked = work();
    if (worked) return;
    const std::lock_guard lock(mutex);
    if (status) status = std::move(worked);
    queue.stop();
  });
  progress.end();
  PUDU_TRY(std::move(status));
  return outcome;
}

}  // namespace

Result<RunOutcome> run_float(const ir::Graph& graph, const SampleStream& samples, base::ProgressListener& progress,
                             SampleStates between) {
  SampleQueue queue(samples);
  return run_queue(graph, queue, progress, between);
}

Result<RunOutcome> run_float(const ir::Graph& graph, const Samples& samples, base::ProgressListener& progress,
                             SampleStates between) {
  SampleQueue queue(samples);
  return run_queue(graph, queue, progress, between);
}

}  // namespace pudu::driver
