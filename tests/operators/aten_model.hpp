// Exported programs of a few ATen calls, written as text and stored as .pt2 files, so that tests need no torch and
// still go the whole way from the file:
//
//   y = conv2d.default(input=x, weight=w, padding=[1, 1])
//   [left, right] = split.Tensor(self=y, split_size=2, dim=1)
//   return relu.default(self=left)
//
// Arguments have the names of PyTorch's schemas; their values are tensors, None, True, False, integers, reals, 'text'
// and lists of integers, of reals or of tensors. `a, b = ...` are two results, `[a, b] = ...` is one list, and
// `m: bool[2, 3] = ...` states a result's type, which torch writes for every result and the reader mostly infers.
// Limits: no symbolic sizes, no states, float32 inputs. A text that is not of this form throws std::logic_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/npy.hpp"

namespace pudu::testing {

struct NamedTensor {
  std::string name;
  base::Array data;  ///< float32 or int64
};

/// The bytes of a .pt2 file. `inputs` are what the model's caller passes; only their shapes count.
std::vector<std::byte> aten_model(const std::vector<NamedTensor>& inputs, const std::vector<NamedTensor>& constants,
                                  std::string_view calls);

}  // namespace pudu::testing
