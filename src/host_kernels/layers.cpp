#include "host_kernels/layers.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "base/parallel.hpp"
#include "host_kernels/unpack.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_mve/add_mve_s8.hpp"

namespace pudu::host_kernels {
namespace {

bool overlap(const std::int8_t* a, std::size_t a_bytes, const std::int8_t* b, std::size_t b_bytes) {
  const std::less<> before;
  return before(a, b + b_bytes) && before(b, a + a_bytes);
}

/// A convolution or linear layer (Windows: Convolution) or a depthwise one (DepthwiseConvolution). `Window` is the
/// kernel's extent where no parameter says it.
template <class Kernel, class Windows, std::int32_t Window = 1>
class WindowLayer final : public Layer {
 public:
  WindowLayer(const LayerConstants& constants, const WindowGeometry& g, const VectorLoops& loops)
      : loops_(loops), windows_(constants, g.output_channels, taps(g)) {}

  static std::unique_ptr<const Layer> make(std::span<const program::Parameter> parameters,
                                           const ops::OperandAddress& address, const VectorLoops& loops) {
    const auto params = ops::detail::to_params<typename Kernel::Params>(parameters);
    const auto operands = ops::detail::to_operands<typename Kernel::Operands>(address);
    const Unpacked constants = unpack(params, operands);
    if (!constants) return nullptr;
    return std::make_unique<WindowLayer>(*constants, geometry_of(params, Window), loops);
  }

  bool run(std::span<const program::Parameter> parameters, const ops::OperandAddress& address) const override {
    const WindowGeometry g = geometry_of(ops::detail::to_params<typename Kernel::Params>(parameters), Window);
    const auto* input = static_cast<const std::int8_t*>(address("input"));
    auto* output = static_cast<std::int8_t*>(address("output"));
    if (overlap(input, g.input_bytes(), output, g.output_bytes())) return false;
    windows_.run(loops_, g, input, output);
    return true;
  }

 private:
  static std::int32_t taps(const WindowGeometry& g) {
    constexpr bool is_depthwise = std::is_same_v<Windows, DepthwiseConvolution>;
    return g.kernel_h * g.kernel_w * (is_depthwise ? 1 : g.input_channels);
  }

  const VectorLoops& loops_;
  Windows windows_;
};

class AddLayer final : public Layer {
 public:
  explicit AddLayer(const VectorLoops& loops) : loops_(loops) {}

  bool run(std::span<const program::Parameter> parameters, const ops::OperandAddress& address) const override {
    const auto p = ops::detail::to_params<kernels::AddDspS8Params>(parameters);
    const auto operands = ops::detail::to_operands<kernels::AddDspS8Operands>(address);
    const auto count = static_cast<std::size_t>(p.count);
    for (const std::int8_t* input : {operands.input1, operands.input2}) {
      if (input != operands.output && overlap(input, count, operands.output, count)) return false;
    }
    loops_.add(
        {operands.input1, operands.input2, operands.output, p.count, p.multiplier1, p.multiplier2, p.addend, p.shift});
    return true;
  }

