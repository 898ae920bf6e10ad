// Binary files of the machine that runs the test, on the host and on the emulated board.
#pragma once

#include <cstddef>
#include <cstdint>

class File {
 public:
  enum class Mode { Read, Write };
  File(const char* name, Mode mode);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Whether all `bytes` were there.
  bool read(void* data, std::size_t bytes) const;
  bool write(const void* data, std::size_t bytes) const;

 private:
  void* handle_;
};

/// The program: 0, or what went wrong.
int run_samples();
