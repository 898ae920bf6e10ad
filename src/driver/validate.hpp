// Float against int8: the quantized network runs beside the float one on the same samples, layer by layer. The float
// one is that which was quantized, or, for a file that is quantized already, what its integers stand for.
//
// Every result is compared with the float network's, twice: as the quantized network has it, with the errors of all
// layers before (cumulative), and as the layer alone makes it from the float network's own inputs (isolated). The
// program compared is the one in the dialect's layout with all its channels: prepared kernels and removed channels give
// the same bytes, but have no counterpart in the float network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/compile.hpp"
#include "driver/layer_quality.hpp"
#include "driver/samples.hpp"
#include "emitters/report/validation.hpp"

namespace pudu::driver {

struct ValidationOptions {
  CompileOptions compile;
  std::vector<std::filesystem::path> inputs;  ///< samples, as for pudu run
  std::filesystem::path labels;               ///< class numbers; empty: none
  std::size_t limit = 0;                      ///< only so many samples; 0: all
};

/// Scores of a classifier, from output 0.
struct Classification {
  std::int64_t classes = 0;
  std::size_t agreement = 0;       ///< samples where int8 chooses what float chooses
  std::size_t top5_agreement = 0;  ///< where float's choice is among int8's first five
  // With labels only.
  std::size_t float_correct = 0, correct = 0;
  std::size_t float_top5 = 0, top5 = 0;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> confusion;  ///< by label and int8's choice
};

struct Validation {
  Reference reference = Reference::FloatNetwork;
  std::size_t samples = 0;
  bool has_labels = false;
  DistanceSums outputs;                      ///< all outputs of all samples
  std::vector<DistanceSums> sample_outputs;  ///< of each sample
  std::vector<LayerQuality> layers;          ///< in execution order
  Classification classification;
  std::vector<emitters::ReportPoint> points;     ///< of output 0, see OutputPlot
  std::optional<emitters::ReportErrors> errors;  ///< of output 0
  std::vector<std::string> warnings;             ///< about the data

  std::vector<double> sample_sqnr_db() const;
  double median_sample_db() const;
  double worst_sample_db() const;
};

/// A network that is quantized already is compared with itself in float arithmetic, on the numbers that its codes stand
/// for (dequantized_graph.hpp): what the integer kernels lose, not what the quantization has lost before. Models with
/// state are compared sample by sample, each from the initial state.
Result<Validation> validate(const ValidationOptions& options, base::ProgressListener& progress);

/// Another way to quantize, and what it would give.
struct Suggestion {
  std::string options;  ///< for the command line
  double sqnr_db = 0;
  double gain_db = 0;
};

/// Tries other options on up to `samples` samples, and returns those that gain at least half a dB, the best first. None
/// for a network that is quantized already.
Result<std::vector<Suggestion>> suggest(const ValidationOptions& options, const Validation& validation,
                                        std::size_t samples, base::ProgressListener& progress);

}  // namespace pudu::driver
