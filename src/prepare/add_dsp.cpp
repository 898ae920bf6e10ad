// add_s8 as add_dsp_s8, where both inputs lie as the output does and a plane gives all outputs.
#include <fmt/format.h>

#include <memory>

#include "kernels/add/add_s8.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_dsp/prepare.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {

std::vector<Candidate> add_dsp_candidates(const SourceCall& call, Optimize) {
  using kernels::AddDspS8;
  const auto base = call.params<kernels::AddS8Params>();
  if (!kernels::AddS8::input1_in_place(base) || !kernels::AddS8::input2_in_place(base)) return {};
  const auto table = std::make_unique<kernels::add_dsp::OutputTable>();
  kernels::add_dsp::fill_table(base, *table);
  kernels::AddDspS8Params params{};
  params.count = 1;
  for (std::int32_t dim = 0; dim < base.rank; ++dim) params.count *= base.output_shape[dim];
  for (const std::int32_t shift : kernels::add_dsp::shifts) {
    if (!kernels::add_dsp::fit_plane(base, *table, shift, params)) continue;
    Candidate candidate;
    candidate.kernel = AddDspS8::name;
    candidate.description = fmt::format("one rounding, shift {}", shift);
    candidate.parameters = ops::to_parameters(params);
    candidate.cost = {30 + 7.0 * params.count, 0};
    return {std::move(candidate)};
  }
  return {};
}

}  // namespace pudu::prepare
