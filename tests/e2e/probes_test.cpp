// Every probe of tests/data, each one operator or idea, from its file to the simulator: it reaches its accuracy against
// torch's float outputs, with the same bytes in poisoned memory, or it is refused for the reason that stands in the
// table below. A change of either list has to be made here.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/progress.hpp"
#include "simulator/simulator.hpp"
#include "support/models.hpp"
#include "support/probe.hpp"

namespace pudu {
namespace {

/// Why a probe is refused, word by word, without the file's name in front of it.
const std::map<std::string, std::vector<std::string>>& refusals() {
  static const std::map<std::string, std::vector<std::string>> table = {
      {"operators/lstm_projection",
       {"error: lstm: a projection of the hidden state (proj_size); proj_size 0\nhint: at rnn.py:1164 in forward: "
        "result = _VF.lstm("}},
      {"reader/unsupported_branch",
       {"error: cond: operator higher_order.cond is not supported; at <eval_with_key>.451:11 in forward: cond = "
        "torch.ops.higher_order.cond(l_args_0_, cond_true_0, cond_false_0, (l_args_3_0_, "
        "l_args_1_closure_0_cell_contents_..."}},
      {"reader/unsupported_operators",
       {"error: sort: operator aten.sort.default is not supported; at make_reader_probes.py:57 in forward: return "
        "self.body(self, *inputs, **kwargs)",
        "error: fft_fft2: operator aten.fft_fft2.default is not supported; at make_reader_probes.py:57 in forward: "
        "return self.body(self, *inputs, **kwargs)",
        "error: real: operator aten.real.default is not supported; at make_reader_probes.py:57 in forward: return "
        "self.body(self, *inputs, **kwargs)"}},
  };
  return table;
}

class ProbeTest : public ::testing::TestWithParam<std::string> {
 protected:
  Result<driver::CompiledModel> compile(quantizer::IoType io = quantizer::IoType::Int8) const {
    driver::CompileOptions options = probe_.compile_options();
    options.quantizer.io = io;
    base::SilentProgress progress;
    return driver::compile(options, progress);
  }

  testing::Probe probe_{GetParam()};
};

void expect_refusal(const std::string& name, const Error& error) {
  EXPECT_EQ(error.kind, ErrorKind::Unsupported) << to_string(error);
  const auto expected = refusals().find(name);
  ASSERT_NE(expected, refusals().end()) << to_string(error);
  std::vector<std::string> found;
  for (Diagnostic diagnostic : error.diagnostics) {
    EXPECT_EQ(diagnostic.file, testing::test_data(name + ".pt2").string());
    diagnostic.file.clear();
    found.push_back(to_string(diagnostic));
  }
  EXPECT_EQ(found, expected->second);
}

/// Raw bytes of every output.
using RawOutputs = std::vector<std::vector<std::byte>>;

RawOutputs run_with(const driver::Artifact& artifact, const RawOutputs& inputs, simulator::FreeMemory free_memory) {
  auto simulator = simulator::Simulator::create(artifact.program, artifact.memory, free_memory);
  EXPECT_TRUE(simulator.ok()) << to_string(simulator.error());
  auto outputs = simulator->run(inputs);
  EXPECT_TRUE(outputs.ok()) << to_string(outputs.error());
  return outputs.ok() ? std::move(outputs).value() : RawOutputs{};
}

void expect_no_read_of_free_memory(const driver::Artifact& artifact) {
  RawOutputs inputs;
  for (std::size_t i = 0; i < artifact.program.inputs.size(); ++i) {
    std::vector<std::byte>& bytes =
        inputs.emplace_back(artifact.program.buffer(artifact.program.inputs[i].buffer).bytes());
    for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<std::byte>((k * 37 + i * 11) & 0xFF);
  }
  EXPECT_EQ(run_with(artifact, inputs, simulator::FreeMemory::Untouched),
            run_with(artifact, inputs, simulator::FreeMemory::Poisoned));
}

TEST_P(ProbeTest, IsAccurateOrRefusedForItsReason) {
  auto compiled = compile();
  if (!compiled) return expect_refusal(GetParam(), compiled.error());
  EXPECT_EQ(refusals().count(GetParam()), 0U) << "this compiles now: take it off the table";

  const driver::Artifact artifact = testing::simulated(std::move(compiled).value());
  const std::vector<base::Array> outputs = probe_.run(artifact);
  ASSERT_EQ(outputs.size(), artifact.program.outputs.size());
  const double least_sqnr_db = testing::least_sqnr_db(GetParam());
  for (std::size_t port = 0; port < artifact.program.outputs.size(); ++port) {
    const base::Array& actual = outputs[port];
    EXPECT_EQ(actual.shape, probe_.expected_output(port).shape);
    const double sqnr = testing::sqnr_db(base::to_float32(probe_.expected_output(port)), base::to_float32(actual));
    RecordProperty("sqnr_db_" + std::to_string(port), std::to_string(sqnr));
    EXPECT_GE(sqnr, least_sqnr_db) << "output " << port;
  }
  expect_no_read_of_free_memory(artifact);

  auto with_float_ports = compile(quantizer::IoType::Float32);
  ASSERT_TRUE(with_float_ports.ok()) << to_string(with_float_ports.error());
  EXPECT_EQ(probe_.run(testing::simulated(std::move(with_float_ports).value())), outputs) << "with --io float32";
}

INSTANTIATE_TEST_SUITE_P(Data, ProbeTest, ::testing::ValuesIn(testing::probe_names()), [](const auto& suite) {
  std::string name = suite.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

TEST(Probes, TheTablesNameFilesThatExist) {
  const std::vector<std::string> names = testing::probe_names();
  for (const auto& [name, reasons] : refusals()) EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  for (const auto& [name, sqnr] : testing::lower_sqnr_db())
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  EXPECT_GE(names.size(), 130U);
}

}  // namespace
}  // namespace pudu
