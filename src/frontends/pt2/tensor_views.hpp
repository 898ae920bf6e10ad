// Slices of tensors that share their memory: what changes when an operator changes one in place.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "frontends/pt2/name_table.hpp"
#include "frontends/pt2/node_translator.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// The part of a tensor that a slice is.
struct PartialView {
  std::string base;  ///< the tensor's name
  NodeTranslator::ViewRange range;
};

class TensorViews {
 public:
  void add(const std::string& slice, PartialView view) { views_.insert_or_assign(slice, std::move(view)); }

  /// Adds to `renewed` the new values of the tensors that `part`, which has become `value`, is a slice of, from the
  /// innermost to the outermost, as far as they lie in `memory`. Errors are those of NodeTranslator::replace_range.
  Status renew_wholes(std::string part, MemoryId memory, ir::ValueId value, const NameTable& names,
                      NodeTranslator& translator, std::map<OrderId, ir::ValueId>& renewed) const;

  /// Whether both are slices along one dimension of one tensor, without a common element.
  bool are_apart(const std::string& first, const std::string& second) const;

 private:
  std::map<std::string, PartialView> views_;  ///< by the name of the slice
};

}  // namespace pudu::frontends
