// One method of a .pte program on ExecuTorch's runtime, with memory of fixed size: the pools that the program plans, a
// pool for the structures that the runtime builds, and none for temporary memory.
#pragma once

#include <executorch/extension/data_loader/buffer_data_loader.h>
#include <executorch/runtime/executor/program.h>
#include <executorch/runtime/kernel/operator_registry.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/result.hpp"

namespace pudu::executorch_runner {

/// Bytes with the alignment that the format promises for pools and for the program.
class AlignedBytes {
 public:
  static constexpr std::size_t alignment = 64;

  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t size);

  std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const;
  };
  std::unique_ptr<std::uint8_t, Free> bytes_;
  std::size_t size_ = 0;
};

/// A tensor that goes in or out.
struct Port {
  base::ArrayType type = base::ArrayType::Float32;
  std::vector<std::int32_t> sizes;      ///< logical
  std::vector<std::uint8_t> dim_order;  ///< as the bytes lie in memory, outermost first
  std::size_t bytes = 0;
  bool is_planned = true;  ///< otherwise the caller provides the memory
};

/// In bytes; the names are those that ExecuTorch's runner for Arm logs.
struct MemoryCounters {
  std::size_t program = 0;
  std::vector<std::size_t> planned;  ///< by pool
  std::size_t method_loaded = 0;     ///< of the method allocator, after loading
  std::size_t method_executor = 0;   ///< what execution took of it besides
  std::size_t method_pool = 0;       ///< its size
};

class ProgramRunner {
 public:
  /// Reads `file` and loads its method "forward", or the first. InvalidInput with what the runtime logged.
  static Result<std::unique_ptr<ProgramRunner>> load(const std::filesystem::path& file,
                                                     executorch::runtime::EventTracer* tracer);

  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }
  const MemoryCounters& memory() const { return memory_; }

  /// One inference. Arrays have the ports' types and logical shapes, in C order.
  Result<std::vector<base::Array>> run(const std::vector<base::Array>& inputs);

 private:
  ProgramRunner() = default;
  Status load_program(const std::filesystem::path& file);
  Status load_ports();
  Status make_pools();
  Status load_method(executorch::runtime::EventTracer* tracer);
  Status set_input(std::size_t index, const base::Array& array);
  Status provide_outputs();

  AlignedBytes file_bytes_;
  std::optional<executorch::extension::BufferDataLoader> loader_;
  std::optional<executorch::runtime::Program> program_;
  std::string method_name_;
  std::vector<Port> inputs_, outputs_;
  std::vector<AlignedBytes> pools_;
  std::vector<executorch::runtime::Span<std::uint8_t>> pool_spans_;
  AlignedBytes method_pool_;
  std::optional<executorch::runtime::HierarchicalAllocator> planned_memory_;
  std::optional<executorch::runtime::MemoryAllocator> method_allocator_, temp_allocator_;
  std::optional<executorch::runtime::MemoryManager> memory_manager_;
  std::vector<executorch::runtime::Kernel> kernels_;
  std::optional<executorch::runtime::Method> method_;
  std::vector<AlignedBytes> input_bytes_, output_bytes_;
  MemoryCounters memory_;
};

}  // namespace pudu::executorch_runner
