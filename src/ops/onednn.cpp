// oneDNN's engine and streams, made once and shared by all reference operators.
#include "ops/onednn.hpp"

#include <dlfcn.h>

#include <string>

namespace pudu::ops::onednn {
namespace {

constexpr int primitive_cache_capacity = 128;

dnnl::memory::dims row_major_strides(const dnnl::memory::dims& dims) {
  dnnl::memory::dims strides(dims.size());
  dnnl::memory::dim stride = 1;
  for (std::size_t i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return strides;
}

dnnl::stream& stream() {
  thread_local dnnl::stream stream(engine());
  return stream;
}

/// The functions of the OpenMP runtime that oneDNN was built with, found at run time: linking one of our own could
/// bring in a second runtime. Null when oneDNN uses other threads.
struct OpenMp {
  int (*max_threads)() = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  void (*set_threads)(int) = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  bool known() const { return max_threads != nullptr && set_threads != nullptr; }
};

const OpenMp& open_mp() {
  static const OpenMp functions;
  return functions;
}

}  // namespace

SingleThreaded::SingleThreaded() {
  if (!open_mp().known()) return;
  previous_threads_ = open_mp().max_threads();
  open_mp().set_threads(1);
}

SingleThreaded::~SingleThreaded() {
  if (previous_threads_ > 0) open_mp().set_threads(previous_threads_);
}

const dnnl::engine& engine() {
  static const dnnl::engine engine = [] {
    dnnl::set_primitive_cache_capacity(primitive_cache_capacity);
    // The order of summation depends on the vector width. Ranges, and so the compiled bytes, must not depend on whether
    // this host happens to have AVX-512. Refused only once a primitive exists, which is impossible here.
    dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return engine;
}

void execute(const dnnl::primitive& primitive, const std::unordered_map<int, dnnl::memory>& arguments) {
  primitive.execute(stream(), arguments);
  stream().wait();
}

dnnl::memory::desc contiguous(const dnnl::memory::dims& dims) {
  return {dims, dnnl::memory::data_type::f32, row_major_strides(dims)};
}

dnnl::memory::desc any_layout(const dnnl::memory::dims& dims) {
  return {dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any};
}

dnnl::memory view(const Tensor& tensor, const dnnl::memory::desc& desc) {
  return {desc, engine(), const_cast<float*>(tensor.data().data())};
}

dnnl::memory in_layout(const dnnl::memory& memory, const dnnl::memory::desc& wanted) {
  if (memory.get_desc() == wanted) return memory;
  dnnl::memory copy(wanted, engine());
  execute(dnnl::reorder(memory, copy), {{DNNL_ARG_FROM, memory}, {DNNL_ARG_TO, copy}});
  return copy;
}

void copy_back(const dnnl::memory& from, dnnl::memory& to) {
  if (from.get_data_handle() == to.get_data_handle()) return;
  execute(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

Error library_error(const dnnl::error& error) {
  return internal_error({.found = "oneDNN: " + std::string(error.what())});
}

}  // namespace pudu::ops::onednn
