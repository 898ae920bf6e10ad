// Operators of an extension as torch.export names them: rows beside those of aten_table.hpp.
#pragma once

#include <span>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

/// Adds rows of another namespace than aten ("detector.keep_peaks"); their texts live as long as the program.
/// InvalidInput for a name that is taken or in aten. Before the first model is read, not from several threads.
Status add_exported_rows(std::span<const AtenRow> rows);

}  // namespace pudu::frontends
