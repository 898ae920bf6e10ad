#include "tools/compile_request.hpp"

namespace pudu::tools {

Result<emitters::PteOperators> parse_pte_operators(const std::string& text) {
  if (text == "classic") return emitters::PteOperators::Classic;
  if (text == "nhwc") return emitters::PteOperators::Nhwc;
  return usage_error({.where = "--pte-operators", .found = "'" + text + "'", .allowed = "nhwc or classic"});
}

Error refuse_program(const std::string& file) {
  return invalid_input({.file = file,
                        .found = "is an ExecuTorch program, which is compiled already",
                        .allowed = "a network: a .pt2 file, or a .tflite file",
                        .hint = "`pudu run` runs it, `pudu analyze` says what it needs"});
}

}  // namespace pudu::tools
