#include "pte/describe.hpp"

#include <fmt/format.h>

#include "pte/operators.hpp"
#include "pte/trace.hpp"

namespace pudu::pte {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string describe_place(const Tensor& tensor) {
  if (tensor.is_constant()) return fmt::format("constant {}", tensor.data_index);
  if (!tensor.place) return "memory of the caller";
  return fmt::format("memory {} at {}{}", tensor.place->memory_id, tensor.place->offset,
                     tensor.data_index != 0 ? ", with first contents" : "");
}

}  // namespace

std::string describe(const Tensor& tensor) {
  std::string text = fmt::format("{}[{}]", to_string(tensor.type), fmt::join(tensor.sizes, ", "));
  bool is_in_order = true;
  for (std::size_t i = 0; i < tensor.dim_order.size(); ++i) is_in_order = is_in_order && tensor.dim_order[i] == i;
  if (!is_in_order) text += fmt::format(" in dim order [{}]", fmt::join(tensor.dim_order, ", "));
  return tensor.is_static ? text : text + " at most";
}

std::string describe_argument(const Plan& plan, std::int32_t value) {
  return std::visit(
      Overloaded{[](const Null&) { return std::string("none"); },
                 [](std::int64_t number) { return fmt::format("{}", number); },
                 [](bool flag) { return fmt::format("{}", flag); },
                 [](double number) { return fmt::format("{}", number); },
                 [&](const Tensor&) { return fmt::format("%{}", value); },
                 [](const std::string& text) { return fmt::format("'{}'", text); },
                 [&](const IntList& list) { return fmt::format("[{}]", fmt::join(plan.integers(list), ", ")); },
                 [](const DoubleList& list) { return fmt::format("[{}]", fmt::join(list.items, ", ")); },
                 [](const BoolList& list) { return fmt::format("[{} flags]", list.items.size()); },
                 [](const TensorList& list) { return fmt::format("[%{}]", fmt::join(list.items, ", %")); }},
      plan.values[static_cast<std::size_t>(value)]);
}

std::string describe_call(const Plan& plan, const KernelCall& call) {
  const Operator& op = plan.operator_of(call);
  const Schema* schema = find_schema(op);
  std::string written, arguments;
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    const std::string text = describe_argument(plan, call.args[i]);
    if (access_of(plan, call, i) == Access::Write) {
      written.append(written.empty() ? "" : ", ").append(text);
    } else if (schema == nullptr || i < schema->arguments.size()) {
      if (!arguments.empty()) arguments += ", ";
      if (schema != nullptr) arguments.append(schema->arguments[i].name).append("=");
      arguments += text;
    }
  }
  return fmt::format("{}{}({})", written.empty() ? "" : written + " = ", op.full_name(), arguments);
}

std::string print(const Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.values.size(); ++i) {
    const auto* tensor = std::get_if<Tensor>(&plan.values[i]);
    if (tensor == nullptr) continue;
    text += fmt::format("%{}: {}, {} bytes, {}\n", i, describe(*tensor), tensor->bytes, describe_place(*tensor));
  }
  for (std::size_t i = 0; i < plan.calls.size(); ++i) {
    text += fmt::format("{:>4}  {}\n", i, describe_call(plan, plan.calls[i]));
  }
  return text;
}

}  // namespace pudu::pte
