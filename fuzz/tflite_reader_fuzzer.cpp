// Fuzz target of the .tflite reader. Most mutations take the file's objects apart, change a few of their fields and put
// them together again, since flatbuffers' verifier would stop nearly every change of a byte at the door.
//
// What the reader refuses must be the input's fault. What it accepts must pass the graph's verifier, and the passes and
// the lowering must handle it, or say that they do not support it.
#include <pudu_tflite_wire/schema_generated.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "frontends/tflite/tflite_reader.hpp"
#include "lowering/lowering.hpp"
#include "ops/registry.hpp"
#include "passes/pipeline.hpp"
#include "targets/target.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

namespace wire = pudu::frontends::tflite::wire;

/// Larger constants than these take long to lower, and hide nothing new.
constexpr std::int64_t most_elements = 1 << 16;

[[noreturn]] void fail(const pudu::Error& error) {
  std::fprintf(stderr, "%s\n", to_string(error).c_str());
  std::abort();
}

void expect_handled(const pudu::Status& status) {
  if (!status && status.error().kind != pudu::ErrorKind::Unsupported) fail(status.error());
}

bool is_small(const pudu::ir::Graph& graph) {
  std::int64_t elements = 0;
  for (const pudu::ir::Value& value : graph.values()) {
    elements += value.type.elements();
    if (elements > most_elements) return false;
  }
  return true;
}

/// Float graphs are quantized first, which is another fuzz target's matter.
void use(pudu::ir::Graph& graph) {
  if (const pudu::Status verified = pudu::ops::verify(graph); !verified) fail(verified.error());
  const bool is_quantized = std::any_of(graph.values().begin(), graph.values().end(),
                                        [](const pudu::ir::Value& value) { return value.quant.has_value(); });
  if (!is_quantized || !is_small(graph)) return;
  for (const pudu::passes::Pass& pass : pudu::passes::quantized_pipeline()) {
    expect_handled(pass.run({.graph = &graph}));
    if (const pudu::Status verified = pudu::ops::verify(graph); !verified) fail(verified.error());
  }
  const auto target = pudu::targets::make_target("cortex-m55", "");
  const auto program = pudu::lowering::lower(graph, *target);
  if (!program && program.error().kind != pudu::ErrorKind::Unsupported) fail(program.error());
}

/// Numbers at which arithmetic on sizes goes wrong.
constexpr std::array<std::int64_t, 18> numbers = {
    0, 1, -1, 2, 3, 4, 7, 8, 127, -128, 255, 65536, 8388608, INT32_MAX, INT32_MIN, INT32_MAX / 2, 1 << 30, 1000};

class Mutator {
 public:
  Mutator(wire::ModelT& model, unsigned seed) : model_(model), random_(seed) {}

  template <class List>
  typename List::reference one_of(List& list) {
    return list[random_() % list.size()];
  }

  void change() {
    if (model_.subgraphs.empty()) return;
    wire::SubGraphT& graph = *one_of(model_.subgraphs);
    switch (random_() % 8) {
      case 0:
      case 1:
        return change_tensor(graph);
      case 2:
        return change_operator(graph);
      case 3:
        return change_code();
      case 4:
        return change_list(random_() % 2 == 0 ? graph.inputs : graph.outputs, graph);
      case 5:
        return change_buffer();
      default:
        return change_options(graph);
    }
  }

 private:
  std::int32_t number() { return static_cast<std::int32_t>(numbers[random_() % numbers.size()]); }

  void change_list(std::vector<std::int32_t>& list, const wire::SubGraphT& graph) {
    switch (random_() % 4) {
      case 0:
        if (!list.empty()) list.pop_back();
        return;
      case 1:
        list.push_back(static_cast<std::int32_t>(random_() % (graph.tensors.size() + 1)) - 1);
        return;
      case 2:
        if (!list.empty()) one_of(list) = number();
        return;
      default:
        if (list.size() > 1) std::swap(one_of(list), one_of(list));
    }
  }

