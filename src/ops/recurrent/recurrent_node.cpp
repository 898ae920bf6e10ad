#include "ops/recurrent/recurrent_node.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace pudu::ops::recurrent {
namespace {

struct CellName {
  std::string_view name;
  std::int32_t cell;
};
constexpr std::array cell_names = {CellName{"lstm", Kernel::lstm}, CellName{"gru", Kernel::gru},
                                   CellName{"rnn_tanh", Kernel::rnn_tanh}, CellName{"rnn_relu", Kernel::rnn_relu}};

}  // namespace

std::int32_t cell_of(const ir::Node& node) {
  const std::string& name = node.attributes.text("cell");
  return std::find_if(cell_names.begin(), cell_names.end(), [&](const CellName& each) { return each.name == name; })
      ->cell;
}

bool is_reverse(const ir::Node& node) {
  return node.attributes.integer("reverse") != 0;
}

Status check_cell(const ir::Node& node) {
  const std::string& name = node.attributes.text("cell");
  if (std::any_of(cell_names.begin(), cell_names.end(), [&](const CellName& each) { return each.name == name; })) {
    return {};
  }
  return invalid_input({.found = "cell '" + name + "'", .allowed = "lstm, gru, rnn_tanh, rnn_relu"});
}

}  // namespace pudu::ops::recurrent
