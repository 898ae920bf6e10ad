#include "frontends/pt2/tensor_views.hpp"

#include <variant>

namespace pudu::frontends {

Status TensorViews::renew_wholes(std::string part, MemoryId memory, ir::ValueId value, const NameTable& names,
                                 NodeTranslator& translator, std::map<OrderId, ir::ValueId>& renewed) const {
  for (auto view = views_.find(part); view != views_.end(); view = views_.find(part)) {
    const auto* whole = std::get_if<TensorBinding>(names.find(view->second.base));
    if (whole == nullptr || whole->memory != memory) return {};
    PUDU_TRY_ASSIGN(value, translator.replace_range(whole->value, view->second.range, value));
    renewed.insert_or_assign(whole->order, value);
    part = view->second.base;
  }
  return {};
}

bool TensorViews::are_apart(const std::string& first, const std::string& second) const {
  const auto a = views_.find(first);
  const auto b = views_.find(second);
  if (a == views_.end() || b == views_.end() || a->second.base != b->second.base) return false;
  const NodeTranslator::ViewRange& left = a->second.range;
  const NodeTranslator::ViewRange& right = b->second.range;
  return left.axis == right.axis && (left.end <= right.start || right.end <= left.start);
}

}  // namespace pudu::frontends
