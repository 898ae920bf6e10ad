// A user's own operator, from outside of Pudu's sources, for a `pudu` that is linked with it: pudu_add_compiler() of
// cmake/PuduAddCompiler.cmake makes such a program of folders. docs/howto/custom-operator.md goes through one.
#pragma once

#include <span>
#include <vector>

#include "base/embedded_file.hpp"
#include "base/result.hpp"
#include "frontends/pt2/aten_table.hpp"
#include "ops/extension.hpp"

namespace pudu::driver {

struct Extension {
  const ops::OpDefinition* definition = nullptr;  ///< shapes, float reference, quantization, lowering, kernels
  std::vector<ops::AddedKernelCheck> checks;      ///< for each kernel, what a call touches
  std::vector<frontends::AtenRow> exported;       ///< the operator as torch.export names it: "detector.keep_peaks"
};

/// Adds the operator to the compiler, the simulator and the C++ output. `kernel_sources` are the files of its kernels,
/// with paths that begin with kernels/. InvalidInput names what is missing or taken. Before anything else of Pudu is
/// called.
Status extend(const Extension& extension, std::span<const base::EmbeddedFile> kernel_sources);

}  // namespace pudu::driver
