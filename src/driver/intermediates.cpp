#include "driver/intermediates.hpp"

#include <utility>

#include "base/output_file.hpp"

namespace pudu::driver {

Status Intermediates::write(const std::string& stage, const ir::Graph& graph) {
  if (!folder_) return {};
  ir::GraphText printed = ir::print(graph);
  return write_stage(stage, ".ir", std::move(printed.text), printed.constants);
}

Status Intermediates::write(const std::string& stage, const program::Program& program) {
  if (!folder_) return {};
  program::ProgramText printed = program::print(program);
  return write_stage(stage, ".program", std::move(printed.text), printed.constants);
}

Status Intermediates::write_stage(const std::string& stage, const std::string& extension, std::string text,
                                  const std::vector<std::byte>& constants) {
  const std::string number = (next_stage_ < 10 ? "0" : "") + std::to_string(next_stage_);
  ++next_stage_;
  const std::string stem = number + "-" + stage;
  const std::string data(reinterpret_cast<const char*>(constants.data()), constants.size());
  const base::OutputFile files[] = {{stem + extension, std::move(text)}, {stem + ".constants", data}};
  return base::write_files(*folder_, files);
}

}  // namespace pudu::driver
