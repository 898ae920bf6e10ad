// Samples of a graph's inputs as tensors of their logical shapes, from files in the layout of the caller, one by one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "driver/samples.hpp"
#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"

namespace pudu::driver {

/// By input: of those that take codes as well as numbers, what the codes stand for. Empty: none does.
using InputCodes = std::vector<std::optional<ir::QuantParams>>;

class TensorStream {
 public:
  static Result<TensorStream> open(const ir::Graph& graph, const std::vector<std::filesystem::path>& files,
                                   const InputCodes& codes = {});

  std::size_t count() const { return stream_.count(); }
  void limit(std::size_t samples) { stream_.limit(samples); }
  /// Of one sample as tensors.
  std::size_t sample_bytes() const;
  /// As SampleStream::read.
  Result<quantizer::Sample> read(std::size_t index) const;

 private:
  struct Input {
    ir::Shape shape;
    ir::Layout layout;
    std::optional<ir::QuantParams> codes;
  };
  explicit TensorStream(SampleStream stream) : stream_(std::move(stream)) {}

  static ops::Tensor to_tensor(const base::Array& array, const Input& input);

  SampleStream stream_;
  std::vector<Input> inputs_;
};

}  // namespace pudu::driver
