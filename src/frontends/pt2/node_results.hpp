// What a node of an exported program returns: the values of its translation and the names that they have there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "frontends/pt2/aten_table.hpp"
#include "frontends/pt2/exported_program.hpp"
#include "frontends/pt2/node_translator.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// The name of the tensor that the node has for a parameter of its schema; null when it has none.
const std::string* argument_name(const ExportedNode& node, std::string_view parameter);

/// The graph's values for the results. Errors are those of the row's function.
Result<std::vector<ir::ValueId>> run_translator(const AtenRow& row, NodeTranslator& translator);

/// The exported names of the translated results. InvalidInput when there are more or fewer of them.
Result<std::vector<std::string>> name_results(const ExportedNode& node, const AtenRow& row,
                                              const std::vector<ir::ValueId>& results);

}  // namespace pudu::frontends
