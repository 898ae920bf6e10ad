#include "prepare/candidate_cache.hpp"

namespace pudu::prepare {

const std::vector<Candidate>& CandidateCache::of(const SourceCall& source, Optimize optimize) {
  const program::KernelCall& call = source.call();
  std::vector<BoundConstant> constants = source.bound_constants();
  const auto [at, is_new] = entries_.try_emplace(call.name);
  Entry& entry = at->second;
  const bool is_known = !is_new && entry.kernel == call.kernel && entry.optimize == optimize &&
                        entry.parameters == call.parameters && entry.constants == constants;
  if (!is_known)
    entry = {call.kernel, call.parameters, std::move(constants), optimize, candidates_for(source, optimize)};
  return entry.candidates;
}

}  // namespace pudu::prepare
