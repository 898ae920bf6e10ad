// Runs one operator on the host in every way it has: float reference, and lowered to kernels. For tests.
//
//   SingleNode test("add", attributes);
//   test.input({1, 4, 3, 3}, {.scale = 0.1F, .zero_point = 3}).input({4, 1, 1}, {.scale = 0.2F});
//   test.output({.scale = 0.3F, .zero_point = -7});
//   test.expect_matches_reference();          // random codes, lowered result within one code of the float reference
//
// Limits: int8 activations unless stated otherwise; the lowering here is the plain one (a transpose wherever orders
// differ, no sharing), so it shows what an operator asks for, not what the real lowering makes of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops::testing {

/// Per-tensor int8 parameters.
struct Scale {
  float scale = 1.0F;
  std::int32_t zero_point = 0;
};

using Codes = std::vector<std::int8_t>;

/// Deterministic pseudo-random numbers, the same on every host.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed * 2654435761U + 12345U) {}
  std::int32_t integer(std::int32_t low, std::int32_t high);  ///< in [low, high]
  float real(float low, float high);
  Codes codes(std::int64_t count, std::int32_t low = -128, std::int32_t high = 127);
  std::vector<float> reals(std::int64_t count, float low, float high);

 private:
  std::uint32_t next();
  std::uint32_t state_;
};

/// A node lowered by the test's own LowerContext.
struct LoweredNode {
  program::Program program;          ///< without the transposes
  std::vector<std::string> kernels;  ///< of the node's own calls, in order
  std::size_t transposes = 0;        ///< how many the operator's choice of orders has made necessary
  std::vector<DimOrder> output_orders;
};

class SingleNode {
 public:
  explicit SingleNode(std::string_view op, ir::Attributes attributes = {});

  /// An activation operand; `order` is how it lies in memory (empty: contiguous).
  SingleNode& input(ir::Shape shape, Scale quantization, DimOrder order = {});
  SingleNode& float_input(ir::Shape shape, DimOrder order = {});
  /// Symmetric int16.
  SingleNode& wide_input(ir::Shape shape, float scale, DimOrder order = {});
  /// Constant operands: int8 with one scale, int8 weights with one scale per index of axis 0, int32 bias, float.
  SingleNode& constant(ir::Shape shape, Codes codes, Scale quantization);
  SingleNode& weights(ir::Shape shape, Codes codes, std::vector<float> scales);
  SingleNode& bias(std::vector<std::int32_t> values, std::vector<float> scales);
  SingleNode& float_constant(ir::Shape shape, std::vector<float> values);
  SingleNode& absent();
  /// Quantization of every result; without it they stay float.
  SingleNode& output(Scale quantization);
  /// Every result is symmetric int16.
  SingleNode& wide_output(float scale);

  /// Whose integer arithmetic the codes follow; ExecuTorch's unless said.
  void set_arithmetic(ir::Arithmetic arithmetic) { graph_.arithmetic = arithmetic; }

  /// Appends the node: infer with its errors. Called by all below.
  Result<ir::Shape> infer();
  /// The shape of the first result; fails the test when infer does.
  ir::Shape output_shape();
  const ir::Graph& graph() const { return graph_; }
  const ir::Node& node() const { return graph_.nodes().front(); }

  /// Float reference on float data of the activations, in logical order. Constants are dequantized.
  std::vector<float> reference(const std::vector<std::vector<float>>& inputs);
  Result<LoweredNode> lower();
  /// Runs the lowered node on codes in logical order; the result is in logical order, too.
  Codes run(const std::vector<Codes>& inputs);
  /// As run, with raw bytes of any data type.
  std::vector<std::byte> run_bytes(const std::vector<std::vector<std::byte>>& inputs);

  /// Runs random codes, int8 or int16, and compares with the float reference of the dequantized codes.
  /// `tolerance_codes` is the largest allowed difference before rounding: an exact operator stays within 0.5, one that
  /// rounds twice within 1.
  void expect_matches_reference(double tolerance_codes = 1.0, std::uint32_t seed = 1);

 private:
  struct Format {
    ir::DType dtype;
    ir::QuantParams quant;
  };

  std::vector<const ir::Value*> activations() const;
  Tensor dequantized(const ir::Value& value) const;

  ir::Graph graph_;
  ir::Attributes attributes_;
  std::string op_;
  std::vector<std::optional<ir::ValueId>> operands_;
  std::vector<DimOrder> orders_;  ///< of the graph's inputs
  std::optional<Format> output_;
  bool appended_ = false;
};

/// The message of an error, or "ok".
template <class T>
std::string message_of(const Result<T>& result) {
  return result.ok() ? "ok" : to_string(result.error());
}

}  // namespace pudu::ops::testing
