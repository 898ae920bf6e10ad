// In which order and in which pieces the calls of a Program run, and which buffers are held only in part. A program
// without a schedule runs layer by layer: one whole call after the other, every buffer whole.
//
// Row streaming: calls of a region take turns, each computing some rows of its output from the rows of its input that
// are there. A row of output is the same kernel's call on a smaller image (ops/row_calls.hpp), so every kernel streams,
// and its bytes are those of the whole call. Buffers between calls of a region hold a window of consecutive rows, one
// behind the other; a Slide moves the rows still needed to the front, so kernels always see rows without a break.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "program/program.hpp"

namespace pudu::program {

/// Rows [begin, end) of a tensor [1, H, W, C].
struct RowRange {
  std::int32_t begin = 0;
  std::int32_t end = 0;
  std::int32_t count() const { return end - begin; }
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

enum class StepKind : std::uint8_t {
  Whole,  ///< the whole call
  Rows,   ///< output rows `rows` of the call
  Slide,  ///< rows `rows` of the windowed `buffer`, which it holds, move to `slot` of the window (WindowRows)
  Feed,   ///< rows `rows` of the windowed input `buffer` arrive from the caller
};

struct Step {
  StepKind kind = StepKind::Whole;
  std::size_t call = 0;  ///< index into Program::calls: of Whole and Rows
  BufferId buffer{};     ///< of Slide and Feed
  RowRange rows;         ///< of Rows, Slide and Feed
  /// Of Slide: where the first of the rows goes; none: to the window's front, or end. Rows that wait may be parked so,
  /// and leave the slots where windows are filled to those of other windows.
  std::optional<std::int32_t> slot = {};
  friend bool operator==(const Step&, const Step&) = default;
};

/// A buffer that lies in the memory of another: a result in the place of its input, a part of a concatenation.
struct SharedStorage {
  BufferId owner{};        ///< has memory of its own, of at least offset + bytes
  std::size_t offset = 0;  ///< bytes from the owner's first
  friend bool operator==(const SharedStorage&, const SharedStorage&) = default;
};

struct Schedule {
  std::vector<Step> steps;  ///< in execution order
  /// By BufferId: how many rows a windowed buffer holds; 0 for a buffer that is whole.
  std::vector<std::int32_t> window_rows;
  /// By BufferId: whose memory the buffer shares. Owners share nobody's.
  std::vector<std::optional<SharedStorage>> shared;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// One whole call after the other, every buffer whole and in memory of its own.
Schedule layerwise_schedule(const Program& program);

/// Where the rows of windowed buffers lie, while the steps of a schedule run one after the other. Rows lie in ascending
/// order, row r in the slot r - first_row(). A window that is filled downwards (a region swept from the bottom of the
/// image to its top: its second rows lie above its first) begins with its first rows in its last slots, and a Slide
/// without a slot moves rows to its end. All others begin in the first slot, and a Slide moves rows to the front.
class WindowRows {
 public:
  WindowRows(const Program& program, const Schedule& schedule);
  /// The row that the window's first slot is for; may be negative in a window that is filled downwards. 0 for buffers
  /// that are whole. A buffer that shares the storage of a windowed one has its first row.
  std::int32_t first_row(BufferId id) const { return first_rows_[index_of(id)]; }
  /// After the step: its slide moves the first row.
  void advance(const Step& step);

 private:
  std::vector<std::int32_t> window_rows_, first_rows_;
  std::vector<std::optional<SharedStorage>> shared_;
  std::vector<bool> descends_;
};

/// The buffer that a call writes rows of: its `output`.
BufferId output_of(const KernelCall& call);

/// Some bytes of a buffer hold data that is still read, or are written, during some steps.
struct LiveExtent {
  int begin_step = 0;
  int end_step = 0;            ///< alive in [begin_step, end_step)
  std::size_t begin_byte = 0;  ///< from the buffer's first byte
  std::size_t end_byte = 0;    ///< [begin_byte, end_byte)
  friend bool operator==(const LiveExtent&, const LiveExtent&) = default;
};

}  // namespace pudu::program
