// Tests only: one call of a kernel as a layer of the host, with every set of loops that this processor has.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host_kernels/layers.hpp"
#include "kernels/requantize_form.hpp"
#include "kernels/testing/prepared.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::host_kernels::testing {

using namespace kernels::testing;

inline std::vector<const VectorLoops*> all_loops() {
  std::vector<const VectorLoops*> loops = {&portable_loops()};
  if (avx2_loops() != nullptr) loops.push_back(avx2_loops());
  return loops;
}

inline std::size_t size_of(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

/// A program of one call of Kernel, whose constant operands are filled in.
template <class Kernel>
class OneCall {
 public:
  explicit OneCall(const typename Kernel::Params& params) {
    program_.name = "one";
    program_.calls.push_back({.name = "call", .op = "op", .kernel = Kernel::name});
    program_.calls[0].parameters = ops::to_parameters(params);
  }

  template <class T>
  OneCall& constant(const char* name, const std::vector<T>& values) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    add(name, program::BufferKind::Constant,
        std::make_shared<const std::vector<std::byte>>(bytes, bytes + values.size() * sizeof(T)));
    return *this;
  }
  OneCall& input(const char* name, const std::vector<std::int8_t>& values) {
    inputs_[name] = values.data();
    add(name, program::BufferKind::Activation, nullptr);
    return *this;
  }

  /// What a call makes with each set of loops.
  void expect(const std::vector<std::int8_t>& expected, const typename Kernel::Params& run_params) {
    for (const VectorLoops* loops : all_loops()) {
      const std::unique_ptr<const Layer> layer = make_layer(program_, program_.calls[0], *loops);
      ASSERT_NE(layer, nullptr) << Kernel::name << describe(run_params);
      GuardedBuffer<std::int8_t> output(expected.size());
      const auto address = [&](std::string_view name) -> void* {
        if (name == "output") return output.data();
        const auto found = inputs_.find(std::string(name));
        return found != inputs_.end() ? const_cast<std::int8_t*>(found->second) : nullptr;
      };
      ASSERT_TRUE(layer->run(ops::to_parameters(run_params), address));
      ASSERT_EQ(output.values(), expected) << loops->name << " " << Kernel::name << describe(run_params);
    }
  }

 private:
  void add(const char* name, program::BufferKind kind, std::shared_ptr<const std::vector<std::byte>> data) {
    const program::BufferId id = program_.add_buffer({.name = name, .kind = kind, .data = std::move(data)});
    program_.calls[0].operands.push_back({name, id});
  }

  program::Program program_;
  std::map<std::string, const std::int8_t*> inputs_;
};

/// Checks the kernel of the dialect's layout on a layer: with its parameters and result, or those of some of its rows.
template <class Kernel, class Case>
void check_plain(const Case& layer, const std::vector<std::int8_t>& expected,
                 const typename Kernel::Params& run_params) {
  OneCall<Kernel>(layer.p)
      .input("input", layer.input)
      .constant("weights", layer.weights)
      .constant("bias", layer.channels.bias)
      .constant("multipliers", layer.channels.multipliers)
      .constant("shifts", layer.channels.shifts)
      .expect(expected, run_params);
}
template <class Kernel, class Case>
void check_plain(const Case& layer) {
  check_plain<Kernel>(layer, layer.expected, layer.p);
}

/// The layer's constants as operands of its kernel in the dialect's layout; what a call computes is null.
template <class Kernel, class Case>
typename Kernel::Operands constants_of(const Case& layer) {
  typename Kernel::Operands base{};
  base.weights = layer.weights.data(), base.bias = layer.channels.bias.data();
  base.multipliers = layer.channels.multipliers.data(), base.shifts = layer.channels.shifts.data();
  return base;
}

/// Checks a kernel of weights and constants that were prepared for it.
template <class Kernel, class Case, class Weight>
void check_prepared(const Case& layer, const typename Kernel::Params& params, const std::vector<Weight>& weights,
                    const std::vector<std::int32_t>& constants) {
  OneCall<Kernel>(params)
      .input("input", layer.input)
      .constant("weights", weights)
      .constant("constants", constants)
      .expect(layer.expected, params);
}

/// Which forms were met.
using Forms = std::set<std::int32_t>;

inline std::vector<std::int32_t> words_of(const std::vector<kernels::ChannelConstants>& constants) {
  std::vector<std::int32_t> words(4 * constants.size());
  std::memcpy(words.data(), constants.data(), 4 * words.size());
  return words;
}

/// A layer prepared for a kernel of the DSP extension, in every form that all its channels have, as `prepare(form)`
/// says.
template <class Kernel, class Case, class Prepare>
void check_forms(const Case& layer, Prepare prepare, Forms& forms) {
  for (const kernels::RequantizeForm form : kernels::testing::all_forms) {
    typename Kernel::Params q = prepare(form);
    const auto constants = kernels::testing::fitted_constants(layer.weights, layer.channels, q);
    if (constants.empty()) continue;
    check_prepared<Kernel>(layer, q, kernels::testing::packed_weights(q, layer.weights.data()), words_of(constants));
    forms.insert(q.form);
  }
}

}  // namespace pudu::host_kernels::testing