  void change_tensor(wire::SubGraphT& graph) {
    if (graph.tensors.empty()) return;
    wire::TensorT& tensor = *one_of(graph.tensors);
    switch (random_() % 8) {
      case 0:
        if (!tensor.shape.empty()) one_of(tensor.shape) = number();
        return;
      case 1:
        return change_list(tensor.shape, graph);
      case 2: {
        constexpr std::array<std::int8_t, 8> types = {0, 2, 3, 4, 6, 7, 9, 13};
        tensor.type = types[random_() % types.size()];
        return;
      }
      case 3:
        tensor.buffer = static_cast<std::uint32_t>(random_() % (model_.buffers.size() + 1));
        return;
      case 4:
        tensor.quantization.reset();
        return;
      case 5:
        tensor.is_variable = !tensor.is_variable;
        return;
      default:
        return change_quantization(tensor);
    }
  }

  void change_quantization(wire::TensorT& tensor) {
    constexpr std::array<float, 8> scales = {0.0F, -1.0F, 1e-40F, 1e-20F, 0.5F, 1.0F, 1e20F, 3e38F};
    if (!tensor.quantization) tensor.quantization = std::make_unique<wire::QuantizationParametersT>();
    auto& quantization = *tensor.quantization;
    switch (random_() % 4) {
      case 0:
        if (!quantization.scale.empty()) one_of(quantization.scale) = scales[random_() % scales.size()];
        return;
      case 1:
        quantization.scale.push_back(scales[random_() % scales.size()]);
        quantization.zero_point.push_back(number());
        return;
      case 2:
        if (!quantization.zero_point.empty()) one_of(quantization.zero_point) = number();
        return;
      default:
        quantization.quantized_dimension = number();
    }
  }

  void change_operator(wire::SubGraphT& graph) {
    if (graph.operators.empty()) return;
    wire::OperatorT& op = *one_of(graph.operators);
    switch (random_() % 5) {
      case 0:
        op.opcode_index = static_cast<std::uint32_t>(random_() % (model_.operator_codes.size() + 1));
        return;
      case 1:
        return change_list(op.outputs, graph);
      case 2:
        op.builtin_options.Reset();
        return;
      case 3:
        return change_list(op.intermediates, graph);
      default:
        return change_list(op.inputs, graph);
    }
  }

  /// The options keep their layout: fields of 1, 4 and 8 bytes change where they lie.
  void change_options(wire::SubGraphT& graph) {
    if (graph.operators.empty()) return;
    wire::OperatorT& op = *one_of(graph.operators);
    auto& options = op.builtin_options;
    if (auto* conv = options.AsConv2DOptions()) {
      return change_fields(*conv);
    }
    if (auto* depthwise = options.AsDepthwiseConv2DOptions()) return change_fields(*depthwise);
    if (auto* pool = options.AsPool2DOptions()) {
      pick(pool->stride_w, pool->stride_h, pool->filter_width, pool->filter_height) = number();
      pick(pool->padding, pool->fused_activation_function) = static_cast<std::int8_t>(random_() % 5);
      return;
    }
    if (auto* transposed = options.AsTransposeConvOptions()) {
      pick(transposed->stride_w, transposed->stride_h) = number();
      pick(transposed->padding, transposed->fused_activation_function) = static_cast<std::int8_t>(random_() % 5);
      return;
    }
    if (auto* slice = options.AsStridedSliceOptions()) {
      pick(slice->begin_mask, slice->end_mask, slice->ellipsis_mask, slice->new_axis_mask, slice->shrink_axis_mask) =
          number();
      return;
    }
    if (auto* concatenation = options.AsConcatenationOptions()) concatenation->axis = number();
    if (auto* gather = options.AsGatherOptions()) pick(gather->axis, gather->batch_dims) = number();
    if (auto* pack = options.AsPackOptions()) pick(pack->axis, pack->values_count) = number();
    if (auto* unpack = options.AsUnpackOptions()) pick(unpack->axis, unpack->num) = number();
    if (auto* split = options.AsSplitOptions()) split->num_splits = number();
    if (auto* blocks = options.AsSpaceToDepthOptions()) blocks->block_size = number();
    if (auto* depth = options.AsDepthToSpaceOptions()) depth->block_size = number();
    if (auto* svdf = options.AsSVDFOptions()) svdf->rank = number();
    if (auto* product = options.AsBatchMatMulOptions()) pick(product->adj_x, product->adj_y) ^= true;
    if (auto* layer = options.AsFullyConnectedOptions()) layer->keep_num_dims = !layer->keep_num_dims;
    if (auto* once = options.AsCallOnceOptions()) once->init_subgraph_index = number();
  }

