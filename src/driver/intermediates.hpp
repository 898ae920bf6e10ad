// --intermediates DIR: the model after reading and after every pass, as text (NN-pass.ir, NN-pass.program) with the
// constants beside it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "program/program.hpp"

namespace pudu::driver {

class Intermediates {
 public:
  /// Without a folder nothing is written.
  explicit Intermediates(std::optional<std::filesystem::path> folder) : folder_(std::move(folder)) {}

  Status write(const std::string& stage, const ir::Graph& graph);
  Status write(const std::string& stage, const program::Program& program);

 private:
  Status write_stage(const std::string& stage, const std::string& extension, std::string text,
                     const std::vector<std::byte>& constants);

  std::optional<std::filesystem::path> folder_;
  int next_stage_ = 1;
};

}  // namespace pudu::driver
