#include "emitters/cpp/cmake_lists.hpp"

#include <fmt/format.h>

#include "emitters/cpp/cmsis_nn_calls.hpp"
#include "emitters/cpp/cpp_emitter.hpp"

namespace pudu::emitters {

std::string cmake_lists(const program::Program& program, const std::vector<base::OutputFile>& kernels,
                        std::string_view banner) {
  std::string sources;
  for (const base::OutputFile& file : kernels) {
    if (file.path.ends_with(".cpp")) sources += "\n    " + file.path;
  }
  // A model that only passes its inputs on calls no kernel; a library without sources has to be an interface.
  const bool has_sources = !sources.empty();
  const bool on_cmsis_nn = calls_cmsis_nn(program);
  std::string text = "#" + std::string(banner.substr(2));
  text += fmt::format(
      "# add_subdirectory() this folder and link `{0}`.\n"
      "cmake_minimum_required(VERSION 3.16)\nproject({0} LANGUAGES {1}CXX)\n\n",
      cpp_namespace(program), on_cmsis_nn ? "C " : "");
  if (on_cmsis_nn) text += cmsis_nn_cmake(cpp_namespace(program));
  text += fmt::format(
      "if(TARGET pudu::kernels)\n  set({0}_kernels pudu::kernels)\nelse()\n"
      "  add_library({0}_kernels {2}{1})\n"
      "  target_include_directories({0}_kernels {3} pudu)\n"
      "  target_compile_features({0}_kernels {3} cxx_std_17)\n",
      cpp_namespace(program), sources, has_sources ? "STATIC" : "INTERFACE", has_sources ? "PUBLIC" : "INTERFACE");
  if (has_sources) {
    text += fmt::format(
        "  # Contraction of a*b+c would change the bits of float results between cores.\n"
        "  target_compile_options({0}_kernels PRIVATE -ffp-contract=off -fno-exceptions -fno-rtti "
        "-ffunction-sections)\n",
        cpp_namespace(program));
  }
  text += fmt::format(
      "  set({0}_kernels {0}_kernels)\nendif()\n\n"
      "add_library({0} STATIC model.cpp)\n"
      "target_compile_features({0} PUBLIC cxx_std_17)\n"
      "target_compile_options({0} PRIVATE -fno-exceptions -fno-rtti)\n"
      "target_include_directories({0} PUBLIC .)\n"
      "target_link_libraries({0} PUBLIC ${{{0}_kernels}})\n",
      cpp_namespace(program));
  if (on_cmsis_nn) {
    text += fmt::format("target_link_libraries({0} PRIVATE ${{{0}_cmsis_nn}})\n", cpp_namespace(program));
  }
  return text;
}

}  // namespace pudu::emitters
