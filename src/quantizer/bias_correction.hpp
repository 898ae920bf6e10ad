// Sequential bias correction: rounding weights and activations shifts the mean of a layer's output; the bias can take
// the shift back.
//
// Layer by layer, in execution order, the int8 kernels themselves run on the calibration samples. The mean of each
// output channel is compared with the float network's, and the difference goes into the int32 bias, so that later
// layers already see corrected inputs. (Published as "bias correction": Nagel et al., Data-Free Quantization through
// Weight Equalization and Bias Correction, 2019; here the empirical form on the quantized network.) A difference no
// larger than its own standard error over the samples is noise: it is shrunk accordingly.
//
// Before its bias, the weights of small windows are rounded so that what the bias cannot take back is least
// (window_rounding.hpp).
#pragma once

#include <span>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "program/program.hpp"
#include "quantizer/calibrate.hpp"

namespace pudu::quantizer {

struct CorrectionOptions {
  BiasCorrection biases = BiasCorrection::Sequential;
  WeightRounding weights = WeightRounding::Nearest;  ///< Adaptive: of each layer before its bias is corrected
};

/// Corrects the weights and biases of `program`, which was lowered from the quantized form of `float_graph` (same node
/// names). `samples` are those of the calibration that gave `ranges`. Float32 ports are fed as they are.
Status correct_biases(program::Program& program, const ir::Graph& float_graph, const Ranges& ranges,
                      std::span<const Sample> samples, const CorrectionOptions& options = {},
                      const CalibrationProgress& progress = {});

}  // namespace pudu::quantizer
