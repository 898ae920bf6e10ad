// The little that operators need of oneDNN: one CPU engine, tensors seen as its memory, its exceptions turned into
// Status. Why oneDNN: the float reference runs whole calibration sets, where plain loops would take minutes.
// One call runs on one thread: layers of the networks that fit a microcontroller are too small for barriers between
// threads to pay, and on a busy host a barrier costs a time slice. Whoever runs many samples runs them in parallel.
// Limits: float32; results depend on the host's instruction set in the last bits.
#pragma once

#include <dnnl.hpp>
#include <unordered_map>

#include "base/result.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops::onednn {

/// The CPU engine of this process. Its cache of compiled primitives is kept small: a graph has few distinct layers.
const dnnl::engine& engine();

/// The description of a primitive from its operation's parameters. Version 2 of oneDNN (Debian 12) wraps them in a
/// descriptor of their own, which version 3 (Ubuntu 24.04) has no more.
template <class Primitive, class... Parameters>
typename Primitive::primitive_desc describe(const Parameters&... parameters) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine(), parameters...);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(parameters...), engine());
#endif
}

/// Runs `primitive` on its argument memories and waits for it.
void execute(const dnnl::primitive& primitive, const std::unordered_map<int, dnnl::memory>& arguments);

/// Row-major float32 description; `dims` may have more or fewer dimensions than the tensor it will be used for.
dnnl::memory::desc contiguous(const dnnl::memory::dims& dims);
/// A description whose layout the primitive chooses.
dnnl::memory::desc any_layout(const dnnl::memory::dims& dims);

/// The tensor's own data, described by `desc`. oneDNN has no read-only memory: the caller uses views of inputs as
/// sources only.
dnnl::memory view(const Tensor& tensor, const dnnl::memory::desc& desc);

/// `memory` in the layout `wanted`: itself when it has it already, else a copy.
dnnl::memory in_layout(const dnnl::memory& memory, const dnnl::memory::desc& wanted);
/// Copies `from` into `to`, whose layout may differ; nothing when both are the same memory.
void copy_back(const dnnl::memory& from, dnnl::memory& to);

/// Internal error that quotes what the library said.
Error library_error(const dnnl::error& error);

/// While it lives, oneDNN's calls from this thread stay on this thread (where its OpenMP runtime can be told so).
class SingleThreaded {
 public:
  SingleThreaded();
  ~SingleThreaded();
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  int previous_threads_ = 0;
};

/// Calls `work`, which may throw dnnl::error, single-threaded.
template <class Work>
Status guarded(Work&& work) {
  const SingleThreaded single_threaded;
  try {
    work();
    return {};
  } catch (const dnnl::error& error) {
    return library_error(error);
  }
}

}  // namespace pudu::ops::onednn
