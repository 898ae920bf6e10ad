// Weights, buffers and lifted constants of a .pt2 file as float32 arrays in C order. A tensor is a strided window into
// the raw bytes of a storage file; windows into the same storage with the same strides (tied weights) are one tensor
// here. Limits: dense tensors of real numbers. Values that are not finite, and integers that float32 cannot hold, are
// refused.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "frontends/pt2/exported_program.hpp"
#include "frontends/pt2/model_archive.hpp"
#include "ir/types.hpp"

namespace pudu::frontends {

/// What a tensor's elements are taken from; equal sources are equal tensors.
struct TensorSource {
  std::string file;  ///< entry of the archive
  ScalarType dtype = ScalarType::Unknown;
  ir::Shape sizes;
  std::vector<std::int64_t> strides;
  std::int64_t storage_offset = 0;
  friend auto operator<=>(const TensorSource&, const TensorSource&) = default;  // NOLINT(modernize-use-nullptr)
};

class TensorStore {
 public:
  /// Reads the two configurations. `archive` must outlive the store.
  static Result<TensorStore> open(ModelArchive& archive);

  /// Where the tensor of a weight, buffer or constant stands. InvalidInput, `where` being its name in the module,
  /// when the file does not say.
  Result<TensorSource> locate(const InputSpec& spec) const;

  /// Its elements. `name` is for errors: a storage shorter than the shape, NaN or infinite elements, ...
  Result<std::vector<float>> load(const TensorSource& source, const std::string& name);

 private:
  explicit TensorStore(ModelArchive& archive) : archive_(&archive) {}
  Result<PayloadConfig> read_config(const std::string& entry);

  ModelArchive* archive_;
  PayloadConfig weights_;
  PayloadConfig constants_;
  std::uint64_t repeated_elements_ = 0;  ///< of tensors with more elements than their storage
};

}  // namespace pudu::frontends
