#include "schedule/share_storage.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/concat/concat_s8.hpp"
#include "kernels/concat_f32/concat_f32.hpp"
#include "ops/cmsis_nn_call.hpp"
#include "ops/registry.hpp"
#include "schedule/call_overlaps.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::KernelCall;
using program::Program;
using program::SharedStorage;

class Sharer {
 public:
  Sharer(const Program& program, const SharingRules& rules)
      : program_(program), rules_(rules), sharing_(no_sharing(program)) {}

  StorageSharing run() {
    for (std::size_t begin = 0; begin < program_.calls.size();) {
      const std::size_t end = end_of_group(begin);
      omit(begin, end);
      begin = end;
    }
    for (std::size_t call = 0; call < program_.calls.size(); ++call) work_in_place(program_.calls[call]);
    return std::move(sharing_);
  }

 private:
  bool is_in_arena(BufferId id) const {
    const BufferKind kind = program_.buffer(id).kind;
    return kind == BufferKind::Input || kind == BufferKind::Activation;
  }

  SharedStorage place_of(BufferId id) const { return sharing_.shared[index_of(id)].value_or(SharedStorage{id, 0}); }

  /// Everything in the memory of `owner` moves into that of `new_owner`, `distance` bytes from its begin. False when it
  /// has no room there, or would not be aligned.
  bool move_owner(BufferId owner, BufferId new_owner, std::size_t distance) {
    const std::size_t room = program_.buffer(new_owner).bytes();
    if (distance > room || program_.buffer(owner).bytes() > room - distance) return false;
    if (distance % part_alignment != 0) return false;  // the offsets of all that lie there are multiples already
    for (const program::Buffer& buffer : program_.buffers) {
      const SharedStorage place = place_of(buffer.id);
      if (place.owner != owner) continue;
      sharing_.shared[index_of(buffer.id)] = SharedStorage{new_owner, place.offset + distance};
    }
    return true;
  }

  /// Byte `a_begin` of one buffer becomes byte `b_begin` of the other.
  bool unite(BufferId a, std::size_t a_begin, BufferId b, std::size_t b_begin) {
    if (!is_in_arena(a) || !is_in_arena(b)) return false;
    const SharedStorage first = place_of(a);
    const SharedStorage second = place_of(b);
    const std::size_t first_byte = first.offset + a_begin;
    const std::size_t second_byte = second.offset + b_begin;
    if (first.owner == second.owner) return first_byte == second_byte;
    if (first_byte >= second_byte && move_owner(second.owner, first.owner, first_byte - second_byte)) return true;
    return second_byte >= first_byte && move_owner(first.owner, second.owner, second_byte - first_byte);
  }

  /// Keeps what `change` does to the sharing if it does it, and the program still computes the same.
  template <class Change>
  bool attempt(Change change) {
    StorageSharing before = sharing_;
    if (change() && is_sound(program_, sharing_)) return true;
    sharing_ = std::move(before);
    return false;
  }

  /// Calls [begin, end) are left out together: a concatenation of many inputs, whose calls fill one output one after
  /// the other. Some runtimes compute them in one.
  std::size_t end_of_group(std::size_t begin) const {
    std::size_t end = begin + 1;
    const KernelCall& first = program_.calls[begin];
    const bool is_concat = first.kernel == kernels::ConcatS8::name || first.kernel == kernels::ConcatF32::name;
    const auto output_of = [](const KernelCall& call) { return call.find_operand("output")->buffer; };
    while (is_concat && end < program_.calls.size() && program_.calls[end].kernel == first.kernel &&
           output_of(program_.calls[end]) == output_of(first)) {
      ++end;
    }
    return end;
  }

  void omit(std::size_t begin, std::size_t end) {
    std::vector<MovedPiece> pieces;
    for (std::size_t call = begin; call < end; ++call) {
      const std::vector<MovedPiece> moved = moved_pieces(program_, program_.calls[call]);
      if (moved.empty()) return;
      pieces.insert(pieces.end(), moved.begin(), moved.end());
    }
    attempt([&] {
      for (std::size_t call = begin; call < end; ++call) sharing_.is_omitted[call] = true;
      return std::all_of(pieces.begin(), pieces.end(), [&](const MovedPiece& piece) {
        return unite(piece.target, piece.target_begin, piece.source, piece.source_begin);
      });
    });
  }

  void work_in_place(const KernelCall& call) {
    const program::Operand* output = call.find_operand("output");
    if (output == nullptr) return;
    for (const std::string_view name : rules_.in_place(program_, call)) {
      const program::Operand* input = call.find_operand(name);
      if (input == nullptr) continue;
      if (attempt([&] { return unite(input->buffer, 0, output->buffer, 0); })) return;
    }
  }

  const Program& program_;
  const SharingRules& rules_;
  StorageSharing sharing_;
};

}  // namespace

std::vector<std::string_view> in_place_inputs(const KernelCall& call) {
  const ops::KernelBinding* kernel = ops::find_kernel(call.kernel);
  // Programs of tests may have calls in name only.
  if (kernel == nullptr || call.parameters.empty()) return {};
  return kernel->in_place_inputs(call.parameters);
}

StorageSharing no_sharing(const Program& program) {
  return {std::vector<std::optional<SharedStorage>>(program.buffers.size()),
          std::vector<bool>(program.calls.size(), false)};
}

SharingRules own_sharing_rules() {
  return {.in_place =
              [](const Program& program, const KernelCall& call) {
                return ops::runs_on_cmsis_nn(program, call) ? std::vector<std::string_view>() : in_place_inputs(call);
              },
          .overlap = own_overlap};
}

StorageSharing share_storage(const Program& program, const SharingRules& rules) {
  return Sharer(program, rules).run();
}

program::Schedule layerwise_schedule(const Program& program, StorageSharing sharing) {
  program::Schedule schedule;
  for (std::size_t call = 0; call < program.calls.size(); ++call) {
    if (!sharing.is_omitted[call]) schedule.steps.push_back({.call = call});
  }
  schedule.window_rows.resize(program.buffers.size(), 0);
  schedule.shared = std::move(sharing.shared);
  return schedule;
}

}  // namespace pudu::schedule
