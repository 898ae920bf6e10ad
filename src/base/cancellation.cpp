#include "base/cancellation.hpp"

namespace pudu::base {
namespace {

thread_local const std::atomic<bool>* flag_of_thread = nullptr;

}  // namespace

CancellationScope::CancellationScope(const std::atomic<bool>* requested) : previous_(flag_of_thread) {
  flag_of_thread = requested;
}

CancellationScope::~CancellationScope() {
  flag_of_thread = previous_;
}

const std::atomic<bool>* cancellation_flag() {
  return flag_of_thread;
}

void check_cancelled() {
  if (flag_of_thread != nullptr && flag_of_thread->load(std::memory_order_relaxed)) throw Cancelled();
}

}  // namespace pudu::base
