// The loops with AVX2. Only the functions marked so hold its instructions; they run after the processor was asked, so
// that the program also starts where it has none. VPMADDWD adds two products of 16-bit numbers: exact for codes.
// Limits: x86-64, g++ and clang.
#include <cstring>

#include "host_kernels/vector_loops.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <utility>

// What such a function calls must be marked, too: lambdas are not.
#define PUDU_AVX2 __attribute__((target("avx2")))

namespace pudu::host_kernels {
namespace {

PUDU_AVX2 inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
PUDU_AVX2 inline void store(void* to, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}
PUDU_AVX2 inline __m256i constants_at(const std::vector<std::int32_t>& words, std::int32_t channel) {
  return load(words.data() + channel);
}

PUDU_AVX2 void widen(const std::int8_t* from, std::int32_t count, std::int16_t* to) {
  std::int32_t i = 0;
  for (; i + 16 <= count; i += 16) {
    store(to + i, _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i))));
  }
  for (; i < count; ++i) to[i] = from[i];
}

/// Two taps of one position in every lane.
PUDU_AVX2 inline __m256i broadcast_pair(const std::int16_t* pair) {
  std::int32_t both;
  std::memcpy(&both, pair, sizeof both);
  return _mm256_set1_epi32(both);
}

template <std::size_t... Position>
PUDU_AVX2 void multiply_positions(const Tile& tile, std::index_sequence<Position...>) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i low[] = {(static_cast<void>(Position), zero)...}, high[] = {(static_cast<void>(Position), zero)...};
  const std::int16_t *x = tile.values, *w = tile.weights;
  const std::ptrdiff_t pitch = tile.pitch;
  for (std::int32_t pair = tile.pairs; pair > 0; --pair, x += 2, w += 2 * block_channels) {
    const __m256i w0 = load(w), w1 = load(w + block_channels);
    __m256i both;
    ((both = broadcast_pair(x + static_cast<std::ptrdiff_t>(Position) * pitch),
      low[Position] = _mm256_add_epi32(low[Position], _mm256_madd_epi16(both, w0)),
      high[Position] = _mm256_add_epi32(high[Position], _mm256_madd_epi16(both, w1))),
     ...);
  }
  (store(tile.sums + Position * vector_channels, low[Position]), ...);
  (store(tile.sums + (tile_positions + Position) * vector_channels, high[Position]), ...);
}

PUDU_AVX2 void multiply(const Tile& tile) {
  switch (tile.positions) {
    case 1:
      return multiply_positions(tile, std::make_index_sequence<1>());
    case 2:
      return multiply_positions(tile, std::make_index_sequence<2>());
    case 3:
      return multiply_positions(tile, std::make_index_sequence<3>());
    case 4:
      return multiply_positions(tile, std::make_index_sequence<4>());
    case 5:
      return multiply_positions(tile, std::make_index_sequence<5>());
    default:
      return multiply_positions(tile, std::make_index_sequence<tile_positions>());
  }
}

/// Eight outputs, saturated.
PUDU_AVX2 inline void store_outputs(__m256i values, std::int8_t* output, std::int32_t channels) {
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  const __m128i bytes = _mm_packs_epi16(words, words);
  if (channels == vector_channels) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(output), bytes);
    return;
  }
  std::int8_t all[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(all), bytes);
  std::memcpy(output, all, static_cast<std::size_t>(channels));
}

/// Bits 31 to 62 of the products of 64 bits plus 2^30: rounding_doubling_high_multiply of every lane.
PUDU_AVX2 inline __m256i doubling_high_multiply(__m256i a, __m256i b) {
  const __m256i half = _mm256_set1_epi64x(std::int64_t{1} << 30);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, b), half);
  const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), half);
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xAA);
}

/// numerics::requantize_to_int8 of every lane.
PUDU_AVX2 void scale_general(const ChannelScaling& s, const ScaledBlock& block) {
  const __m256i bias = constants_at(s.bias, block.first_channel), left = constants_at(s.left, block.first_channel);
  const __m256i multiplier = constants_at(s.multiplier, block.first_channel);
  const __m256i right = constants_at(s.right, block.first_channel);
  const __m256i has_no_right = _mm256_srai_epi32(right, 31), bits = _mm256_andnot_si256(has_no_right, right);
  const __m256i one = _mm256_set1_epi32(1), offset = _mm256_set1_epi32(s.output_offset);
  const __m256i low = _mm256_set1_epi32(s.activation_min - s.output_offset);
  const __m256i high = _mm256_set1_epi32(s.activation_max - s.output_offset);
  for (std::int32_t position = 0; position < block.positions; ++position) {
    const __m256i sum = _mm256_add_epi32(load(block.sums + position * vector_channels), bias);
    const __m256i product = doubling_high_multiply(_mm256_sllv_epi32(sum, left), multiplier);
    const __m256i shifted = _mm256_srav_epi32(_mm256_add_epi32(product, _mm256_srai_epi32(product, 31)), bits);
    const __m256i halved = _mm256_srai_epi32(_mm256_add_epi32(shifted, one), 1);
    const __m256i scaled = _mm256_blendv_epi8(halved, product, has_no_right);
    const __m256i clamped = _mm256_min_epi32(_mm256_max_epi32(scaled, low), high);
    store_outputs(_mm256_add_epi32(clamped, offset), block.output + position * block.pitch, block.channels);
  }
}

