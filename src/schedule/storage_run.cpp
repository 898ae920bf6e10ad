#include "schedule/storage_run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::KernelCall;
using program::Operand;

/// The part of `contents` within [begin, begin + size), counted from `new_begin` instead; pieces of one value that
/// follow each other are one.
template <class Contents>
Contents cut(const Contents& contents, std::size_t begin, std::size_t size, std::size_t new_begin) {
  Contents result;
  for (auto piece : contents) {
    const std::size_t first = std::max(piece.begin, begin);
    const std::size_t last = std::min(piece.begin + piece.size, begin + size);
    if (first >= last) continue;
    piece.value_begin += first - piece.begin;
    piece.begin = first - begin + new_begin;
    piece.size = last - first;
    if (!result.empty() && result.back().begin + result.back().size == piece.begin &&
        result.back().value == piece.value && result.back().value_begin + result.back().size == piece.value_begin) {
      result.back().size += piece.size;
    } else {
      result.push_back(piece);
    }
  }
  return result;
}

/// `contents` with what `piece` says at its bytes.
template <class Contents>
void put(Contents& contents, const Contents& pieces, std::size_t begin, std::size_t size) {
  Contents result = cut(contents, 0, begin, 0);
  result.insert(result.end(), pieces.begin(), pieces.end());
  const std::size_t end = begin + size;
  const Contents behind = cut(contents, end, static_cast<std::size_t>(-1) - end, end);
  result.insert(result.end(), behind.begin(), behind.end());
  contents = std::move(result);
}

}  // namespace

StorageRun::StorageRun(const program::Program& program, const StorageSharing& sharing)
    : program_(program), sharing_(sharing) {
  memories_.resize(program.buffers.size());
  for (const program::Buffer& buffer : program.buffers) {
    values_.emplace_back();
    if (buffer.bytes() > 0) values_.back().push_back({0, buffer.bytes(), buffer.id, 0});
  }
}

bool StorageRun::is_in_arena(BufferId id) const {
  const BufferKind kind = program_.buffer(id).kind;
  return kind == BufferKind::Input || kind == BufferKind::Activation;
}

StorageRun::Place StorageRun::place_of(BufferId id) const {
  const auto& shared = sharing_.shared[index_of(id)];
  return {shared ? shared->owner : id, shared ? shared->offset : 0, program_.buffer(id).bytes()};
}

/// Owners share nobody's memory and have room for all; only inputs and activations share.
bool StorageRun::is_well_formed() const {
  if (sharing_.shared.size() != program_.buffers.size()) return false;
  if (sharing_.is_omitted.size() != program_.calls.size()) return false;
  return std::all_of(program_.buffers.begin(), program_.buffers.end(), [&](const program::Buffer& buffer) {
    const auto& shared = sharing_.shared[index_of(buffer.id)];
    if (!shared) return true;
    const std::size_t room = program_.buffer(shared->owner).bytes();
    return is_in_arena(buffer.id) && is_in_arena(shared->owner) && !sharing_.shared[index_of(shared->owner)] &&
           shared->offset <= room && buffer.bytes() <= room - shared->offset;
  });
}

bool StorageRun::holds(BufferId id) const {
  const Place place = place_of(id);
  return cut(memories_[index_of(place.owner)], place.begin, place.size, 0) == values_[index_of(id)];
}

void StorageRun::write(BufferId id) {
  const Place place = place_of(id);
  if (place.size == 0) return;
  put(memories_[index_of(place.owner)], {{place.begin, place.size, id, 0}}, place.begin, place.size);
}

/// Reads, then writes. What is written may lie over what is read only where the kernel allows it, at the same address.
bool StorageRun::run_call(const KernelCall& call) {
  const std::vector<std::string_view> in_place = in_place_inputs(call);
  std::vector<const Operand*> reads;
  std::vector<const Operand*> writes;
  for (const Operand& operand : call.operands) {
    if (!is_in_arena(operand.buffer)) continue;
    (program::is_written(operand.name) ? writes : reads).push_back(&operand);
  }
  for (const Operand* read : reads) {
    if (!holds(read->buffer)) return false;
  }
  for (const Operand* written : writes) {
    const Place target = place_of(written->buffer);
    const auto overlaps = [&](const Operand* other) {
      const Place place = place_of(other->buffer);
      return other != written && place.owner == target.owner && place.begin < target.begin + target.size &&
             target.begin < place.begin + place.size;
    };
    if (std::any_of(writes.begin(), writes.end(), overlaps)) return false;
    for (const Operand* read : reads) {
      if (!overlaps(read)) continue;
      const bool is_allowed = std::find(in_place.begin(), in_place.end(), read->name) != in_place.end();
      if (!is_allowed || place_of(read->buffer).begin != target.begin) return false;
    }
  }
  for (const Operand* written : writes) write(written->buffer);
  return true;
}

/// The bytes that the call would move are where it would move them.
bool StorageRun::skip_call(const KernelCall& call) {
  const std::vector<MovedPiece> pieces = moved_pieces(program_, call);
  if (pieces.empty()) return false;
  for (const MovedPiece& piece : pieces) {
    if (!is_in_arena(piece.source) || !is_in_arena(piece.target)) return false;
    const Place source = place_of(piece.source);
    const Place target = place_of(piece.target);
    if (source.owner != target.owner || source.begin + piece.source_begin != target.begin + piece.target_begin ||
        !holds(piece.source)) {
      return false;
    }
    const Contents moved = cut(values_[index_of(piece.source)], piece.source_begin, piece.size, piece.target_begin);
    Contents& meant = values_[index_of(piece.target)];
    put(meant, moved, piece.target_begin, piece.size);
    meant = cut(meant, 0, program_.buffer(piece.target).bytes(), 0);
  }
  return true;
}

bool StorageRun::run() {
  if (!is_well_formed()) return false;
  for (const program::Buffer& buffer : program_.buffers) {
    if (buffer.kind == BufferKind::Input) write(buffer.id);
  }
  for (std::size_t i = 0; i < program_.calls.size(); ++i) {
    const KernelCall& call = program_.calls[i];
    if (!(sharing_.is_omitted[i] ? skip_call(call) : run_call(call))) return false;
  }
  return std::all_of(program_.outputs.begin(), program_.outputs.end(),
                     [&](const program::Port& port) { return holds(port.buffer); });
}

bool is_sound(const program::Program& program, const StorageSharing& sharing) {
  return StorageRun(program, sharing).run();
}

}  // namespace pudu::schedule
