#include "prepare/kernel_menu.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"
#include "prepare/replace_call.hpp"
#include "prepare/rows.hpp"
#include "program/unused_buffers.hpp"

namespace pudu::prepare {
namespace {

/// Of the parameter that says how long the strips of a kernel are, where it has one that needs no other constants.
struct StripLengths {
  std::string_view kernel, parameter;
  std::array<std::int64_t, 8> lengths;  ///< 0: none
};
constexpr std::array strip_lengths = {
    StripLengths{kernels::Conv2dDspS8::name, "strip_positions", {2, 4, 6, 8, 12, 16, 24, 32}},
    StripLengths{kernels::Conv2dDspS16::name, "strip_positions", {2, 4, 6, 8, 12, 16, 24, 32}},
    StripLengths{kernels::Conv2dDspS16S8::name, "strip_positions", {2, 4, 6, 8, 12, 16, 24, 32}},
    StripLengths{kernels::Conv2dDspS8S16::name, "strip_positions", {2, 4, 6, 8, 12, 16, 24, 32}},
    StripLengths{kernels::Conv2dWinogradDspS8::name, "strip_pairs", {1, 2, 4, 0, 0, 0, 0, 0}},
};

constexpr double slower_than_variants = 4;

std::int64_t& value_of(std::vector<program::Parameter>& parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const program::Parameter& parameter) { return parameter.name == name; });
  return std::get<std::vector<std::int64_t>>(found->values).at(0);
}

/// The same candidate with shorter strips.
void add_strips(const Candidate& candidate, std::vector<Candidate>& list) {
  const auto found = std::find_if(strip_lengths.begin(), strip_lengths.end(),
                                  [&](const StripLengths& each) { return each.kernel == candidate.kernel; });
  if (found == strip_lengths.end()) return;
  for (const std::int64_t length : found->lengths) {
    Candidate shorter = candidate;
    std::int64_t& value = value_of(shorter.parameters, found->parameter);
    if (length == 0 || length >= value) continue;
    value = length;
    shorter.cost.instructions = 0;  // found from the parameters
    list.push_back(std::move(shorter));
  }
}

}  // namespace

KernelMenu::KernelMenu(const program::Program& program, Optimize optimize, CandidateCache& cache)
    : program_(program), optimize_(optimize) {
  for (const program::KernelCall& each : program.calls) {
    program::KernelCall call = each;
    Candidate own;
    own.kernel = call.kernel, own.parameters = call.parameters;
    std::vector<Candidate>& list = by_call_.emplace_back();
    if (!prepares(program.target)) {
      list.push_back(std::move(own));
      continue;
    }
    if (auto longer = parameters_with_long_rows(SourceCall(program, call))) {
      call.parameters = own.parameters = std::move(*longer);
    }
    const SourceCall source(program, call);
    own.cost = {base_instructions(program, call), source.constant_bytes()};
    list.push_back(std::move(own));
    for (const Candidate& candidate : cache.of(source, optimize)) {
      list.push_back(candidate);
      add_strips(candidate, list);
    }
    // Variants of a kernel that no model knows are made because they are faster.
    double& own_instructions = list.front().cost.instructions;
    if (own_instructions == 0 && list.size() > 1) own_instructions = slower_than_variants * list[1].cost.instructions;
  }
}

KernelMenu::KernelMenu(const program::Program& program, Optimize optimize)
    : KernelMenu(program, optimize, *std::make_unique<CandidateCache>()) {}

double KernelMenu::instructions(const Candidate& candidate, const program::KernelCall& call) const {
  if (candidate.instructions_of) return candidate.instructions_of(call.parameters);
  return kernel_instructions(program_, call);
}

double KernelMenu::price_of_constants(const Candidate& candidate) const {
  return instructions_per_byte(optimize_) / 4 * static_cast<double>(candidate.cost.constant_bytes);
}

program::Program KernelMenu::apply(std::span<const std::size_t> chosen) const {
  program::Program program = program_;
  if (!prepares(program.target)) return program;
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    program::KernelCall& call = program.calls[i];
    if (chosen[i] == 0) {
      lengthen_rows(program, call);
    } else {
      replace_call(program, call, by_call_[i][chosen[i]]);
    }
  }
  program::drop_unused_buffers(program);
  return program;
}

std::vector<Choice> KernelMenu::choices(std::span<const std::size_t> chosen) const {
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < by_call_.size(); ++i) {
    if (chosen[i] == 0) continue;
    const Candidate& candidate = by_call_[i][chosen[i]];
    program::KernelCall call = program_.calls[i];
    call.kernel = candidate.kernel, call.parameters = candidate.parameters;
    const double modelled = instructions(candidate, call);
    choices.push_back({call.name, candidate.kernel, candidate.description,
                       modelled > 0 ? modelled : candidate.cost.instructions,
                       base_instructions(program_, program_.calls[i])});
  }
  return choices;
}

}  // namespace pudu::prepare
