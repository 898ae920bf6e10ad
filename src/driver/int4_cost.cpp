#include "driver/int4_cost.hpp"

#include <algorithm>

#include "driver/comparison.hpp"
#include "quantizer/int4.hpp"

namespace pudu::driver {
namespace {

/// Enough to tell half a decibel.
constexpr std::size_t most_samples = 16;

void add_layers(const ir::Graph& graph, const std::vector<bool>& is_int4, Int4Cost& cost) {
  for (std::size_t i = 0; i < is_int4.size(); ++i) {
    if (!is_int4[i]) continue;
    const ir::Shape& shape = graph.value(*graph.nodes()[i].inputs[1]).type.shape;
    cost.layers += 1;
    cost.saved_bytes += static_cast<std::size_t>(shape[0] * (shape[1] / 2));
  }
}

/// Of all outputs; `inspect` sees the float network.
template <class Inspect>
Result<double> outputs_db(const CompileOptions& options, Int4Cost& cost, base::ProgressListener& progress,
                          const Inspect& inspect) {
  PUDU_TRY_ASSIGN(const ComparableModel model, compile_comparable(options, progress));
  PUDU_TRY(inspect(model.float_graph));
  PUDU_TRY_ASSIGN(TensorStream samples, TensorStream::open(model.float_graph, options.calibration));
  samples.limit(most_samples);
  cost.samples = samples.count();
  DistanceSums sums;
  const auto take = [&](const SampleResult& result) { sums.add(result.outputs); };
  PUDU_TRY(Comparison(model, samples, Depth::OutputsOnly).run(take, progress));
  return sums.sqnr_db();
}

}  // namespace

Result<Int4Cost> int4_cost(const CompileOptions& options, base::ProgressListener& progress) {
  Int4Cost cost;
  const auto count = [&](const ir::Graph& graph) -> Status {
    PUDU_TRY_ASSIGN(const std::vector<bool> is_int4,
                    quantizer::find_int4_layers(graph, options.quantizer.int4_weights));
    add_layers(graph, is_int4, cost);
    return {};
  };
  PUDU_TRY_ASSIGN(cost.sqnr_db, outputs_db(options, cost, progress, count));
  CompileOptions with_int8 = options;
  with_int8.quantizer.int4_weights.reset();
  PUDU_TRY_ASSIGN(cost.int8_sqnr_db,
                  outputs_db(with_int8, cost, progress, [](const ir::Graph&) -> Status { return {}; }));
  return cost;
}

}  // namespace pudu::driver
