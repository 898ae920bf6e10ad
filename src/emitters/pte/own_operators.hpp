// Which calls of a program become operators of Pudu's own (kernels/operator_kernels.hpp): those that no operator of
// ExecuTorch computes, or not with these parameters.
#pragma once

#include <string>
#include <string_view>

#include "program/program.hpp"

namespace pudu::emitters {

/// Has the kernel an operator of its own?
bool has_own_operator(std::string_view kernel);

/// Why no operator of ExecuTorch computes the call; empty when one does, perhaps with others around it.
std::string why_not_stock(const program::KernelCall& call);

}  // namespace pudu::emitters
