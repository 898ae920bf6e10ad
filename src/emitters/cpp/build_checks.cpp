#include "emitters/cpp/build_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "emitters/cpp/constants.hpp"
#include "emitters/cpp/identifiers.hpp"
#include "emitters/cpp/single_header.hpp"
#include "kernels/build_check.hpp"

namespace pudu::emitters {
namespace {

std::string_view isa_name(targets::Isa isa) {
  switch (isa) {
    case targets::Isa::Scalar:
      return "pudu::kernels::Isa::Scalar";
    case targets::Isa::Dsp:
      return "pudu::kernels::Isa::Dsp";
    case targets::Isa::Mve:
      break;
  }
  return "pudu::kernels::Isa::Mve";
}

std::string assertion(const std::string& condition, const std::string& message) {
  return fmt::format("static_assert({},\n              {});\n", condition, string_literal(message));
}

}  // namespace

std::size_t scratch_bytes(const program::Program& program, const program::KernelCall& call) {
  const program::Operand* scratch = call.find_operand("scratch");
  return scratch != nullptr ? program.buffer(scratch->buffer).bytes() : 0;
}

std::string build_record(const program::Program& program, const CppOrigin& origin) {
  const targets::TargetConfig& target = program.target;
  std::string text = fmt::format(
      "/// What this was compiled by and for. model.cpp checks it against the kernels and the compiler's flags.\n"
      "inline constexpr char pudu_version[] = {};\n"
      "inline constexpr int kernel_abi_version = {};\n"
      "inline constexpr char target_cpu[] = \"{}\";\n"
      "inline constexpr char target_isa[] = \"{}\";\n"
      "inline constexpr char kernel_library[] = \"{}\";\n\n"
      "/// Planned scratch of each kernel call, in order of execution; part of the arena.\n",
      string_literal(origin.version), kernels::abi_version, target.cpu_name(), target.isa_name(),
      targets::to_string(target.kernels));
  if (program.calls.empty()) return text + "inline constexpr std::size_t scratch_bytes[1] = {};  // none\n\n";
  text += "inline constexpr std::size_t scratch_bytes[] = {\n";
  for (const program::KernelCall& call : program.calls) {
    text += fmt::format("    {},  // {}\n", scratch_bytes(program, call), comment_text(call.name));
  }
  return text + "};\n\n";
}

std::string kernel_includes(const std::vector<std::string_view>& headers) {
  std::string text = fmt::format("#if __has_include(\"{}\")\n", headers.front());
  for (const std::string_view header : headers) text += fmt::format("#include \"{}\"\n", header);
  return text + fmt::format(
                    "#else\n#include \"{}\"  // of `pudu kernels`; or add the folder pudu/ to the include path\n"
                    "#endif\n",
                    single_header_file);
}

std::string build_checks(const program::Program& program, const CppOrigin& origin) {
  const targets::TargetConfig& target = program.target;
  const std::string name = cpp_namespace(program);
  std::string text = kernel_includes({"kernels/build_check.hpp"}) + "\n";
  text += assertion(fmt::format("pudu::kernels::abi_version == {}", kernels::abi_version),
                    fmt::format("{}: compiled for kernel ABI {}, these kernels have another: recompile the model or "
                                "use kernels version {}",
                                name, kernels::abi_version, origin.version));
  const std::vector<targets::Isa> isas = target.isas();
  for (const targets::Isa isa : {targets::Isa::Scalar, targets::Isa::Dsp, targets::Isa::Mve}) {
    if (std::find(isas.begin(), isas.end(), isa) != isas.end()) continue;
    text += assertion(fmt::format("!pudu::kernels::is_built_for({})", isa_name(isa)),
                      fmt::format("{}: compiled for {} ({}), built for {}: recompile the model with --target of this "
                                  "core, or with --target any",
                                  name, target.cpu_name(), target.isa_name(), targets::to_string(isa)));
  }
  return text + "\n";
}

std::string isa_list(const targets::TargetConfig& target) {
  std::vector<std::string_view> names;
  for (const targets::Isa isa : target.isas()) names.push_back(isa_name(isa));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace pudu::emitters
