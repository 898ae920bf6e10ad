// The Program: what runs on the device. KernelCalls of the cortex_m dialect over buffers with physical (NHWC) shapes,
// scratch operands of final size, constants in the form the kernels read. Every consumer (simulator, C++ emitter, .pte
// emitter, planner, report) works from this one value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "targets/target.hpp"

namespace pudu::program {

enum class BufferId : std::uint32_t {};
constexpr std::size_t index_of(BufferId id) {
  return static_cast<std::size_t>(id);
}

enum class ElementType : std::uint8_t { Int8, UInt8, Int16, Int32, Float32 };
std::size_t size_in_bytes(ElementType type);
/// As printed: i8, u8, i16, i32, f32.
std::string_view to_string(ElementType type);
std::optional<ElementType> parse_element_type(std::string_view name);

enum class BufferKind : std::uint8_t {
  Input,       ///< filled by the caller before a run; planned in the arena
  Activation,  ///< result of a call (graph outputs included); planned in the arena
  Scratch,     ///< used within one call; planned in the arena
  Constant,    ///< read-only data in flash
  State,       ///< keeps its bytes from run to run; lies outside of the arena, in the state block
};
/// As printed: input, activation, scratch, constant, state.
std::string_view to_string(BufferKind kind);
std::optional<BufferKind> parse_buffer_kind(std::string_view name);

struct Quantization {
  float scale = 1.0F;
  std::int32_t zero_point = 0;
  friend bool operator==(const Quantization&, const Quantization&) = default;
};

struct Buffer {
  BufferId id{};
  std::string name;  ///< unique in the program, e.g. "conv2d_3.output", "conv2d_3.scratch"
  BufferKind kind = BufferKind::Activation;
  ElementType type = ElementType::Int8;
  std::vector<std::int64_t> shape;           ///< physical: [N, H, W, C] for images
  std::optional<Quantization> quantization;  ///< int8 activations
  /// bytes() bytes, little endian, of a constant; of a state what it holds before the first run; null for all others.
  std::shared_ptr<const std::vector<std::byte>> data;

  std::size_t bytes() const;
};

/// A scalar or array parameter of a kernel; its name is the field's name in the kernel's Params.
struct Parameter {
  std::string name;
  std::variant<std::vector<std::int64_t>, std::vector<double>> values;  ///< one element for a scalar field
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// A buffer bound to the field of the kernel's Operands of that name; elements of an array field are `inputs.0`,
/// `inputs.1`.
struct Operand {
  std::string name;
  BufferId buffer{};
  friend bool operator==(const Operand&, const Operand&) = default;
};

struct KernelCall {
  std::string name;    ///< unique: the graph node's name, with a suffix where one node became several calls
  std::string op;      ///< the graph operator it came from, e.g. "conv2d"
  std::string kernel;  ///< name of the kernel, e.g. "conv2d_s8"
  std::vector<Parameter> parameters;  ///< all fields of the kernel's Params, in their order
  std::vector<Operand> operands;      ///< all bound fields of the kernel's Operands; `scratch` only when it has bytes
  std::string source;                 ///< where the user wrote it, or empty
  std::int64_t macs = 0;              ///< multiply-accumulates, 0 for data movement

  const Operand* find_operand(std::string_view operand_name) const;
  const Parameter* find_parameter(std::string_view parameter_name) const;
};

/// A model input or output as its caller sees it.
struct Port {
  std::string name;
  BufferId buffer{};
  std::vector<std::int64_t> shape;  ///< as the caller passes it: NCHW logical sizes, or NHWC with --input-layout nhwc
};

struct Program {
  std::string name;  ///< model name: a C++ identifier
  targets::TargetConfig target;
  std::vector<Buffer> buffers;
  std::vector<KernelCall> calls;  ///< in execution order
  std::vector<Port> inputs;
  std::vector<Port> outputs;

  Buffer& buffer(BufferId id) { return buffers[index_of(id)]; }
  const Buffer& buffer(BufferId id) const { return buffers[index_of(id)]; }
  BufferId add_buffer(Buffer buffer);  ///< sets the id
};

/// Is the operand written by the call? By convention of the kernels: `output`, `output_state` and `output_cell` are
/// written, `scratch` both, all else read.
bool is_written(std::string_view operand_name);

/// The written operand that may be the very buffer of this one, which the kernel then changes in place: `output_state`
/// for `state`, `output_cell` for `cell`. Empty for all others.
std::string_view updated_operand(std::string_view operand_name);

/// Structural check: a C++ identifier as name, an ISA of the CPU, ids in range, unique names, positive sizes whose
/// product fits 31 bits, constants and initial states of the right size, constants never written, every activation
/// written before it is read, scratch used by one call only, ports of as many elements as their buffers, outputs in the
/// arena (a constant or a state is copied there by a call). Reports every fault, as InvalidInput.
Status verify(const Program& program);

/// Text form and its inverse: parse(print(p)) equals p for every program that verify() accepts. Constants stand as
/// `@offset+bytes` into a side buffer; buffers that share their data share it there, too. print.cpp shows the form.
struct ProgramText {
  std::string text;
  std::vector<std::byte> constants;
};
ProgramText print(const Program& program);
/// Fails with InvalidInput, naming the line, on text that is not of that form and on programs that verify() rejects;
/// with Unsupported on an unknown target.
Result<Program> parse(std::string_view text, std::span<const std::byte> constants);

/// One file holding both: the text, a line `constants <bytes>`, the raw bytes. This is `model.pudu` in a compiled
/// folder.
std::string serialize(const Program& program);
Result<Program> deserialize(std::string_view bytes);

}  // namespace pudu::program
