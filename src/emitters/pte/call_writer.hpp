// One kernel call of a legalized Program -> one or more calls of ExecuTorch operators.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "emitters/pte/plan_builder.hpp"
#include "emitters/pte/pte_emitter.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// A run of bytes as its user wants to see it.
struct ImageSizes {
  std::int64_t n, h, w, c;
};

class CallWriter {
 public:
  CallWriter(const program::Program& program, const program::MemoryMap& memory, const PteOptions& options,
             PlanBuilder& builder);

  /// Value of a port of the program, with the sizes that its caller sees.
  ValueId input_port(const program::Port& port);
  ValueId output_port(const program::Port& port);

  /// Writes calls[index]. Internal for a kernel that legalize_for_executorch does not let through.
  Status write(std::size_t index);
  /// Output rows `rows` of calls[index], for which runs_by_rows (rows.hpp) holds, with windows that lie so.
  Status write_rows(std::size_t index, program::RowRange rows, const program::WindowRows& windows);
  /// Moves `count` rows of a window from one of its slots to another, by calls that never copy over what they read.
  void move_rows(program::BufferId window, std::int32_t from_slot, std::int32_t to_slot, std::int32_t count);

 private:
  /// While some rows of a call are written.
  struct Part {
    std::int32_t rows = 0;                                ///< of the output
    std::map<program::BufferId, std::ptrdiff_t> offsets;  ///< from the buffer's first byte to the first row's
  };

  Status write_call(const program::KernelCall& call);
  using Writer = void (CallWriter::*)(const program::KernelCall&);
  static const std::map<std::string_view, Writer>& writers();

  std::ptrdiff_t row_bytes(program::BufferId id) const;
  program::ElementType type_of(const program::KernelCall& call, std::string_view operand) const;
  void quantize(const program::KernelCall& call);
  void dequantize(const program::KernelCall& call);
  void conv2d(const program::KernelCall& call);
  void depthwise_conv2d(const program::KernelCall& call);
  void transpose_conv2d(const program::KernelCall& call);
  void linear(const program::KernelCall& call);
  void batch_matmul(const program::KernelCall& call);
  void minimum(const program::KernelCall& call);
  void maximum(const program::KernelCall& call);
  void div(const program::KernelCall& call);
  void add(const program::KernelCall& call);
  void mul(const program::KernelCall& call);
  void lut(const program::KernelCall& call);
  void avg_pool2d(const program::KernelCall& call);
  void max_pool2d(const program::KernelCall& call);
  void softmax(const program::KernelCall& call);
  void pad(const program::KernelCall& call);
  void transpose(const program::KernelCall& call);
  void strided_slice(const program::KernelCall& call);
  void index_select(const program::KernelCall& call);
  void copy(const program::KernelCall& call);
  void concat(std::size_t index);
  /// Arguments in the order of the kernel's description, as pte/kernel_operators.cpp states them.
  void own_operator(const program::KernelCall& call);

  ValueId tensor(program::BufferId id, const TensorView& view, std::size_t byte_offset = 0);
  ValueId operand(const program::KernelCall& call, std::string_view name, const TensorView& view,
                  std::size_t byte_offset = 0);
  /// As the buffer's shape says.
  ValueId operand(const program::KernelCall& call, std::string_view name);
  ValueId scratch(const program::KernelCall& call);
  /// The bias, or null when it is all zeros and the operator takes none for that.
  ValueId bias(const program::KernelCall& call, std::int64_t groups);
  TensorView image(const ImageSizes& sizes) const;
  /// The sizes that both operands of an elementwise call get: those of a port when one is there.
  TensorView elementwise_view(const program::KernelCall& call) const;
  std::string image_operator(const char* name) const;
  std::int64_t zero_point_of(const program::KernelCall& call) const;
  bool linear_per_tensor(const program::KernelCall& call);

  const program::Program& program_;
  const program::MemoryMap& memory_;
  const PteOptions& options_;
  PlanBuilder& builder_;
  std::map<program::BufferId, TensorView> port_views_;
  std::optional<Part> part_;
};

}  // namespace pudu::emitters
