// Calibration, input and output data: .npy and .npz files as samples of a model's inputs, read one by one, so that a
// file may be larger than the memory. Limit: an array in Fortran order is read at once, and may have 1 GiB.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::driver {

/// What the elements of a port stand for.
enum class PortContent : std::uint8_t {
  Numbers,    ///< real numbers, quantized or not
  Positions,  ///< integers that choose, as of words in a vocabulary: int32
};

/// What a model takes or returns at one port.
struct PortShape {
  std::string name;
  std::vector<std::int64_t> shape;  ///< with the model's own batch dimension
  PortContent content = PortContent::Numbers;
  /// Of quantized numbers: the type of their codes, int8 or int16, which are taken as they are; none: float32 only.
  std::optional<base::ArrayType> codes = {};
};

/// Positions where the graph's input is of an integer type.
PortContent content_of(const ir::Value& input);

/// samples[s][i]: sample s of input i, with exactly that input's shape.
using Samples = std::vector<std::vector<base::Array>>;

/// The samples of files of any size: only those that are asked for are held.
class SampleStream {
 public:
  /// Opens one .npz (arrays named after the inputs, or in0, in1, ...) or one .npy per input. An array may have the
  /// model's shape (one sample), a sample axis in front of it, or a first axis that is a multiple of the model's batch.
  /// Numbers are float32, or codes of the port's type. InvalidInput, naming file, input, what was found and what is
  /// allowed.
  static Result<SampleStream> open(std::span<const std::filesystem::path> files, std::span<const PortShape> inputs);

  std::size_t count() const { return count_; }
  /// Leaves out all but the first samples.
  void limit(std::size_t samples);
  /// Of one sample, in the file.
  std::size_t sample_bytes() const;

  /// Sample `index`, an array for each input. In order is quickest: of a compressed array, going back means unpacking
  /// from its beginning. InvalidInput: NaN or infinity, positions beyond 32 bits, a damaged file. Not for several
  /// threads at once.
  Result<std::vector<base::Array>> read(std::size_t index) const;

 private:
  struct Input {
    PortShape port;
    std::string file;
    base::ArrayType dtype = base::ArrayType::Float32;
    std::size_t bytes = 0;           ///< of a sample
    std::uint64_t header_bytes = 0;  ///< the samples begin here
    base::ByteSource source;
  };
  static Result<Input> open_input(base::ByteSource source, const PortShape& port, std::size_t& count);
  static Result<base::Array> read_input(const Input& input, std::size_t index);

  std::vector<Input> inputs_;
  std::size_t count_ = 0;
};

/// All samples of SampleStream at once. Positions may be int64 or int32 and become int32.
Result<Samples> load_samples(std::span<const std::filesystem::path> files, std::span<const PortShape> inputs);

/// Stacks equally shaped results on a new first axis, or, when their own first axis is 1, on that axis.
base::Array stack(std::span<const base::Array> samples);

}  // namespace pudu::driver