/// kernels::apply_form of every lane, whose forms may differ.
PUDU_AVX2 void scale_folded(const ChannelScaling& s, const ScaledBlock& block) {
  const __m256i bias = constants_at(s.bias, block.first_channel), left = constants_at(s.left, block.first_channel);
  const __m256i multiplier = constants_at(s.multiplier, block.first_channel);
  const __m256i odd_multiplier = _mm256_srli_epi64(multiplier, 32);
  const __m256i right = constants_at(s.right, block.first_channel);
  const __m256i addend = constants_at(s.addend, block.first_channel);
  const __m256i rounds = constants_at(s.rounds, block.first_channel);
  const __m256i half = _mm256_slli_epi32(rounds, 31);
  const __m256i odd_half = _mm256_srli_epi64(half, 32);
  const __m256i even_half = _mm256_srli_epi64(_mm256_slli_epi64(half, 32), 32);
  for (std::int32_t position = 0; position < block.positions; ++position) {
    const __m256i sum = load(block.sums + position * vector_channels);
    const __m256i v = _mm256_add_epi32(_mm256_sllv_epi32(sum, left), bias);
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(v, multiplier), even_half);
    const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(v, 32), odd_multiplier), odd_half);
    const __m256i product = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    const __m256i tie = _mm256_add_epi32(addend, _mm256_and_si256(_mm256_srai_epi32(v, 31), rounds));
    store_outputs(_mm256_srav_epi32(_mm256_add_epi32(tie, product), right), block.output + position * block.pitch,
                  block.channels);
  }
}

void scale(const ChannelScaling& scaling, const ScaledBlock& block) {
  switch (scaling.form) {
    case ScalingForm::General:
      return scale_general(scaling, block);
    case ScalingForm::Folded:
      return scale_folded(scaling, block);
    case ScalingForm::Lanes:
      return portable_loops().scale(scaling, block);
  }
}

PUDU_AVX2 void sum_depthwise(const DepthwiseBlock& block) {
  if (block.channels != vector_channels) return portable_loops().sum_depthwise(block);
  const std::int8_t* const* values = block.values;
  for (std::int32_t position = 0; position < block.positions; ++position) {
    __m256i sum = _mm256_setzero_si256();
    const std::int16_t* w = block.weights;
    for (std::int32_t pair = block.pairs; pair > 0; --pair, values += 2, w += 2 * vector_channels) {
      const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(values[0] + block.first_channel));
      const __m128i second = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(values[1] + block.first_channel));
      const __m256i pairs = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(first, second));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, load(w)));
    }
    store(block.sums + position * vector_channels, sum);
  }
}

PUDU_AVX2 inline __m256i eight_codes(const std::int8_t* from) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
}

PUDU_AVX2 void add(const PlaneSum& p) {
  const __m256i multiplier1 = _mm256_set1_epi32(p.multiplier1), multiplier2 = _mm256_set1_epi32(p.multiplier2);
  const __m256i addend = _mm256_set1_epi32(p.addend);
  const __m128i shift = _mm_cvtsi32_si128(p.shift);
  std::int32_t i = 0;
  for (; i + vector_channels <= p.count; i += vector_channels) {
    const __m256i first = _mm256_mullo_epi32(eight_codes(p.input1 + i), multiplier1);
    const __m256i second = _mm256_mullo_epi32(eight_codes(p.input2 + i), multiplier2);
    const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(first, second), addend);
    store_outputs(_mm256_sra_epi32(sum, shift), p.output + i, vector_channels);
  }
  PlaneSum rest = p;
  rest.input1 += i, rest.input2 += i, rest.output += i, rest.count -= i;
  portable_loops().add(rest);
}

}  // namespace

const VectorLoops* avx2_loops() {
  static constexpr VectorLoops loops{"AVX2", widen, multiply, scale, sum_depthwise, add};
  return __builtin_cpu_supports("avx2") ? &loops : nullptr;
}

}  // namespace pudu::host_kernels

#else

namespace pudu::host_kernels {

const VectorLoops* avx2_loops() {
  return nullptr;
}

}  // namespace pudu::host_kernels

#endif
