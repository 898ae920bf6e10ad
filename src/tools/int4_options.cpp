#include "tools/int4_options.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace pudu::tools {
namespace {

constexpr std::string_view int4 = "int4";

Error not_for(const char* what) {
  return usage_error({.where = "--weights",
                      .found = "'int4' " + std::string(what),
                      .allowed = "C++ for one CPU, with Pudu's own kernels"});
}

}  // namespace

Status apply_weight_options(const std::string& weights, driver::CompileOptions& result) {
  if (weights == "int8") return {};
  const bool has_names = weights.starts_with(std::string(int4) + ":");
  if (weights != int4 && !has_names) {
    return usage_error({.where = "--weights", .found = "'" + weights + "'", .allowed = "int8, int4 or int4:NAME,..."});
  }
  if (result.target.is_any()) return not_for("for any CPU");
  if (result.target.kernels != targets::KernelLibrary::Builtin) return not_for("with the kernels of CMSIS-NN");
  std::vector<std::string>& names = result.quantizer.int4_weights.emplace();
  if (!has_names) return {};
  const std::string list = weights.substr(int4.size() + 1);
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (end == begin) {
      return usage_error({.where = "--weights", .found = "an empty name", .allowed = "int4:NAME[,NAME]..."});
    }
    names.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return {};
}

}  // namespace pudu::tools
