// Candidates for calls, remembered: to fit their constants takes longer than to choose between them, and the pass that
// prepares kernels asks for those that the planner of rows asks for again.
//
// Limits: for the programs of one target.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "prepare/variant.hpp"

namespace pudu::prepare {

class CandidateCache {
 public:
  /// candidates_for() the call: of the same kernel, parameters and constants the same ones.
  const std::vector<Candidate>& of(const SourceCall& source, Optimize optimize);

 private:
  struct Entry {
    std::string kernel;
    std::vector<program::Parameter> parameters;
    std::vector<BoundConstant> constants;
    Optimize optimize = Optimize::Balanced;
    std::vector<Candidate> candidates;
  };
  std::map<std::string, Entry> entries_;  ///< by the call's name
};

/// As prepare_program() of prepare.hpp.
std::vector<Choice> prepare_program(program::Program& program, Optimize optimize, CandidateCache& cache);

}  // namespace pudu::prepare
