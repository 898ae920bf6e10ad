#include "tflite/litert.hpp"

#include <cstdint>
#include <cstring>
#include <filesystem>

#include "base/files.hpp"
#include "base/subprocess.hpp"
#include "base/temp_directory.hpp"

namespace pudu::testing {
namespace {

using Bytes = std::vector<std::byte>;

void append_number(Bytes& bytes, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

void append_blob(Bytes& bytes, const Bytes& blob) {
  append_number(bytes, static_cast<std::uint32_t>(blob.size()));
  bytes.insert(bytes.end(), blob.begin(), blob.end());
}

Bytes batch_of(std::span<const Case> cases) {
  Bytes bytes;
  append_number(bytes, static_cast<std::uint32_t>(cases.size()));
  for (const Case& entry : cases) {
    bytes.push_back(static_cast<std::byte>(entry.kernels));
    append_blob(bytes, entry.model);
    append_number(bytes, static_cast<std::uint32_t>(entry.inputs.size()));
    for (const Bytes& input : entry.inputs) append_blob(bytes, input);
  }
  return bytes;
}

/// Reads what the script wrote; a file that ends early gives empty values and is_whole() false.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : left_(bytes) {}
  bool is_whole() const { return whole_; }

  Bytes take(std::size_t count) {
    whole_ = whole_ && count <= left_.size();
    if (!whole_) return {};
    Bytes taken(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count));
    left_ = left_.subspan(count);
    return taken;
  }
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    int shift = 0;
    for (const std::byte byte : take(bytes)) {
      value |= static_cast<std::uint32_t>(byte) << shift;
      shift += 8;
    }
    return value;
  }
  Bytes blob() { return take(number(4)); }

 private:
  std::span<const std::byte> left_;
  bool whole_ = true;
};

Answer read_answer(Cursor& cursor) {
  Answer answer;
  if (cursor.number(1) == 0) {
    const Bytes message = cursor.blob();
    answer.error.assign(reinterpret_cast<const char*>(message.data()), message.size());
    return answer;
  }
  for (std::uint32_t left = cursor.number(4); left > 0 && cursor.is_whole(); --left) {
    answer.outputs.push_back(cursor.blob());
  }
  return answer;
}

}  // namespace

Result<std::vector<Answer>> ask_litert(std::span<const Case> cases) {
  PUDU_TRY_ASSIGN(const base::TempDirectory folder, base::TempDirectory::create("pudu-litert"));
  const std::filesystem::path batch = folder.path() / "batch";
  const std::filesystem::path results = folder.path() / "results";
  PUDU_TRY(base::write_file(batch, batch_of(cases)));
  PUDU_TRY_ASSIGN(const base::ProcessResult process,
                  base::run_process({PUDU_LITERT_PYTHON, PUDU_SOURCE_DIR "/tests/tflite/litert_oracle.py",
                                     batch.string(), results.string()}));
  if (!process.succeeded())
    return internal_error(
        {.found = "litert_oracle.py ended with " + std::to_string(process.code) + ": " + process.standard_error});
  PUDU_TRY_ASSIGN(const Bytes bytes, base::read_file(results));
  Cursor cursor(bytes);
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < cases.size(); ++i) answers.push_back(read_answer(cursor));
  if (!cursor.is_whole()) return internal_error({.found = "litert_oracle.py wrote too little"});
  return answers;
}

}  // namespace pudu::testing
