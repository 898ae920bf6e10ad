// Tests only: reproducible random data with plenty of extremes, and buffers with guards on both sides.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace pudu::kernels::testing {

/// The same sequence on every host: only the engine's raw output is used.
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  /// Uniform in [low, high].
  std::int32_t between(std::int32_t low, std::int32_t high) {
    const auto span = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low) + 1;
    return static_cast<std::int32_t>(low + static_cast<std::int64_t>(bits64() % span));
  }
  bool one_in(std::int32_t n) { return between(1, n) == 1; }
  /// An int8 code, an extreme one time in eight.
  std::int8_t code() {
    if (one_in(8)) return one_in(2) ? std::int8_t{-128} : std::int8_t{127};
    return static_cast<std::int8_t>(between(-128, 127));
  }
  std::vector<std::int8_t> codes(std::size_t count) {
    std::vector<std::int8_t> values(count);
    for (auto& value : values) value = code();
    return values;
  }
  /// An int16 code, an extreme one time in eight.
  std::int16_t wide_code() {
    if (one_in(8)) return one_in(2) ? std::int16_t{-32768} : std::int16_t{32767};
    return static_cast<std::int16_t>(between(-32768, 32767));
  }
  std::vector<std::int16_t> wide_codes(std::size_t count) {
    std::vector<std::int16_t> values(count);
    for (auto& value : values) value = wide_code();
    return values;
  }
  /// A zero point, an extreme one time in three.
  std::int32_t zero_point() {
    if (one_in(3)) return one_in(2) ? -128 : 127;
    return between(-128, 127);
  }
  /// A Q0.31 multiplier in [2^30, 2^31), or 0.
  std::int32_t multiplier() {
    if (one_in(16)) return 0;
    return one_in(16) ? INT32_MAX : between(1 << 30, INT32_MAX);
  }
  float real() {
    const std::uint32_t bits = static_cast<std::uint32_t>(engine_());
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

 private:
  std::uint64_t bits64() {
    const std::uint64_t high = engine_();
    return high << 32 | engine_();
  }
  std::mt19937 engine_;
};

/// `count` elements between two runs of guard bytes that the destructor checks.
template <class T>
class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t count) : count_(count), bytes_(2 * guard_bytes + count * sizeof(T), guard) {}
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;
  ~GuardedBuffer() { EXPECT_TRUE(intact()) << "bytes outside of the buffer were written"; }

  T* data() { return reinterpret_cast<T*>(bytes_.data() + guard_bytes); }
  std::vector<T> values() const {
    std::vector<T> copy(count_);
    if (count_ > 0) std::memcpy(copy.data(), bytes_.data() + guard_bytes, count_ * sizeof(T));
    return copy;
  }
  void assign(const std::vector<T>& values) {
    if (!values.empty()) std::memcpy(data(), values.data(), values.size() * sizeof(T));
  }

  bool intact() const {
    for (std::size_t i = 0; i < guard_bytes; ++i) {
      if (bytes_[i] != guard || bytes_[bytes_.size() - 1 - i] != guard) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t guard_bytes = 64;  // keeps the alignment that operator new gives
  static constexpr unsigned char guard = 0xa5;
  std::size_t count_;
  std::vector<unsigned char> bytes_;
};

}  // namespace pudu::kernels::testing
