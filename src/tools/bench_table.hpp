// Tables of `pudu bench`: a model layer by layer, and two measurements of it side by side.
#pragma once

#include <string>

#include "emitters/report/report.hpp"
#include "emulator/profile.hpp"

namespace pudu::tools {

/// Puts what was executed into the report: the whole, and each layer where the model marks them.
void add_profile(const emulator::Profile& profile, bool has_cycles, emitters::Report& report);

/// A line for each layer: instructions, per MAC, estimated cycles, share of all instructions; then what is in no layer.
/// Empty where the layers were not measured.
std::string layer_cost_table(const emitters::Report& report);

/// A line for each layer: its instructions by class, and how many of its branches were taken.
std::string class_table(const emitters::Report& report);

/// Instructions and estimated cycles of `report` against those of `other`, for each layer by its name.
std::string comparison_table(const emitters::Report& report, const emitters::Report& other);
/// The same for programs: {"model", "other_model", "layers": [{"name", "instructions", "other_instructions", ...}]}.
std::string comparison_json(const emitters::Report& report, const emitters::Report& other);

}  // namespace pudu::tools
