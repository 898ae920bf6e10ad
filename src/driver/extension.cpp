#include "driver/extension.hpp"

#include <algorithm>
#include <string>

#include "emitters/cpp/extension_sources.hpp"
#include "frontends/pt2/extension_rows.hpp"

namespace pudu::driver {

Status extend(const Extension& extension, std::span<const base::EmbeddedFile> kernel_sources) {
  if (extension.definition == nullptr) {
    return invalid_input({.found = "an extension without an operator", .allowed = "a definition"});
  }
  const std::string name(extension.definition->name);
  for (const ops::KernelBinding* kernel : extension.definition->kernels) {
    const bool has_header = std::any_of(kernel_sources.begin(), kernel_sources.end(),
                                        [&](const base::EmbeddedFile& file) { return file.path == kernel->header; });
    if (!has_header) {
      return invalid_input(
          {.where = name,
           .found = "kernel '" + std::string(kernel->name) + "' without its header " + std::string(kernel->header),
           .allowed = "a file of that path in the operator's folder"});
    }
  }
  PUDU_TRY(ops::add_operator(*extension.definition, extension.checks));
  if (Status status = frontends::add_exported_rows(extension.exported); !status) {
    return std::move(status).error().at(name);
  }
  emitters::add_kernel_sources(kernel_sources);
  return {};
}

}  // namespace pudu::driver
