#include <cstdio>

#include "files.hpp"

File::File(const char* name, Mode mode) : handle_(std::fopen(name, mode == Mode::Read ? "rb" : "wb")) {}
File::~File() {
  if (handle_ != nullptr) std::fclose(static_cast<std::FILE*>(handle_));
}
bool File::read(void* data, std::size_t bytes) const {
  return handle_ != nullptr && std::fread(data, 1, bytes, static_cast<std::FILE*>(handle_)) == bytes;
}
bool File::write(const void* data, std::size_t bytes) const {
  return handle_ != nullptr && std::fwrite(data, 1, bytes, static_cast<std::FILE*>(handle_)) == bytes;
}

int main() {
  return run_samples();
}
