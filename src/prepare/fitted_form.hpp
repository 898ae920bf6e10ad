// The form of requantization that the channels of a layer take: for all kernels with kernels::ChannelConstants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/requantize_form.hpp"

namespace pudu::prepare {

template <class Params>
struct FittedForm {
  Params params;
  std::vector<kernels::ChannelConstants> constants;
};

/// Channels that a kernel requantizes in one form.
template <class Params>
struct ChannelGroups {
  std::int32_t count;
  std::int32_t channels;          ///< of a group
  std::int32_t Params::*rounded;  ///< how many groups are Rounded where the others have a line
};

/// The form with the fewest instructions: a line for as many groups as can be, else the first of `others` that all
/// channels have; none when there is no such form. `fit(params, constants)` writes the constants of all channels in the
/// form of `params` and the number of rounded groups, and says whether they have it.
template <class Params, class Fit>
std::optional<FittedForm<Params>> fit_form(const Params& params, const ChannelGroups<Params>& groups, Fit fit,
                                           std::initializer_list<kernels::RequantizeForm> others) {
  using kernels::RequantizeForm;
  const auto try_form = [&](RequantizeForm form) -> std::optional<FittedForm<Params>> {
    FittedForm<Params> fitted{params, {}};
    fitted.params.form = static_cast<std::int32_t>(form);
    fitted.constants.resize(static_cast<std::size_t>(groups.count) * static_cast<std::size_t>(groups.channels));
    if (!fit(fitted.params, fitted.constants.data())) return std::nullopt;
    return fitted;
  };
  const auto rounded_of = [&](const FittedForm<Params>& fitted) { return fitted.params.*groups.rounded; };
  std::optional<FittedForm<Params>> best;
  for (const RequantizeForm form :
       {RequantizeForm::Line9, RequantizeForm::Line11, RequantizeForm::Line13, RequantizeForm::Line15}) {
    std::optional<FittedForm<Params>> fitted = try_form(form);
    // Where no group has a line, Rounded alone says the same.
    if (!fitted || rounded_of(*fitted) == groups.count) continue;
    if (!best || rounded_of(*fitted) < rounded_of(*best)) best = std::move(fitted);
    if (rounded_of(*best) == 0) break;
  }
  for (const RequantizeForm form : others) {
    if (!best) best = try_form(form);
  }
  return best;
}

}  // namespace pudu::prepare
