// Reads the JSON entries of a .pt2 file into the structs of exported_program.hpp. Only the form is checked here;
// whether names exist and arguments fit their operators is checked where they are used.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "frontends/pt2/exported_program.hpp"

namespace pudu::frontends {

/// `entry` is the document's name in the archive, for errors. InvalidInput names the field by its path.
Result<ExportedProgram> parse_model_json(std::span<const std::byte> text, std::string_view entry);
Result<PayloadConfig> parse_payload_config(std::span<const std::byte> text, std::string_view entry);

}  // namespace pudu::frontends
