// Sources of kernels that an extension brings: they travel with its compiler as Pudu's own do.
#pragma once

#include <span>

#include "base/embedded_file.hpp"

namespace pudu::emitters {

/// Adds files below kernels/, found by their paths like Pudu's own. They live as long as the program. Before the first
/// model is emitted, not from several threads.
void add_kernel_sources(std::span<const base::EmbeddedFile> files);

}  // namespace pudu::emitters
