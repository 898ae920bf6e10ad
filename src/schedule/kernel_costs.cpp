#include "schedule/kernel_costs.hpp"

#include <algorithm>

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"

namespace pudu::schedule {
namespace {

/// Beside operands that lie apart; negative where they share more.
std::int64_t extra_bytes(const Offer& offer) {
  return static_cast<std::int64_t>(offer.scratch_bytes) - static_cast<std::int64_t>(offer.shared_bytes);
}

/// Those of which no other needs as few bytes and as few instructions.
std::vector<Offer> worthwhile(std::vector<Offer> offers) {
  std::sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
    return std::tuple(extra_bytes(a), a.instructions, a.option) < std::tuple(extra_bytes(b), b.instructions, b.option);
  });
  std::vector<Offer> kept;
  for (const Offer& offer : offers) {
    if (kept.empty() || offer.instructions < kept.back().instructions) kept.push_back(offer);
  }
  return kept;
}

bool is_key(std::span<const std::int32_t> key, std::span<const RowKind> kinds) {
  if (key.size() != 3 * kinds.size()) return false;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const RowKind& kind = kinds[i];
    if (key[3 * i] != kind.rows.count() || key[3 * i + 1] != kind.rows_read || key[3 * i + 2] != kind.times) {
      return false;
    }
  }
  return true;
}

std::size_t scratch_of(const program::Program& program, const program::KernelCall& call) {
  return ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, program.target);
}

}  // namespace

KernelCosts::KernelCosts(const program::Program& program, KernelOptions options, const KernelModel& own)
    : program_(program),
      options_(std::move(options)),
      whole_(program.calls.size()),
      overlapping_(program.calls.size()),
      parts_(program.calls.size()),
      by_kinds_(program.calls.size()),
      last_(program.calls.size(), nullptr) {
  if (options_.by_call.empty()) {
    for (const program::KernelCall& call : program.calls) by_call_.push_back({{.call = call, .model = own}});
  } else {
    by_call_ = options_.by_call;
  }
  for (const std::vector<KernelOption>& list : by_call_) {
    std::vector<std::int32_t>& rows = rows_.emplace_back();
    for (const KernelOption& option : list) {
      const std::optional<ops::RowForm> form = ops::row_form(program, option.call);
      rows.push_back(form ? form->output_rows : 0);
    }
  }
}

double KernelCosts::whole_instructions(std::size_t call, std::size_t option) const {
  const KernelOption& of = by_call_[call][option];
  const double modelled = of.model ? of.model(program_, of.call) : 0;
  return (modelled > 0 ? modelled : of.instructions) + of.price;
}

std::vector<Offer> KernelCosts::whole_offers(std::size_t call, const SharedBytes& shared) const {
  std::vector<Offer> offers;
  for (std::size_t i = 0; i < by_call_[call].size(); ++i) {
    const program::KernelCall& option = by_call_[call][i].call;
    offers.push_back({scratch_of(program_, option), whole_instructions(call, i), i, shared ? shared(option) : 0});
  }
  return worthwhile(std::move(offers));
}

std::span<const Offer> KernelCosts::of_whole(std::size_t call) const {
  if (whole_[call].empty()) whole_[call] = whole_offers(call, {});
  return whole_[call];
}

std::span<const Offer> KernelCosts::of_overlapping(std::size_t call, const SharedBytes& shared) const {
  std::optional<std::vector<Offer>>& offers = overlapping_[call];
  if (!offers) {
    offers = whole_offers(call, shared);
    const auto shares = [](const Offer& offer) { return offer.shared_bytes > 0; };
    if (std::none_of(offers->begin(), offers->end(), shares)) offers->clear();
  }
  return *offers;
}

const KernelCosts::Part& KernelCosts::part_of(std::size_t call, std::size_t option, const RowKind& kind) const {
  const auto [known, is_new] = parts_[call].try_emplace({option, kind.rows.count(), kind.rows_read});
  if (is_new) {
    const KernelOption& of = by_call_[call][option];
    const program::KernelCall part = ops::row_call(program_, of.call, kind.rows);
    known->second = {scratch_of(program_, part), of.model ? of.model(program_, part) : 0};
  }
  return known->second;
}

/// Of kernels that no model knows: a part of what the whole call needs, and something for every call.
double KernelCosts::guessed_instructions(const KernelOption& option, const Part& part, std::int32_t rows) const {
  const double share = option.instructions / std::max(rows, 1);
  if (option.call.kernel.starts_with("depthwise")) {
    const std::vector<std::int64_t>& shape = program_.buffer(program::output_of(option.call)).shape;
    return share + instructions_per_call + instructions_per_depthwise_channel * static_cast<double>(shape.back());
  }
  return share + (part.scratch_bytes > 0 ? instructions_per_call_with_scratch : instructions_per_call);
}

std::span<const Offer> KernelCosts::of_rows(std::size_t call, std::span<const RowKind> kinds) const {
  if (last_[call] != nullptr && is_key(last_[call]->first, kinds)) return last_[call]->second;
  KindsKey key;
  for (const RowKind& kind : kinds) key.insert(key.end(), {kind.rows.count(), kind.rows_read, kind.times});
  const auto [known, is_new] = by_kinds_[call].try_emplace(std::move(key));
  last_[call] = &*known;
  if (!is_new) return known->second;
  std::vector<Offer> offers;
  for (std::size_t i = 0; i < by_call_[call].size(); ++i) {
    const KernelOption& option = by_call_[call][i];
    const std::int32_t rows = rows_[call][i];
    if (rows == 0) continue;
    Offer offer{0, option.price, i};
    bool is_first = true;
    for (const RowKind& kind : kinds) {
      const Part& part = part_of(call, i, kind);
      offer.scratch_bytes = std::max(offer.scratch_bytes, part.scratch_bytes);
      if (part.instructions > 0) {
        offer.instructions += kind.times * part.instructions;
        continue;
      }
      // The first of them is no more than the whole call has, too.
      offer.instructions += kind.times * guessed_instructions(option, part, rows / std::max(kind.rows.count(), 1));
      if (is_first) offer.instructions -= guessed_instructions({.call = option.call}, part, 1);
      is_first = false;
    }
    offers.push_back(offer);
  }
  known->second = worthwhile(std::move(offers));
  return known->second;
}

}  // namespace pudu::schedule
