#include "pte/figures.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "pte/trace.hpp"
#include "pte/verify.hpp"
#include "targets/target.hpp"

namespace pudu::pte {
namespace {

std::int64_t multiply(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return a != 0 && b > most / a ? most : a * b;
}

std::int64_t add(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return b > most - a ? most : a + b;
}

std::int64_t elements(const Tensor& tensor) {
  return static_cast<std::int64_t>(tensor.bytes / element_bytes(tensor.type));
}

/// Size of one dimension; 0 for one that the tensor has not.
std::int64_t size(const Tensor& tensor, std::size_t dim) {
  return dim < tensor.sizes.size() ? tensor.sizes[dim] : 0;
}

std::int64_t count_macs(const Plan& plan, const KernelCall& call) {
  const Schema* schema = find_schema(plan.operator_of(call));
  if (schema == nullptr) return 0;
  const auto tensor = [&](std::string_view name) -> const Tensor& {
    return *plan.tensor(call.args[schema->position(name)]);
  };
  const auto window = [](const Tensor& weight) { return multiply(size(weight, 1), size(weight, 2)); };
  if (schema->is("quantized_conv2d")) {
    const Tensor& weight = tensor("weight");
    return multiply(multiply(elements(tensor("out")), window(weight)), size(weight, 3));
  }
  if (schema->is("quantized_depthwise_conv2d")) return multiply(elements(tensor("out")), window(tensor("weight")));
  if (schema->is("quantized_transpose_conv2d")) {
    const Tensor& weight = tensor("weight");
    return multiply(multiply(elements(tensor("input")), window(weight)), size(weight, 0));
  }
  if (schema->is("quantized_linear")) return multiply(elements(tensor("input")), size(tensor("weights"), 0));
  if (schema->is("recurrent_s8")) {
    const std::int64_t weights = add(elements(tensor("input_weights")), elements(tensor("hidden_weights")));
    const auto parameter = [&](std::string_view name) {
      return std::get<std::int64_t>(plan.values[static_cast<std::size_t>(call.args[schema->position(name)])]);
    };
    return multiply(weights, multiply(parameter("steps"), parameter("batches")));
  }
  if (schema->is("transpose_conv2d_s8")) {
    const Tensor& weight = tensor("weights");
    return multiply(multiply(elements(tensor("input")), window(weight)), size(weight, 0));
  }
  if (schema->is("quantized_batch_matmul")) return multiply(elements(tensor("lhs")), size(tensor("rhs_transposed"), 1));
  return 0;
}

bool is_parameter(const Plan& plan, const KernelCall& call, std::size_t position) {
  const Schema* schema = find_schema(plan.operator_of(call));
  if (schema == nullptr || position >= schema->arguments.size()) return false;
  constexpr std::string_view names[] = {"weight", "weights", "input_weights", "hidden_weights", "bias", "kernel_sum"};
  return std::find(std::begin(names), std::end(names), schema->arguments[position].name) != std::end(names);
}

/// Bytes of the file that calls read.
class UsedBytes {
 public:
  void add(const Tensor& tensor) {
    if (tensor.bytes != 0) ranges_.push_back({tensor.data_offset, tensor.data_offset + tensor.bytes});
  }
  /// To be called once, after the last add().
  void merge() {
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
    std::vector<Range> merged;
    for (const Range& range : ranges_) {
      if (!merged.empty() && range.begin <= merged.back().end) {
        merged.back().end = std::max(merged.back().end, range.end);
      } else {
        merged.push_back(range);
      }
    }
    ranges_ = std::move(merged);
  }
  std::size_t total() const {
    std::size_t bytes = 0;
    for (const Range& range : ranges_) bytes += range.end - range.begin;
    return bytes;
  }
  std::size_t unused_of(const Tensor& tensor) const {
    const std::uint64_t begin = tensor.data_offset, end = begin + tensor.bytes;
    std::uint64_t used = 0;
    auto range = std::upper_bound(ranges_.begin(), ranges_.end(), begin,
                                  [](std::uint64_t at, const Range& other) { return at < other.end; });
    for (; range != ranges_.end() && range->begin < end; ++range) {
      used += std::min(end, range->end) - std::max(begin, range->begin);
    }
    return tensor.bytes - used;
  }

 private:
  struct Range {
    std::uint64_t begin, end;
  };
  std::vector<Range> ranges_;
};

class FigureCollector {
 public:
  explicit FigureCollector(const Plan& plan) : plan_(plan), is_read_(plan.values.size(), false) {}

