// model.hpp of an emitted folder, and what it shares with model.cpp: the first line and run()'s parameters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "emitters/cpp/cpp_emitter.hpp"
#include "emitters/cpp/identifiers.hpp"
#include "kernels/model_api.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// Dimensions that TensorInfo (kernels/model_api.hpp) has room for.
constexpr std::size_t max_port_rank = std::extent_v<decltype(TensorInfo::shape)>;

/// The first line of every emitted file.
std::string banner(const program::Program& program, const CppOrigin& origin);

/// Parameter lists of the copying run(): one span per input and output.
class RunSignature {
 public:
  RunSignature(const program::Program& program, IdentifierPool& pool);

  /// Without ports it would be the other run().
  bool is_needed() const { return !inputs_.empty() || !outputs_.empty(); }

  std::string parameters() const;

  /// `fed`: the input that arrives by rows, or none.
  std::string body(std::optional<std::size_t> fed) const;

 private:
  std::string size_checks() const;
  std::string type(const program::Port& port) const;

  const program::Program& program_;
  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
};

std::string emit_header(const program::Program& program, const program::MemoryMap& memory, const CppOrigin& origin);

}  // namespace pudu::emitters
