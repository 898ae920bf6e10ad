// The same files as those of a compiled folder, in other places:
//   src/NAME.h           what a sketch includes; the library has its name, which is how Arduino's builder ties the two
//   src/NAME/model.*     the model; its includes find the kernels from src/, the only folder that Arduino searches
//   src/kernels, src/numerics
//
// Arduino puts the objects of a library into one archive, in which the last of two with the same file name wins: each
// kernel's source has a name of its own here. As an archive, two libraries with the same kernels can be in one sketch.
#include "emitters/cpp/arduino.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "emitters/cpp/constants.hpp"
#include "emitters/cpp/identifiers.hpp"

namespace pudu::emitters {
namespace {

constexpr std::string_view kernel_folder = "pudu/";
/// Of a library's and a sketch's name, in Arduino's specifications.
constexpr std::size_t longest_name = 63;

/// "kernels/conv2d/scalar.cpp" -> "kernels/conv2d/conv2d_scalar.cpp".
std::string unique_source(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t folder = path.rfind('/', name - 2) + 1;
  const bool is_kernels_own = folder > 0;
  if (!path.ends_with(".cpp") || !is_kernels_own) return path;
  return path.substr(0, name) + path.substr(folder, name - 1 - folder) + "_" + path.substr(name);
}

std::string core_of(const program::Program& program) {
  return program.target.is_any() ? "any Cortex-M" : std::string(program.target.cpu_name());
}

std::string library_properties(const std::string& name, const program::Program& program, const CppOrigin& origin) {
  return fmt::format(
      "name={3}\n"
      "version={1}\n"
      "author=Pudu\n"
      "maintainer=Pudu\n"
      "sentence=A trained network as C++ code: {0}, compiled by Pudu for {2}.\n"
      "paragraph=Bit-exact int8 inference without interpreter or heap. The sketch in examples/ runs it; extras/ has "
      "the report on memory and layers.\n"
      "category=Data Processing\n"
      "url=https://example.com/the-page-of-your-project\n"
      "architectures=*\n"
      "includes={0}.h\n"
      "dot_a_linkage=true\n",
      name, origin.version, core_of(program), name.substr(0, longest_name));
}

/// The kernels are C++14 with extensions that GCC has in that mode too; several cores of Arduino compile as C++11.
std::string main_header(const std::string& name) {
  return fmt::format(
      "// The network `{0}`, compiled by Pudu.\n"
      "#pragma once\n\n"
      "#if __cplusplus < 201402L\n"
      "#error \"This board's core compiles as C++11, {0} needs C++14 or later: give arduino-cli the option "
      "--build-property {1}, or put {1} into a file platform.local.txt beside the core's platform.txt\"\n"
      "#else\n"
      "#include \"{0}/model.hpp\"\n"
      "#endif\n",
      name, "compiler.cpp.extra_flags=-std=gnu++17");
}

std::string readme(const std::string& name, const program::Program& program, const CppOrigin& origin) {
  return fmt::format(
      "# {0}\n\n"
      "A trained network as a library for Arduino, compiled by Pudu {1} from {2} for {3}.\n\n"
      "- `#include <{0}.h>`, fill `{0}::input_data(0)`, call `{0}::run()`, read `{0}::output_data(0)`: "
      "`examples/{4}` does it.\n"
      "- The board's core has to compile as C++14 or later; the header says what to do where it does not.\n"
      "- `extras/` has the report (memory, layers, time) and the program for `pudu run`.\n\n"
      "`src/kernels` and `src/numerics` are Pudu's, under the Apache License 2.0. The rest is made from your network: "
      "add the license that you give it.\n",
      name, origin.version, comment_text(origin.model_file), core_of(program), name.substr(0, longest_name));
}

std::string keywords(const std::string& name, bool is_fed, bool has_states) {
  std::string text = fmt::format("{}\tKEYWORD1\n", name);
  for (const char* function : {"run", "input_data", "output_data"}) text += fmt::format("{}\tKEYWORD2\n", function);
  if (is_fed) text += "begin\tKEYWORD2\nfeed_row\tKEYWORD2\n";
  if (has_states) text += "reset\tKEYWORD2\n";
  for (const char* constant : {"arena_bytes", "inputs", "outputs", "input_count", "output_count"}) {
    text += fmt::format("{}\tLITERAL1\n", constant);
  }
  return text;
}

/// Statements that set an input to what stands for 0.
std::string fill_input(const std::string& name, const program::Program& program, std::size_t index) {
  const std::string type = element_type_name(program.buffer(program.inputs[index].buffer).type);
  return fmt::format(
      "  {1}* input_{2} = static_cast<{1}*>({0}::input_data({2}));\n"
      "  for (std::size_t i = 0; i < {0}::inputs[{2}].bytes / sizeof({1}); ++i) {{\n"
      "    input_{2}[i] = static_cast<{1}>({0}::inputs[{2}].zero_point);\n"
      "  }}\n",
      name, type, index);
}

std::string run_statements(const std::string& name, const program::Program& program,
                           std::optional<std::size_t> fed_input) {
  std::string text;
  for (std::size_t i = 0; i < program.inputs.size(); ++i) {
    if (i != fed_input) text += fill_input(name, program, i);
  }
  text += "\n  const unsigned long start = micros();\n";
  if (!fed_input) return text + fmt::format("  const pudu::RunStatus status = {}::run();\n", name);
  return text +
         fmt::format(
             "  static {0}::FedElement row[{0}::fed_row_bytes / sizeof({0}::FedElement)];  // your camera's line\n"
             "  pudu::RunStatus status = {0}::begin();\n"
             "  for (int y = 0; y < {0}::fed_rows; ++y) status = {0}::feed_row(row);\n",
             name);
}

std::string sketch(const std::string& name, const program::Program& program, std::optional<std::size_t> fed_input) {
  std::string text = fmt::format(
      "// Runs the network on an input of zeros and prints its outputs; put your samples where the input is filled.\n"
      "// The codes of an input are real / scale + zero_point, with {0}::inputs[i].\n"
      "#include <{0}.h>\n\n"
      "void setup() {{\n  Serial.begin(115200);\n}}\n\n"
      "void loop() {{\n",
      name);
  text += run_statements(name, program, fed_input);
  text +=
      "  const unsigned long microseconds = micros() - start;\n\n"
      "  if (status != pudu::RunStatus::Ok) {\n    Serial.println(\"the network did not run\");\n    return;\n  }\n";
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    const std::string type = element_type_name(program.buffer(program.outputs[i].buffer).type);
    text += fmt::format(
        "  const {1}* output_{2} = static_cast<const {1}*>({0}::output_data({2}));\n"
        "  for (std::size_t i = 0; i < {0}::outputs[{2}].bytes / sizeof({1}); ++i) {{\n"
        "    Serial.print({3}output_{2}[i]{4});\n"
        "    Serial.print(\" \");\n"
        "  }}\n",
        name, type, i, type == "float" ? "" : "static_cast<int>(", type == "float" ? "" : ")");
  }
  return text + "  Serial.print(\"in microseconds: \");\n  Serial.println(microseconds);\n  delay(1000);\n}\n";
}

}  // namespace

