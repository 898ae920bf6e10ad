#include "driver/stage_clock.hpp"

#include <sys/resource.h>

namespace pudu::driver {

std::size_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace pudu::driver
