// How long steps tell what they are doing. The library reports; whoever runs it (a terminal, Python, nobody) shows it.
#pragma once

#include <cstddef>
#include <string_view>

namespace pudu::base {

class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  /// A stage begins; stages do not nest.
  virtual void begin(std::string_view stage) = 0;
  /// `done` of `total` units of the present stage are complete.
  virtual void advance(std::size_t done, std::size_t total) = 0;
  virtual void end() = 0;
};

/// Shows nothing.
class SilentProgress final : public ProgressListener {
 public:
  void begin(std::string_view) override {}
  void advance(std::size_t, std::size_t) override {}
  void end() override {}
};

}  // namespace pudu::base
