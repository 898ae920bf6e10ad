// The parts of the emitted C++ that guard against drift: the record of what a model was compiled by and for, and the
// checks of it while it is built. See kernels/build_check.hpp for the kernels' side.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "emitters/cpp/cpp_emitter.hpp"

namespace pudu::emitters {

/// Bytes planned for the scratch of a call; 0 where it has none.
std::size_t scratch_bytes(const program::Program& program, const program::KernelCall& call);

/// For model.hpp: versions, target, and the scratch of every call as constants.
std::string build_record(const program::Program& program, const CppOrigin& origin);

/// Includes these headers of the kernels, or, where the first is not found, all of them in one file
/// (single_header.hpp).
std::string kernel_includes(const std::vector<std::string_view>& headers);

/// For the top of model.cpp, before all else that is included, so that it is the first thing a compiler says when the
/// kernels or the compiler's flags do not fit.
std::string build_checks(const program::Program& program, const CppOrigin& origin);

/// The ISAs that the model runs on, as elements of an array of pudu::kernels::Isa.
std::string isa_list(const targets::TargetConfig& target);

}  // namespace pudu::emitters
