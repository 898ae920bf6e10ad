#include "frontends/pt2/tensor_memory.hpp"

#include <optional>
#include <utility>

#include "frontends/pt2/graph_builder.hpp"

namespace pudu::frontends {

namespace {

struct StridedShape {
  ir::Shape sizes;
  std::vector<std::int64_t> strides;
  friend bool operator==(const StridedShape&, const StridedShape&) = default;

  bool is_contiguous() const {
    std::int64_t expected = 1;
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      if (sizes[axis] != 1 && strides[axis] != expected) return false;
      expected *= sizes[axis];
    }
    return true;
  }
};

std::optional<StridedShape> strided_shape(const TensorMeta& meta, const SizeEvaluator& evaluator) {
  Result<std::vector<std::int64_t>> sizes = evaluator.evaluate(meta.sizes);
  Result<std::vector<std::int64_t>> strides = evaluator.evaluate(meta.strides);
  if (!sizes || !strides || sizes->size() != strides->size() || !check_shape(*sizes)) return std::nullopt;
  return StridedShape{std::move(sizes).value(), std::move(strides).value()};
}

}  // namespace

bool is_channels_last(const ir::Shape& sizes, const std::vector<std::int64_t>& strides) {
  if (sizes.size() != 4 || strides.size() != 4) return false;
  const std::int64_t channels = sizes[1];
  const std::int64_t height = sizes[2];
  const std::int64_t width = sizes[3];
  // An image of one channel or one pixel lies the same in both layouts.
  if (channels < 2 || (height < 2 && width < 2)) return false;
  return strides[1] == 1 && (width == 1 || strides[3] == channels) && (height == 1 || strides[2] == width * channels);
}

ResultMemory refine_memory(const ExportedProgram& program, const SizeEvaluator& sizes, const std::string& base,
                           const std::string& result) {
  const auto base_meta = program.tensor_values.find(base);
  const auto result_meta = program.tensor_values.find(result);
  if (base_meta == program.tensor_values.end() || result_meta == program.tensor_values.end()) {
    return ResultMemory::View;
  }
  if (base_meta->second.dtype != result_meta->second.dtype) return ResultMemory::Fresh;  // a conversion copies
  const auto from = strided_shape(base_meta->second, sizes);
  const auto to = strided_shape(result_meta->second, sizes);
  if (!from || !to) return ResultMemory::View;
  if (*from == *to) return ResultMemory::SameOrder;
  if (!from->is_contiguous()) return ResultMemory::View;
  return to->is_contiguous() ? ResultMemory::SameOrder : ResultMemory::Fresh;
}

}  // namespace pudu::frontends