Result<std::vector<base::OutputFile>> emit_arduino(const program::Program& program, const program::MemoryMap& memory,
                                                   const CppOrigin& origin) {
  PUDU_TRY_ASSIGN(const std::vector<base::OutputFile> folder, emit_cpp(program, memory, origin));
  const std::string name = cpp_namespace(program);
  const std::optional<std::size_t> fed = fed_port(program, memory);
  std::vector<base::OutputFile> files;
  for (const base::OutputFile& file : folder) {
    if (file.path == "model.hpp" || file.path == "model.cpp") {
      files.push_back({"src/" + name + "/" + file.path, file.content});
    } else if (file.path.starts_with(kernel_folder)) {
      files.push_back({"src/" + unique_source(file.path.substr(kernel_folder.size())), file.content});
    }
  }
  const std::string short_name = name.substr(0, longest_name);
  files.push_back({"src/" + name + ".h", main_header(name)});
  files.push_back({"library.properties", library_properties(name, program, origin)});
  files.push_back({"README.md", readme(name, program, origin)});
  files.push_back({"keywords.txt", keywords(name, fed.has_value(), memory.state_bytes > 0)});
  files.push_back({fmt::format("examples/{0}/{0}.ino", short_name), sketch(name, program, fed)});
  return files;
}

}  // namespace pudu::emitters
