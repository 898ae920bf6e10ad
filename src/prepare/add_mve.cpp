// add_s8 as add_mve_s8, where both inputs lie as the output does and a plane gives all outputs.
#include <fmt/format.h>

#include <memory>

#include "kernels/add/add_s8.hpp"
#include "kernels/add_dsp/prepare.hpp"
#include "kernels/add_mve/add_mve_s8.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {

std::vector<Candidate> add_mve_candidates(const SourceCall& call, Optimize) {
  using kernels::AddMveS8;
  const auto base = call.params<kernels::AddS8Params>();
  if (!kernels::AddS8::input1_in_place(base) || !kernels::AddS8::input2_in_place(base)) return {};
  const auto table = std::make_unique<kernels::add_dsp::OutputTable>();
  kernels::add_dsp::fill_table(base, *table);
  std::int32_t count = 1;
  for (std::int32_t dim = 0; dim < base.rank; ++dim) count *= base.output_shape[dim];
  for (const std::int32_t shift : kernels::add_dsp::shifts) {
    kernels::AddDspS8Params plane{};
    if (!kernels::add_dsp::fit_plane(base, *table, shift, plane)) continue;
    const kernels::AddMveS8Params params{count, plane.multiplier1, plane.multiplier2, plane.addend, shift};
    Candidate candidate;
    candidate.kernel = AddMveS8::name;
    candidate.description = fmt::format("one rounding, shift {}", shift);
    candidate.parameters = ops::to_parameters(params);
    candidate.cost = {50 + 1.63 * count, 0};
    return {std::move(candidate)};
  }
  return {};
}

}  // namespace pudu::prepare