  void add_call(const KernelCall& call) {
    CallFigures figures{.macs = count_macs(plan_, call)};
    for (std::size_t i = 0; i < call.args.size(); ++i) {
      const std::optional<Access> access = access_of(plan_, call, i);
      if (!access) continue;
      for (const std::int32_t value : tensors_at(plan_, call, i)) {
        const Tensor& tensor = *plan_.tensor(value);
        if (access == Access::Scratch) figures.scratch_bytes += tensor.bytes;
        if (access == Access::Write) figures.output = value;
        if (tensor.is_constant()) add_constant(call, i, value, figures);
      }
    }
    all_.macs = add(all_.macs, figures.macs);
    all_.calls.push_back(figures);
  }

  Figures finish() {
    for (const std::int32_t value : plan_.outputs) {
      const Tensor* tensor = plan_.tensor(value);
      if (tensor != nullptr && tensor->is_constant()) use(value, *tensor);
    }
    used_.merge();
    for (std::size_t i = 0; i < plan_.values.size(); ++i) {
      const auto* tensor = std::get_if<Tensor>(&plan_.values[i]);
      if (tensor == nullptr || !tensor->is_constant() || is_read_[i]) continue;
      const std::size_t bytes = used_.unused_of(*tensor);
      if (bytes != 0) all_.unused_constants.push_back({static_cast<std::int32_t>(i), bytes});
    }
    count_unused();
    for (const std::size_t bytes : plan_.pool_bytes) all_.pool_bytes += bytes;
    return std::move(all_);
  }

 private:
  void use(std::int32_t value, const Tensor& tensor) {
    is_read_[static_cast<std::size_t>(value)] = true;
    used_.add(tensor);
  }

  void add_constant(const KernelCall& call, std::size_t position, std::int32_t value, CallFigures& figures) {
    const Tensor& tensor = *plan_.tensor(value);
    use(value, tensor);
    if (!seen_.insert(tensor.data_index).second) return;
    figures.constant_bytes += tensor.bytes;
    if (is_parameter(plan_, call, position)) all_.parameters = add(all_.parameters, elements(tensor));
  }

  /// Each byte counts once, also where several unused tensors share it.
  void count_unused() {
    UsedBytes all = used_;
    for (const UnusedConstant& unused : all_.unused_constants) all.add(*plan_.tensor(unused.value));
    all.merge();
    all_.unused_constant_bytes = all.total() - used_.total();
  }

  const Plan& plan_;
  std::vector<bool> is_read_;  ///< by value
  std::set<std::uint32_t> seen_;
  UsedBytes used_;
  Figures all_;
};

}  // namespace

Figures compute_figures(const Program& program, const Plan& plan) {
  FigureCollector collector(plan);
  for (const KernelCall& call : plan.calls) collector.add_call(call);
  Figures figures = collector.finish();
  figures.constant_bytes = program.constants.size();
  return figures;
}

std::vector<kernels::Isa> fitting_isas(const Program& program) {
  std::vector<kernels::Isa> isas;
  for (const kernels::Isa isa : {kernels::Isa::Scalar, kernels::Isa::Dsp, kernels::Isa::Mve}) {
    if (runs_on(program, isa)) isas.push_back(isa);
  }
  return isas;
}

std::string isa_names(const Program& program) {
  if (program.metadata) return program.metadata->isa;
  std::string names;
  for (const kernels::Isa isa : fitting_isas(program)) {
    names += (names.empty() ? "" : ", ") + std::string(targets::to_string(isa));
  }
  return names;
}

std::optional<EdgeQuantization> edge_quantization(const Plan& plan, std::int32_t value) {
  for (const KernelCall& call : plan.calls) {
    const Schema* schema = find_schema(plan.operator_of(call));
    if (schema == nullptr) continue;
    const bool takes_it = schema->is("quantize_per_tensor") && call.args[0] == value;
    const bool makes_it = schema->is("dequantize_per_tensor") && call.args[schema->position("out")] == value;
    if (!takes_it && !makes_it) continue;
    const Tensor* codes = plan.tensor(call.args[takes_it ? schema->position("out") : 0]);
    const auto argument = [&](std::string_view name) -> const Value& {
      return plan.values[static_cast<std::size_t>(call.args[schema->position(name)])];
    };
    return EdgeQuantization{std::get<double>(argument("scale")), std::get<std::int64_t>(argument("zero_point")),
                            codes->type};
  }
  return std::nullopt;
}

}  // namespace pudu::pte
