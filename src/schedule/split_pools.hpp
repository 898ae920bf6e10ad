// Average pools whose one window is the image need all rows at once. As sums and their mean they take them one by one.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "program/program.hpp"

namespace pudu::schedule {

/// Names of the calls that split_pools can split: average pools without padding, of one image, to one position.
std::set<std::string> splittable_pools(const program::Program& program);

/// Replaces each named call by row_sums_s8, of the name with ".sums" behind it, and mean_of_sums_s8, of the same name;
/// the bytes are the same.
void split_pools(program::Program& program, const std::set<std::string>& names);

/// The name of the call that adds up the rows of a pool that was split.
std::string sums_name(const std::string& pool);

}  // namespace pudu::schedule
