// Writes .tflite models of one subgraph, for tests: tensors and operators in the order in which they are added.
#pragma once

#include <pudu_tflite_wire/schema_generated.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pudu::testing {

namespace wire = frontends::tflite::wire;

/// Codes of element types in a file.
enum class TensorCode : std::int8_t { Float32 = 0, Int32 = 2, Int64 = 4, Int16 = 7, Int8 = 9, Resource = 13 };
std::size_t size_in_bytes(TensorCode type);

/// One scale and zero point, or one scale for each index of `axis`; no scale: not quantized.
struct Quantization {
  std::vector<float> scales;
  std::int64_t zero_point = 0;
  std::int32_t axis = 0;
};

struct TensorSpec {
  std::vector<std::int32_t> shape;
  TensorCode type = TensorCode::Int8;
  Quantization quantization;
  std::vector<std::byte> data;  ///< of a constant; empty: computed by the model
  bool is_variable = false;     ///< keeps its value from run to run
};

/// Index of a tensor in its subgraph.
using TensorIndex = std::int32_t;

class ModelBuilder {
 public:
  ModelBuilder();

  TensorIndex add(const TensorSpec& tensor);
  TensorIndex add_input(const TensorSpec& tensor);
  /// -1 in `inputs` stands for an absent operand.
  void add_operator(std::int32_t builtin_code, std::int32_t version, std::vector<TensorIndex> inputs,
                    std::vector<TensorIndex> outputs);
  /// With options, of an object type of the wire format: wire::Conv2DOptionsT.
  template <class Options>
  void add_operator(std::int32_t builtin_code, std::int32_t version, std::vector<TensorIndex> inputs,
                    std::vector<TensorIndex> outputs, Options options) {
    add_operator(builtin_code, version, std::move(inputs), std::move(outputs));
    graph().operators.back()->builtin_options.Set(std::move(options));
  }

  /// Of the last operator.
  void set_intermediates(std::vector<TensorIndex> tensors) {
    graph().operators.back()->intermediates = std::move(tensors);
  }
  /// What follows belongs to a new subgraph; CALL_ONCE names it by its number, the first being 1. finish() is for the
  /// main one again.
  void begin_subgraph();

  /// The file.
  std::vector<std::byte> finish(std::vector<TensorIndex> outputs);

 private:
  wire::SubGraphT& graph() { return *model_.subgraphs[subgraph_]; }

  wire::ModelT model_;
  std::size_t subgraph_ = 0;
};

}  // namespace pudu::testing