  template <class Options>
  void change_fields(Options& options) {
    pick(options.stride_w, options.stride_h, options.dilation_w_factor, options.dilation_h_factor) = number();
    if (random_() % 2 == 0) {
      pick(options.padding, options.fused_activation_function) = static_cast<std::int8_t>(random_() % 5);
    }
  }

  template <class First, class... Others>
  First& pick(First& first, Others&... others) {
    std::array<First*, 1 + sizeof...(Others)> fields = {&first, &others...};
    return *fields[random_() % fields.size()];
  }

  void change_code() {
    if (model_.operator_codes.empty()) return;
    wire::OperatorCodeT& code = *one_of(model_.operator_codes);
    code.builtin_code = static_cast<std::int32_t>(random_() % 160);
    code.deprecated_builtin_code = static_cast<std::int8_t>(std::min(code.builtin_code, 127));
    code.version = static_cast<std::int32_t>(random_() % 4);
  }

  /// Constants that the compiler must know are integers.
  void change_buffer() {
    if (model_.buffers.empty()) return;
    std::vector<std::uint8_t>& data = one_of(model_.buffers)->data;
    const std::int32_t value = number();
    if (data.size() < sizeof value || random_() % 4 == 0) {
      data.resize(random_() % 65);
      return;
    }
    const std::size_t place = random_() % (data.size() / sizeof value);
    std::memcpy(data.data() + place * sizeof value, &value, sizeof value);
  }

  wire::ModelT& model_;
  std::minstd_rand random_;
};

bool is_whole(const wire::Tensor& tensor) {
  const wire::QuantizationParameters* quantization = tensor.quantization();
  if (quantization == nullptr) return true;
  const auto* points = quantization->zero_point();
  const bool is_aligned =
      points == nullptr || reinterpret_cast<std::uintptr_t>(points->Data()) % sizeof(std::int64_t) == 0;
  return is_aligned &&
         (quantization->details_type() == wire::QuantizationDetails::NONE || quantization->details() != nullptr);
}

/// The reader copes with numbers that are not aligned and options that are not there, which flatbuffers' verifier
/// accepts; flatbuffers' code that takes a file apart does not.
bool can_be_taken_apart(const wire::Model& model) {
  if (model.subgraphs() == nullptr) return true;
  for (const wire::SubGraph* graph : *model.subgraphs()) {
    for (std::size_t i = 0; graph->tensors() != nullptr && i < graph->tensors()->size(); ++i) {
      if (!is_whole(*graph->tensors()->Get(static_cast<flatbuffers::uoffset_t>(i)))) return false;
    }
    for (std::size_t i = 0; graph->operators() != nullptr && i < graph->operators()->size(); ++i) {
      const wire::Operator& op = *graph->operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
      if (op.builtin_options_type() != wire::BuiltinOptions::NONE && op.builtin_options() == nullptr) return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto graph = pudu::frontends::read_tflite(std::as_bytes(std::span(data, size)), "fuzz.tflite");
  if (graph) {
    use(*graph);
  } else if (graph.error().kind == pudu::ErrorKind::Internal) {
    fail(graph.error());
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  const std::vector<std::uint8_t> aligned(data, data + size);
  flatbuffers::Verifier verifier(aligned.data(), aligned.size());
  if (random() % 8 == 0 || !wire::VerifyModelBuffer(verifier) || !can_be_taken_apart(*wire::GetModel(aligned.data()))) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  const std::unique_ptr<wire::ModelT> model = wire::UnPackModel(aligned.data());
  Mutator mutator(*model, seed);
  for (unsigned i = 0; i <= random() % 4; ++i) mutator.change();
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(wire::Model::Pack(builder, model.get()), wire::ModelIdentifier());
  if (builder.GetSize() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, builder.GetBufferPointer(), builder.GetSize());
  return builder.GetSize();
}
