// Every kernel that each call of a Program may run, for those who choose between them by what else must be in memory:
// the scheduler of plans by rows, which trades a kernel's scratch for rows of windows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "prepare/candidate_cache.hpp"
#include "prepare/prepare.hpp"
#include "prepare/variant.hpp"
#include "program/program.hpp"

namespace pudu::prepare {

class KernelMenu {
 public:
  /// `program` is in the dialect's layout, and must outlive the menu. For targets that prepares() leaves out every call
  /// has itself alone.
  KernelMenu(const program::Program& program, Optimize optimize, CandidateCache& cache);
  KernelMenu(const program::Program& program, Optimize optimize);

  /// By call: first the kernel that it has, over longer rows where it has them; then its variants, and these with
  /// shorter strips, which need less scratch.
  const std::vector<std::vector<Candidate>>& by_call() const { return by_call_; }

  /// Instructions of one run of `call`, which has the candidate's kernel and any sizes; 0 where no model knows.
  double instructions(const Candidate& candidate, const program::KernelCall& call) const;

  /// What the bytes of its constants count as, in instructions of one inference. Where RAM is short, flash counts a
  /// quarter of what `optimize` says elsewhere.
  double price_of_constants(const Candidate& candidate) const;

  /// The program with the chosen candidate of each call; constants that nothing reads are gone.
  program::Program apply(std::span<const std::size_t> chosen) const;

  /// The calls whose kernel is replaced.
  std::vector<Choice> choices(std::span<const std::size_t> chosen) const;

 private:
  const program::Program& program_;
  const Optimize optimize_;
  std::vector<std::vector<Candidate>> by_call_;
};

}  // namespace pudu::prepare
