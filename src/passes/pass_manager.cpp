#include "passes/pass_manager.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/cancellation.hpp"
#include "base/spelling.hpp"
#include "ops/call_check.hpp"
#include "ops/registry.hpp"

namespace pudu::passes {
namespace {

using Passes = std::span<const Pass>;

const Pass* find(Passes passes, std::string_view name) {
  const auto found = std::find_if(passes.begin(), passes.end(), [&](const Pass& pass) { return pass.name == name; });
  return found == passes.end() ? nullptr : &*found;
}

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Not `quoted`: for a std::string that would be std::quoted, too, which <filesystem> may bring along.
std::string in_quotes(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::string where(const Pass& pass) {
  return "pass " + std::string(pass.name);
}

bool needs(const Pass& pass, Need need) {
  return std::find(pass.needs.begin(), pass.needs.end(), need) != pass.needs.end();
}

std::string names_of(Passes passes) {
  std::string text;
  for (const Pass& pass : passes) text += (text.empty() ? "" : ", ") + std::string(pass.name);
  return text;
}

Status check_names(Passes list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Pass& pass = list[i];
    if (find(list.first(i), pass.name) != nullptr) {
      return internal_error({.where = where(pass), .found = "stands twice in the list", .allowed = "a name for each"});
    }
    std::vector<std::string_view> named = pass.after;
    for (const Requirement& requirement : pass.requirements) named.push_back(requirement.pass);
    for (const std::string_view name : named) {
      if (find(list, name) != nullptr) continue;
      return internal_error({.where = where(pass),
                             .found = "must run after " + in_quotes(name) + ", which is no pass",
                             .allowed = names_of(list)});
    }
  }
  return {};
}

Error wrong_order(const Pass& pass, std::string_view other) {
  return internal_error({.where = where(pass),
                         .found = "stands before " + in_quotes(other) + " in the list",
                         .allowed = "its place is behind it"});
}

/// Behind what it must be behind of; a pass that was left out binds nothing, one that is required must be there.
Status check_order(Passes list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Pass& pass = list[i];
    const Passes later = list.subspan(i + 1);
    for (const std::string_view other : pass.after) {
      if (find(later, other) != nullptr) return wrong_order(pass, other);
    }
    for (const Requirement& requirement : pass.requirements) {
      if (find(list.first(i), requirement.pass) != nullptr) continue;
      if (find(later, requirement.pass) != nullptr) return wrong_order(pass, requirement.pass);
      return internal_error({.where = where(pass),
                             .found = "needs " + in_quotes(requirement.pass) + ", which does not run",
                             .allowed = std::string(requirement.why)});
    }
  }
  return {};
}

/// The graph is there until a pass makes the program of it.
Status check_forms(Passes list) {
  const Pass* lowering = nullptr;
  for (const Pass& pass : list) {
    if (needs(pass, Need::Program) && lowering == nullptr) {
      return internal_error(
          {.where = where(pass), .found = "needs the program", .allowed = "no pass in front of it makes one"});
    }
    if ((needs(pass, Need::Graph) || pass.changes == Change::Graph) && lowering != nullptr) {
      return internal_error({.where = where(pass),
                             .found = "needs the graph",
                             .allowed = in_quotes(lowering->name) + " in front of it has made the program of it"});
    }
    if (pass.changes == Change::Program && lowering == nullptr) lowering = &pass;
  }
  return {};
}

Error unknown_pass(std::string_view option, std::string_view name, Passes list) {
  std::vector<std::string_view> names;
  for (const Pass& pass : list) names.push_back(pass.name);
  return usage_error({.where = std::string(option),
                      .found = "unknown pass " + in_quotes(name),
                      .allowed = names_of(list),
                      .hint = base::did_you_mean(name, names)});
}

/// No pass that runs requires a disabled one.
Status check_disabled(Passes selected, const PassSelection& selection) {
  for (const std::string& name : selection.disabled) {
    const std::string why = why_required(selected, name);
    if (why.empty()) continue;
    return usage_error({.where = "--disable-pass", .found = in_quotes(name) + " cannot be left out", .allowed = why});
  }
  return {};
}

/// A state that lacks what a pass declares.
Status check_supplies(Passes selected, const PassState& state) {
  for (const Pass& pass : selected) {
    if (needs(pass, Need::Target) && !state.target) {
      return usage_error({.where = where(pass), .found = "needs a target", .allowed = "none is given"});
    }
    if (needs(pass, Need::Calibration) && !state.calibration && !state.calibration_source) {
      return usage_error({.where = where(pass), .found = "needs calibration data", .allowed = "none are given"});
    }
  }
  return {};
}

Result<Supplies> supplies_for(const Pass& pass, PassState& state) {
  Supplies supplies;
  if (needs(pass, Need::Graph)) supplies.graph = &state.graph;
  if (needs(pass, Need::Target)) supplies.target = &*state.target;
  if (needs(pass, Need::Calibration)) {
    if (!state.calibration) {
      PUDU_TRY_ASSIGN(state.calibration, state.calibration_source(state.graph));
    }
    supplies.calibration = &*state.calibration;
  }
  if (pass.changes == Change::Program && !state.program) state.program.emplace();
  if (needs(pass, Need::Program) || pass.changes == Change::Program) supplies.program = &*state.program;
  return supplies;
}

Status verify_program(const program::Program& program) {
  PUDU_TRY(program::verify(program));
  return ops::check_calls(program);
}

/// What the pass was given was right, so that what is wrong now is a defect of Pudu.
Status verify_after(const Pass& pass, const PassState& state) {
  Status status = state.program ? verify_program(*state.program) : ops::verify(state.graph);
  if (status) return {};
  Error error = std::move(status).error();
  error.kind = ErrorKind::Internal;
  for (Diagnostic& diagnostic : error.diagnostics) {
    diagnostic.where = "after " + where(pass) + (diagnostic.where.empty() ? "" : ", " + diagnostic.where);
    diagnostic.hint.clear();  // made for files of users
  }
  return error;
}

}  // namespace

