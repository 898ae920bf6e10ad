#include <fmt/format.h>

#include <algorithm>

#include "pte/faults.hpp"
#include "pte/kernel_operators.hpp"
#include "pte/verify.hpp"

namespace pudu::pte {
namespace {

class CallVerifier {
 public:
  CallVerifier(const Program& program, const Plan& plan, Faults& faults)
      : program_(program), plan_(plan), faults_(faults), prefix_(prefix_of(program, plan)) {}

  static std::string prefix_of(const Program& program, const Plan& plan) {
    return &plan == &program.main() ? "" : "plan '" + plan.name + "', ";
  }

  void verify_values() {
    for (std::size_t i = 0; i < plan_.values.size(); ++i) {
      const std::string where = fmt::format("{}value {}", prefix_, i);
      if (const auto* list = std::get_if<IntList>(&plan_.values[i])) {
        for (const std::int64_t item : list->items) need<std::int64_t>(item, where + ", an item of the list", "Int");
      } else if (const auto* tensors = std::get_if<TensorList>(&plan_.values[i])) {
        verify_tensors(*tensors, where + ", an item of the list");
      }
    }
    for (const std::int32_t value : plan_.inputs) verify_port(value, prefix_ + "input");
    for (const std::int32_t value : plan_.outputs) verify_port(value, prefix_ + "output");
  }

  void verify_call(std::size_t index) {
    const KernelCall& call = plan_.calls[index];
    const Operator& op = plan_.operator_of(call);
    const Schema* schema = find_schema(op);
    if (op.name.empty()) faults_.add(place_of(program_, plan_, index), "an operator without a name", "a name");
    if (schema != nullptr && call.args.size() != schema->call_values()) {
      faults_.add(place_of(program_, plan_, index), fmt::format("{} arguments", call.args.size()),
                  fmt::format("{}: {}, and `out` once more", schema->call_values(), argument_names(*schema)));
      return;
    }
    const std::size_t faults_before = faults_.count();
    for (std::size_t i = 0; i < call.args.size(); ++i) verify_argument(index, i, schema);
    if (schema == nullptr || faults_.count() != faults_before || has_damaged_list(call)) return;
    if (auto fault = find_kernel_fault(plan_, call, *schema)) {
      faults_.add(place_of(program_, plan_, index), std::move(fault->found), std::move(fault->allowed));
    }
  }

 private:
  bool exists(std::int64_t value) const {
    return value >= 0 && static_cast<std::uint64_t>(value) < plan_.values.size();
  }
  std::string value_range() const { return fmt::format("the plan has {} values", plan_.values.size()); }
  const Value& value(std::int64_t index) const { return plan_.values[static_cast<std::size_t>(index)]; }

  template <class T>
  void need(std::int64_t index, const std::string& where, std::string_view kind) {
    if (!exists(index)) {
      faults_.add(where, fmt::format("value {}", index), value_range());
    } else if (!std::holds_alternative<T>(value(index))) {
      faults_.add(where, fmt::format("value {}, which is {}", index, kind_name(value(index))), std::string(kind));
    }
  }

  /// Does a list of the call name a value that is no integer? verify_values() has said so.
  bool has_damaged_list(const KernelCall& call) const {
    return std::any_of(call.args.begin(), call.args.end(), [&](std::int32_t index) {
      const auto* list = std::get_if<IntList>(&value(index));
      return list != nullptr && !std::all_of(list->items.begin(), list->items.end(), [&](std::int64_t item) {
               return exists(item) && std::holds_alternative<std::int64_t>(value(item));
             });
    });
  }

  void verify_tensors(const TensorList& list, const std::string& where) {
    for (const std::int32_t item : list.items) {
      const bool is_none =
          list.is_optional && (item == -1 || (exists(item) && std::holds_alternative<Null>(value(item))));
      if (!is_none) need<Tensor>(item, where, "Tensor");
    }
  }

  void verify_port(std::int32_t port, const std::string& where) {
    if (!exists(port)) faults_.add(where, fmt::format("value {}", port), value_range());
  }

  static std::string argument_names(const Schema& schema) {
    std::string names;
    for (const Argument& argument : schema.arguments) {
      names += (names.empty() ? "" : ", ") + std::string(argument.name);
    }
    return names;
  }

  void verify_argument(std::size_t call, std::size_t position, const Schema* schema) {
    const std::vector<std::int32_t>& args = plan_.calls[call].args;
    const std::int32_t index = args[position];
    if (!exists(index)) {
      faults_.add(place_of(program_, plan_, call, position), fmt::format("value {}", index), value_range());
      return;
    }
    if (schema == nullptr) return;
    if (position == schema->arguments.size()) {
      if (index == args[position - 1]) return;
      faults_.add(place_of(program_, plan_, call, position), fmt::format("value {}", index),
                  fmt::format("value {}, which is `out`", args[position - 1]));
      return;
    }
    const Argument& argument = schema->arguments[position];
    const Value& found = value(index);
    const std::string where = place_of(program_, plan_, call, position);
    if (!fits(found, argument.kind)) {
      faults_.add(where, fmt::format("value {}, which is {}", index, kind_name(found)), std::string(argument.type));
      return;
    }
    const auto* tensor = std::get_if<Tensor>(&found);
    if (tensor == nullptr || argument.access == Access::Read) return;
    if (tensor->is_constant()) {
      faults_.add(where, fmt::format("value {}, a constant", index), "a tensor that may be written");
    }
  }

  const Program& program_;
  const Plan& plan_;
  Faults& faults_;
  std::string prefix_;
};

}  // namespace

std::string place_of(const Program& program, const Plan& plan, std::size_t call) {
  return fmt::format("{}instruction {} {}", CallVerifier::prefix_of(program, plan), call,
                     plan.operator_of(plan.calls[call]).name);
}

std::string place_of(const Program& program, const Plan& plan, std::size_t call, std::size_t argument) {
  std::string where = fmt::format("{}, argument {}", place_of(program, plan, call), argument);
  const Schema* schema = find_schema(plan.operator_of(plan.calls[call]));
  if (schema == nullptr) return where;
  if (argument >= schema->arguments.size()) return where + " (returned)";
  return fmt::format("{} ({})", where, schema->arguments[argument].name);
}

Status verify_calls(const Program& program) {
  Faults faults;
  for (const Plan& plan : program.plans) {
    CallVerifier verifier(program, plan, faults);
    verifier.verify_values();
    for (std::size_t i = 0; i < plan.calls.size(); ++i) verifier.verify_call(i);
  }
  return faults.status();
}

}  // namespace pudu::pte
