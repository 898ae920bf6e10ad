// Which kernel sources a program needs: the headers of its kernels, what they include, and the sources beside them.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/embedded_file.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "emitters/cpp/extension_sources.hpp"
#include "emitters/cpp/single_header.hpp"
#include "ops/cmsis_nn_call.hpp"
#include "ops/registry.hpp"

namespace pudu::base {
std::span<const EmbeddedFile> kernel_source_files();
}

namespace pudu::emitters {
namespace {

using Sources = std::map<std::string_view, std::string_view>;

std::vector<base::EmbeddedFile>& added_sources() {
  static std::vector<base::EmbeddedFile> files;
  return files;
}

Sources embedded_sources() {
  Sources sources;
  for (const base::EmbeddedFile& file : added_sources()) sources.emplace(file.path, file.content);
  for (const base::EmbeddedFile& file : base::kernel_source_files()) sources.emplace(file.path, file.content);
  return sources;
}

std::vector<std::string> quoted_includes(std::string_view content) {
  constexpr std::string_view directive = "#include \"";
  std::vector<std::string> includes;
  for (std::size_t begin = content.find(directive); begin != std::string_view::npos;
       begin = content.find(directive, begin)) {
    begin += directive.size();
    includes.emplace_back(content.substr(begin, content.find('"', begin) - begin));
  }
  return includes;
}

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

/// Adds `path`, all it includes, and the sources that implement it: those of its kernel's folder, or the one of its
/// name.
void add_with_includes(const Sources& sources, const std::string& path, std::set<std::string>& wanted) {
  const auto found = sources.find(path);
  if (found == sources.end() || !wanted.insert(path).second) return;
  for (const std::string& include : quoted_includes(found->second)) add_with_includes(sources, include, wanted);
  const std::string_view folder = folder_of(path);
  const bool is_kernel_folder = folder.find('/') != std::string_view::npos;
  for (const auto& [other, content] : sources) {
    if (!other.ends_with(".cpp") || folder_of(other) != folder) continue;
    const bool same_name = other.substr(0, other.rfind('.')) == path.substr(0, path.rfind('.'));
    if (is_kernel_folder || same_name) add_with_includes(sources, std::string(other), wanted);
  }
}

}  // namespace

void add_kernel_sources(std::span<const base::EmbeddedFile> files) {
  added_sources().insert(added_sources().end(), files.begin(), files.end());
}

std::vector<base::OutputFile> all_kernel_sources() {
  // Headers of this name make the operands of a kernel, in the compiler.
  constexpr std::string_view host_header = "/prepare.hpp";
  std::vector<base::OutputFile> files;
  for (const auto& [path, content] : embedded_sources()) {
    if (!path.ends_with(host_header)) files.push_back({"pudu/" + std::string(path), std::string(content)});
  }
  return files;
}

std::vector<base::OutputFile> kernel_sources(const program::Program& program,
                                             const std::vector<std::string>& more_headers) {
  const Sources sources = embedded_sources();
  std::set<std::string> wanted;
  add_with_includes(sources, "kernels/model_api.hpp", wanted);
  add_with_includes(sources, "kernels/build_check.hpp", wanted);
  for (const std::string& header : more_headers) add_with_includes(sources, header, wanted);
  for (const program::KernelCall& call : program.calls) {
    if (ops::runs_on_cmsis_nn(program, call)) continue;
    add_with_includes(sources, std::string(ops::find_kernel(call.kernel)->header), wanted);
  }
  std::vector<base::OutputFile> files;
  for (const std::string& path : wanted) files.push_back({"pudu/" + path, std::string(sources.at(path))});
  return files;
}

}  // namespace pudu::emitters