std::string_view to_string(Need need) {
  constexpr std::array<std::string_view, 4> names = {"graph", "program", "target", "calibration"};
  return names[static_cast<std::size_t>(need)];
}

Status check_list(std::span<const Pass> list) {
  PUDU_TRY(check_names(list));
  PUDU_TRY(check_order(list));
  return check_forms(list);
}

Result<std::vector<Pass>> select_passes(std::span<const Pass> list, const PassSelection& selection) {
  for (const std::string& name : selection.disabled) {
    if (find(list, name) == nullptr) return unknown_pass("--disable-pass", name, list);
  }
  if (selection.stop_after) {
    if (find(list, *selection.stop_after) == nullptr) return unknown_pass("--stop-after", *selection.stop_after, list);
    if (is_among(selection.disabled, *selection.stop_after)) {
      return usage_error({.where = "--stop-after",
                          .found = in_quotes(*selection.stop_after) + " is disabled",
                          .allowed = "a pass that runs"});
    }
  }
  std::vector<Pass> selected;
  for (const Pass& pass : list) {
    // What the result of a whole compilation cannot do without stays in the list, for check_disabled to see.
    const bool kept = !pass.indispensable.empty() && !selection.stop_after;
    if (kept || !is_among(selection.disabled, pass.name)) selected.push_back(pass);
    if (pass.name == selection.stop_after) break;
  }
  PUDU_TRY(check_disabled(selected, selection));
  return selected;
}

std::string why_required(std::span<const Pass> list, std::string_view name) {
  for (const Pass& pass : list) {
    for (const Requirement& requirement : pass.requirements) {
      if (requirement.pass == name) return in_quotes(pass.name) + " needs it: " + std::string(requirement.why);
    }
  }
  const Pass* pass = find(list, name);
  return pass == nullptr ? "" : std::string(pass->indispensable);
}

bool any_needs(std::span<const Pass> list, Need need) {
  return std::any_of(list.begin(), list.end(), [&](const Pass& pass) { return needs(pass, need); });
}

Status run_passes(std::span<const Pass> selected, PassState& state, PassListener& listener) {
  PUDU_TRY(check_order(selected));
  PUDU_TRY(check_forms(selected));
  PUDU_TRY(check_supplies(selected, state));
  for (const Pass& pass : selected) {
    base::check_cancelled();
    PUDU_TRY_ASSIGN(const Supplies supplies, supplies_for(pass, state));
    listener.begin(pass);
    const auto start = std::chrono::steady_clock::now();
    Status status = pass.run(supplies);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    listener.end(pass, elapsed.count());
    if (!status) return status;
    PUDU_TRY(verify_after(pass, state));
    PUDU_TRY(listener.after(pass, state));
  }
  return {};
}

}  // namespace pudu::passes
