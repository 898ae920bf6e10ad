// The host's linear layers and additions against their kernels, and what layers are made of and when they leave a call
// to the twin. Convolutions have tests of their own.
#include "host_kernels/layers.hpp"

#include <gtest/gtest.h>

#include "host_kernels/testing/one_call.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_mve/add_mve_s8.hpp"
#include "kernels/linear_dsp/prepare.hpp"
#include "kernels/linear_mve/prepare.hpp"
#include "kernels/testing/layer_case.hpp"

namespace pudu::host_kernels {
namespace {

using namespace kernels;
using namespace host_kernels::testing;

struct LinearCase {
  LinearS8Params p;
  PreparedChannels channels;
  std::vector<std::int8_t> input, weights, expected;
};

LinearCase random_linear(Random& random) {
  const std::int32_t features = random.between(1, 140), outputs = random.between(1, 40);
  LinearCase layer{{}, random_prepared_channels(random, outputs, features), {}, {}, {}};
  layer.p = {random.between(1, 9),
             features,
             outputs,
             -random.zero_point(),
             layer.channels.output_offset,
             layer.channels.activation_min,
             layer.channels.activation_max};
  layer.input = random.codes(size_of(layer.p.batches * features));
  layer.weights = random.codes(size_of(outputs * features));
  layer.expected.resize(size_of(layer.p.batches * outputs));
  LinearS8::run(layer.p, {layer.input.data(), layer.weights.data(), layer.channels.bias.data(),
                          layer.channels.multipliers.data(), layer.channels.shifts.data(), layer.expected.data()});
  return layer;
}

void check_dsp(const LinearCase& layer, Random& random, Forms& words) {
  const linear_dsp::Layer constant{layer.weights.data(), layer.channels.bias.data(), layer.channels.multipliers.data(),
                                   layer.channels.shifts.data(), layer.p.input_offset};
  for (const RequantizeForm form : all_forms) {
    LinearDspS8Params q{layer.p.batches,           layer.p.input_features,          layer.p.output_features,
                        random.one_in(2) ? 8 : 16, static_cast<std::int32_t>(form), 4,
                        layer.p.output_offset,     layer.p.activation_min,          layer.p.activation_max};
    std::vector<ChannelConstants> constants(size_of(q.output_features));
    std::int32_t rounded = 0;
    if (!linear_dsp::fit_constants(constant, q, constants.data(), rounded)) continue;
    q.constant_words = linear_dsp::constant_words(q.form, rounded);
    const bool is_uniform =
        form == RequantizeForm::Rounded && linear_dsp::have_one_scale(constants.data(), q.output_features);
    if (is_uniform) q.constant_words = 1;
    std::vector<std::int32_t> packed_constants(
        size_of(linear_dsp::packed_constant_words(q.output_features, q.constant_words)));
    linear_dsp::pack_constants(constants.data(), q.output_features, q.constant_words, packed_constants.data());
    std::vector<std::uint8_t> packed(linear_dsp::packed_weight_bytes(q));
    linear_dsp::pack_weights(q, layer.weights.data(), packed.data());
    check_prepared<LinearDspS8>(layer, q, packed, packed_constants);
    words.insert(q.constant_words);
  }
}

TEST(HostLayers, LinearLayers) {
  Random random(6);
  Forms words;
  int of_mve = 0;
  for (int i = 0; i < 80; ++i) {
    const LinearCase layer = random_linear(random);
    check_plain<LinearS8>(layer);
    check_dsp(layer, random, words);
    if (layer.p.output_features < 4) continue;
    const LinearMveS8Params q = linear_mve::params_of(layer.p);
    const LinearS8Operands base = constants_of<LinearS8>(layer);
    std::vector<std::int32_t> constants(linear_mve::constant_words(q));
    if (!linear_mve::pack_constants(q, layer.p.input_offset, base, constants.data())) continue;
    std::vector<std::int8_t> packed(linear_mve::packed_weight_bytes(q));
    linear_mve::pack_weights(q, layer.weights.data(), packed.data());
    check_prepared<LinearMveS8>(layer, q, packed, constants);
    ++of_mve;
  }
  EXPECT_EQ(words, (Forms{1, 2, 4}));
  EXPECT_GT(of_mve, 20);
}

template <class Kernel>
void check_add(Random& random) {
  for (const std::int32_t shift : add_dsp::shifts) {
    for (std::int32_t count = 0; count < 40; ++count) {
      const AddDspS8Params p{count, random.between(-100000, 1 << 22), random.between(-100000, 1 << 22),
                             random.between(INT32_MIN, INT32_MAX), shift};
      const auto first = random.codes(size_of(count)), second = random.codes(size_of(count));
      std::vector<std::int8_t> expected(size_of(count));
      Kernel::run(p, {first.data(), second.data(), expected.data()});
      OneCall<Kernel>(p).input("input1", first).input("input2", second).expect(expected, p);
    }
  }
}

TEST(HostLayers, Additions) {
  Random random(7);
  check_add<AddDspS8>(random);
  check_add<AddMveS8>(random);
}

TEST(HostLayers, RowsOfACallRunOverTheConstantsOfTheWhole) {
  Random random(8);
  const auto layer = random_conv2d(
      {.h = 9, .w = 9, .in = 3, .out = 18, .kh = 3, .kw = 3, .top = 1, .left = 1, .bottom = 1, .right = 1}, random);
  Conv2dS8Params rows = layer.p;  // output rows 0 to 2, which read input rows 0 to 3
  rows.input_h = 4, rows.output_h = 3;
  const std::vector<std::int8_t> expected(layer.expected.begin(), layer.expected.begin() + 3 * 9 * 18);
  check_plain<Conv2dS8>(layer, expected, rows);
}

TEST(HostLayers, TwinsRunWhatTheHostHasNothingFor) {
  program::Program program;
  program.calls.push_back({.name = "softmax", .op = "softmax", .kernel = "softmax_s8"});
  EXPECT_EQ(ProgramLayers::make(program)->layer(0), nullptr);
  EXPECT_EQ(ProgramLayers::twins_only()->layer(0), nullptr);
}

TEST(HostLayers, OverlappingOperandsAreLeftToTheTwin) {
  Random random(9);
  const auto layer = random_conv2d({.h = 2, .w = 2, .in = 4, .out = 4, .kh = 1, .kw = 1}, random);
  program::Program program;
  program.calls.push_back({.name = "call", .op = "op", .kernel = Conv2dS8::name});
  program::KernelCall& call = program.calls[0];
  call.parameters = ops::to_parameters(layer.p);
  const auto add = [&](const char* name, const void* data, std::size_t bytes) {
    const auto* first = static_cast<const std::byte*>(data);
    const program::BufferId id =
        program.add_buffer({.name = name,
                            .kind = program::BufferKind::Constant,
                            .data = std::make_shared<const std::vector<std::byte>>(first, first + bytes)});
    call.operands.push_back({name, id});
  };
  add("weights", layer.weights.data(), layer.weights.size());
  add("multipliers", layer.channels.multipliers.data(), 16);
  add("shifts", layer.channels.shifts.data(), 16);
  const std::unique_ptr<const Layer> host = make_layer(program, call, best_loops());
  ASSERT_NE(host, nullptr);
  std::vector<std::int8_t> memory(24, 5);
  const auto overlapping = [&](std::string_view name) -> void* {
    return name == "input" ? memory.data() : name == "output" ? memory.data() + 8 : nullptr;
  };
  EXPECT_FALSE(host->run(call.parameters, overlapping));
  EXPECT_EQ(memory, std::vector<std::int8_t>(24, 5));
}

}  // namespace
}  // namespace pudu::host_kernels
