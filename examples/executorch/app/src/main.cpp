// Loads the program that model.S holds and runs it on zeros: all that an application has to do, without a heap.
//
// The two pools are the only memory. How much the activations need is in the program (`pudu compile` prints it as the
// arena); the runtime's own structures take about 1 KB and 150 bytes a value on a 32-bit core.
#include <executorch/extension/data_loader/buffer_data_loader.h>
#include <executorch/runtime/executor/memory_manager.h>
#include <executorch/runtime/executor/method.h>
#include <executorch/runtime/executor/program.h>
#include <executorch/runtime/platform/runtime.h>

#include <cstdint>
#include <cstdio>

#if !defined(ARENA_BYTES)
#define ARENA_BYTES (512 * 1024)
#endif
#if !defined(INPUT_BYTES)
#define INPUT_BYTES (224 * 224 * 3 * 4)
#endif
#if !defined(METHOD_POOL_BYTES)
#define METHOD_POOL_BYTES (sizeof(void*) * 16 * 1024)
#endif

extern "C" const std::uint8_t model_pte[];
extern "C" const std::uint8_t model_pte_end[];

namespace {

using executorch::aten::Tensor;
using executorch::aten::TensorImpl;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::HierarchicalAllocator;
using executorch::runtime::MemoryAllocator;
using executorch::runtime::MemoryManager;
using executorch::runtime::Method;
using executorch::runtime::Program;
using executorch::runtime::Span;

constexpr std::size_t max_rank = 6;

alignas(16) std::uint8_t arena[ARENA_BYTES];
alignas(16) std::uint8_t method_pool[METHOD_POOL_BYTES];
alignas(16) std::uint8_t input_data[INPUT_BYTES];  ///< zeros

int failed(const char* what, Error error) {
  std::printf("%s failed: %s\n", what, executorch::runtime::to_string(error));
  return 1;
}

/// Hands a tensor over, which the runtime copies into the arena. That is due before every inference: the arena is used
/// for other tensors meanwhile. Data lies as the program states it: NHWC where its dimension order is [0, 2, 3, 1].
Error set_input(Method& method, std::size_t index, void* data) {
  const auto info = method.method_meta().input_tensor_meta(index);
  if (!info.ok()) return info.error();
  std::int32_t sizes[max_rank];
  std::uint8_t dim_order[max_rank];
  std::int32_t strides[max_rank];
  const std::size_t rank = info->sizes().size();
  if (rank > max_rank || info->nbytes() > sizeof input_data) return Error::InvalidArgument;
  std::int32_t stride = 1;
  for (std::size_t i = rank; i-- > 0;) {
    dim_order[i] = info->dim_order()[i];
    strides[dim_order[i]] = stride;
    stride *= info->sizes()[dim_order[i]];
    sizes[i] = info->sizes()[i];
  }
  TensorImpl tensor(info->scalar_type(), static_cast<std::int32_t>(rank), sizes, data, dim_order, strides);
  return method.set_input(EValue(Tensor(&tensor)), index);
}

void print(const Tensor& tensor) {
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(tensor.numel()); ++i) {
    if (tensor.scalar_type() == executorch::aten::ScalarType::Float) {
      std::printf("%.9g\n", static_cast<double>(tensor.const_data_ptr<float>()[i]));
    } else {
      std::printf("%d\n", tensor.const_data_ptr<std::int8_t>()[i]);
    }
  }
}

}  // namespace

int main() {
  executorch::runtime::runtime_init();
  executorch::extension::BufferDataLoader loader(model_pte, static_cast<std::size_t>(model_pte_end - model_pte));
  auto program = Program::load(&loader);
  if (!program.ok()) return failed("loading the program", program.error());

  const auto meta = program->method_meta("forward");
  if (!meta.ok()) return failed("reading its method", meta.error());
  const std::size_t arena_bytes = meta->num_memory_planned_buffers() > 0
                                      ? static_cast<std::size_t>(*meta->memory_planned_buffer_size(0))
                                      : std::size_t{0};
  if (arena_bytes > sizeof arena) {
    std::printf("the program needs ARENA_BYTES=%u\n", static_cast<unsigned>(arena_bytes));
    return 1;
  }

  Span<std::uint8_t> pools[] = {{arena, arena_bytes}};
  HierarchicalAllocator planned({pools, 1});
  MemoryAllocator structures(sizeof method_pool, method_pool);
  MemoryAllocator temporary(0, nullptr);  // no operator of Pudu's wants any
  MemoryManager memory(&structures, &planned, &temporary);
  auto method = program->load_method("forward", &memory);
  if (!method.ok()) return failed("loading its method", method.error());

  for (std::size_t i = 0; i < method->inputs_size(); ++i) {
    if (const Error error = set_input(*method, i, input_data); error != Error::Ok) return failed("an input", error);
  }
  if (const Error error = method->execute(); error != Error::Ok) return failed("running it", error);
  for (std::size_t i = 0; i < method->outputs_size(); ++i) print(method->get_output(i).toTensor());
  return 0;
}
