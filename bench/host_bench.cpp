// Times the compiler on the host: whole compilations with their stages, the reader alone, and the planner on its corpus
// of problems. Figures of one machine; compare them within one run.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/progress.hpp"
#include "driver/compile.hpp"
#include "driver/frontends.hpp"
#include "planner/corpus.hpp"
#include "planner/plan.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;

fs::path model_file(const std::string& file) {
  return fs::path(PUDU_SOURCE_DIR) / "tests" / "data" / "models" / file;
}

constexpr const char* networks[] = {"ds_cnn", "resnet8", "mobilenet_v1_025", "deep_autoencoder"};

/// Wall time of a compilation, without writing files; a counter for each stage gives its mean, in seconds.
void compile_network(benchmark::State& state, const std::string& name) {
  driver::CompileOptions options;
  options.model = model_file(name + ".pt2");
  options.calibration = {model_file(name + ".calib0.npy")};
  Result<targets::TargetConfig> target = targets::make_target("cortex-m55", "");
  if (!target) {
    state.SkipWithError(to_string(target.error()).c_str());
    return;
  }
  options.target = *target;
  base::SilentProgress progress;
  while (state.KeepRunning()) {
    const Result<driver::CompiledModel> model = driver::compile(options, progress);
    if (!model) {
      state.SkipWithError(to_string(model.error()).c_str());
      return;
    }
    for (const driver::StageTime& stage : model->stages) state.counters[stage.name] += stage.seconds;
  }
  for (auto& [stage, counter] : state.counters) counter.flags = benchmark::Counter::kAvgIterations;
}

void read_network(benchmark::State& state, const std::string& name) {
  const fs::path file = model_file(name + ".pt2");
  while (state.KeepRunning()) {
    Result<ir::Graph> graph = driver::read_model(file, {});
    if (!graph) {
      state.SkipWithError(to_string(graph.error()).c_str());
      return;
    }
    benchmark::DoNotOptimize(graph);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(fs::file_size(file)));
}

/// The counter `over_bound` is the arena over the liveness lower bound: 1 cannot be beaten.
void plan_problem(benchmark::State& state, const fs::path& file) {
  const Result<std::vector<std::byte>> bytes = base::read_file(file);
  if (!bytes) {
    state.SkipWithError(to_string(bytes.error()).c_str());
    return;
  }
  const Result<planner::CorpusEntry> entry =
      planner::parse_corpus_entry({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!entry) {
    state.SkipWithError(to_string(entry.error()).c_str());
    return;
  }
  planner::MemoryPlan plan;
  while (state.KeepRunning()) {
    plan = planner::plan_memory(entry->problem);
    benchmark::DoNotOptimize(plan);
  }
  state.counters["buffers"] = static_cast<double>(entry->problem.buffers.size());
  state.counters["over_bound"] = static_cast<double>(plan.arena_bytes) / static_cast<double>(plan.lower_bound_bytes);
}

void register_benchmarks() {
  for (const std::string name : networks) {
    benchmark::RegisterBenchmark(("compile/" + name).c_str(), compile_network, name)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("read/" + name).c_str(), read_network, name)->Unit(benchmark::kMillisecond);
  }
  const fs::path corpus = fs::path(PUDU_SOURCE_DIR) / "src" / "planner" / "corpus";
  std::vector<fs::path> problems;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(corpus, error)) {
    if (entry.path().extension() == ".txt") problems.push_back(entry.path());
  }
  std::sort(problems.begin(), problems.end());
  for (const fs::path& problem : problems) {
    benchmark::RegisterBenchmark(("plan/" + problem.stem().string()).c_str(), plan_problem, problem)
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace
}  // namespace pudu

int main(int argc, char** argv) {
  pudu::register_benchmarks();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
