// Independent pieces of work on all cores.
#pragma once

#include <cstddef>
#include <functional>

namespace pudu::base {

/// Limits what every later parallel_for of the process uses, also above the number of cores; 0 = one thread a core.
/// Not to be called while one runs.
void set_worker_limit(std::size_t threads);

/// How many threads parallel_for uses for `count` pieces: at most one per core, or the limit, and one per piece; at
/// least 1.
std::size_t worker_count(std::size_t count);

/// Calls body(i) for every i in [0, count), on up to worker_count(count) threads, and returns when all are done. The
/// pieces must not depend on each other. What `body` throws (Cancelled of base/cancellation.hpp, std::bad_alloc) ends
/// the work: no further piece is begun, and the first exception is thrown again here when all threads have ended.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

}  // namespace pudu::base