 private:
  const VectorLoops& loops_;
};

std::unique_ptr<const Layer> make_add(std::span<const program::Parameter>, const ops::OperandAddress&,
                                      const VectorLoops& loops) {
  return std::make_unique<AddLayer>(loops);
}

struct HostKernel {
  std::string_view name;
  std::unique_ptr<const Layer> (*make)(std::span<const program::Parameter>, const ops::OperandAddress&,
                                       const VectorLoops&);
};

constexpr std::array host_kernels = {
    HostKernel{kernels::Conv2dS8::name, WindowLayer<kernels::Conv2dS8, Convolution>::make},
    HostKernel{kernels::Conv2dMveS8::name, WindowLayer<kernels::Conv2dMveS8, Convolution>::make},
    HostKernel{kernels::Conv2dDspS8::name, WindowLayer<kernels::Conv2dDspS8, Convolution>::make},
    HostKernel{kernels::Conv2dWinogradDspS8::name, WindowLayer<kernels::Conv2dWinogradDspS8, Convolution, 3>::make},
    HostKernel{kernels::Conv2dWinogradRowsDspS8::name,
               WindowLayer<kernels::Conv2dWinogradRowsDspS8, Convolution, 3>::make},
    HostKernel{kernels::Conv2dLanesS8::name, WindowLayer<kernels::Conv2dLanesS8, Convolution>::make},
    HostKernel{kernels::LinearS8::name, WindowLayer<kernels::LinearS8, Convolution>::make},
    HostKernel{kernels::LinearMveS8::name, WindowLayer<kernels::LinearMveS8, Convolution>::make},
    HostKernel{kernels::LinearDspS8::name, WindowLayer<kernels::LinearDspS8, Convolution>::make},
    HostKernel{kernels::DepthwiseConv2dS8::name, WindowLayer<kernels::DepthwiseConv2dS8, DepthwiseConvolution>::make},
    HostKernel{kernels::DepthwiseConv2dMveS8::name,
               WindowLayer<kernels::DepthwiseConv2dMveS8, DepthwiseConvolution>::make},
    HostKernel{kernels::DepthwiseConv2dDspS8::name,
               WindowLayer<kernels::DepthwiseConv2dDspS8, DepthwiseConvolution, 3>::make},
    HostKernel{kernels::DepthwiseConv2d5x5DspS8::name,
               WindowLayer<kernels::DepthwiseConv2d5x5DspS8, DepthwiseConvolution, 5>::make},
    HostKernel{kernels::DepthwiseConv2dLanesS8::name,
               WindowLayer<kernels::DepthwiseConv2dLanesS8, DepthwiseConvolution, 3>::make},
    HostKernel{kernels::AddDspS8::name, make_add},
    HostKernel{kernels::AddMveS8::name, make_add},
};

/// Every operand that is read, but the input, holds constants; a layer whose weights a call computes has none.
bool has_constants(const program::Program& program, const program::KernelCall& call) {
  return std::all_of(call.operands.begin(), call.operands.end(), [&](const program::Operand& operand) {
    const bool is_constant = program.buffer(operand.buffer).kind == program::BufferKind::Constant;
    return is_constant || operand.name.starts_with("input") || operand.name == "scratch" ||
           program::is_written(operand.name);
  });
}

}  // namespace

std::unique_ptr<const Layer> make_layer(const program::Program& program, const program::KernelCall& call,
                                        const VectorLoops& loops) {
  const auto found = std::find_if(host_kernels.begin(), host_kernels.end(),
                                  [&](const HostKernel& kernel) { return kernel.name == call.kernel; });
  if (found == host_kernels.end() || !has_constants(program, call)) return nullptr;
  const auto address = [&](std::string_view name) -> void* {
    const program::Operand* operand = call.find_operand(name);
    if (operand == nullptr || program.buffer(operand->buffer).kind != program::BufferKind::Constant) return nullptr;
    return const_cast<std::byte*>(program.buffer(operand->buffer).data->data());
  };
  return found->make(call.parameters, address, loops);
}

std::shared_ptr<const ProgramLayers> ProgramLayers::make(const program::Program& program, const VectorLoops& loops) {
  auto made = std::make_shared<ProgramLayers>();
  made->layers_.resize(program.calls.size());
  base::parallel_for(program.calls.size(),
                     [&](std::size_t i) { made->layers_[i] = make_layer(program, program.calls[i], loops); });
  return made;
}

std::shared_ptr<const ProgramLayers> ProgramLayers::twins_only() {
  return std::make_shared<ProgramLayers>();
}

std::size_t ProgramLayers::size() const {
  return static_cast<std::size_t>(
      std::count_if(layers_.begin(), layers_.end(), [](const auto& layer) { return layer != nullptr; }));
}

}  // namespace pudu::host_kernels
