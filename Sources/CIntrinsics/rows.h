// Products of rows with rows: sums along a row, four rows at a time.
#pragma once

#include "lanes.h"

// How many queries meet four rows at once: their sums, the rows and a query stay in registers.
#if defined(__AVX512F__)
#define QUERY_TILE 4
#else
#define QUERY_TILE 1
#endif

// As a function, whose answer Swift takes for unknown until the optimiser comes.
LANES_INLINE int query_tile(void) { return QUERY_TILE; }

/// Sixteen partial sums, in as many registers as that takes: their order is the same on every CPU.
typedef float Sixteen __attribute__((ext_vector_type(16)));
typedef float FourFloats __attribute__((ext_vector_type(4)));

LANES_INLINE Sixteen sixteen_load(const void *address) {
  Sixteen x;
  __builtin_memcpy(&x, address, sizeof x);
  return x;
}

/// The first `count` floats, fewer than sixteen, then zeros.
LANES_INLINE Sixteen sixteen_load_first(const void *address, intptr_t count) {
#if defined(__AVX512F__)
  return (Sixteen)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), address);
#else
  Sixteen x = (Sixteen)0.0f;
  for (intptr_t i = 0; i < 15; i++)
    if (i < count) x[i] = ((const float *)address)[i];
  return x;
#endif
}

/// a·b + c, rounded as `lanes_fma` does.
LANES_INLINE Sixteen sixteen_fma(Sixteen a, Sixteen b, Sixteen c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// Sums of each of four registers, by interleaving them: a step halves what is left to add.
#define UNPACK_LOW(a, b)                                                                         \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define UNPACK_HIGH(a, b)                                                                        \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define UNPACK_LOW_PAIRS(a, b)                                                                   \
  __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define UNPACK_HIGH_PAIRS(a, b)                                                                  \
  __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)

/// The sum of each of four, always in the same order.
LANES_INLINE FourFloats sixteen_sums(Sixteen a, Sixteen b, Sixteen c, Sixteen d) {
  typedef float Eight __attribute__((ext_vector_type(8)));
  Sixteen ab = UNPACK_LOW(a, b) + UNPACK_HIGH(a, b);
  Sixteen cd = UNPACK_LOW(c, d) + UNPACK_HIGH(c, d);
  Sixteen abcd = UNPACK_LOW_PAIRS(ab, cd) + UNPACK_HIGH_PAIRS(ab, cd);
  Eight half = abcd.lo + abcd.hi;
  return half.lo + half.hi;
}

LANES_INLINE FourFloats four_load(const void *address) {
  FourFloats x;
  __builtin_memcpy(&x, address, sizeof x);
  return x;
}

LANES_INLINE void four_store(void *address, FourFloats x) {
  __builtin_memcpy(address, &x, sizeof x);
}

LANES_INLINE FourFloats four_splat(float x) { return (FourFloats)x; }

LANES_INLINE FourFloats four_from_integers(FourInts a) {
  return __builtin_convertvector(a, FourFloats);
}

/// The sum of each of four registers of words.
LANES_INLINE FourInts words_sums(IntLanes a, IntLanes b, IntLanes c, IntLanes d) {
#if LANE_COUNT == 16
  typedef int32_t EightInts __attribute__((ext_vector_type(8)));
  IntLanes ab = UNPACK_LOW(a, b) + UNPACK_HIGH(a, b);
  IntLanes cd = UNPACK_LOW(c, d) + UNPACK_HIGH(c, d);
  IntLanes abcd = UNPACK_LOW_PAIRS(ab, cd) + UNPACK_HIGH_PAIRS(ab, cd);
  EightInts half = abcd.lo + abcd.hi;
  return half.lo + half.hi;
#else
#if LANE_COUNT == 8
  FourInts w = a.lo + a.hi, x = b.lo + b.hi, y = c.lo + c.hi, z = d.lo + d.hi;
#else
  FourInts w = a, x = b, y = c, z = d;
#endif
  FourInts ab = __builtin_shufflevector(w, x, 0, 4, 1, 5) + __builtin_shufflevector(w, x, 2, 6, 3, 7);
  FourInts cd = __builtin_shufflevector(y, z, 0, 4, 1, 5) + __builtin_shufflevector(y, z, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
#endif
}

/// The first `count` bytes at an address, fewer than a register's, then zeros.
LANES_INLINE IntLanes words_load_first(const void *address, intptr_t count) {
#if defined(__AVX512BW__)
  return (IntLanes)_mm512_maskz_loadu_epi8((__mmask64)((1ull << count) - 1), address);
#else
  uint8_t bytes[4 * LANE_COUNT] = {0};
  for (intptr_t i = 0; i < count; i++) bytes[i] = ((const uint8_t *)address)[i];
  IntLanes words;
  __builtin_memcpy(&words, bytes, sizeof words);
  return words;
#endif
}

/// A bit for each lane that is not below a number: it is as large, larger, or NaN.
LANES_INLINE uint32_t lanes_not_below(Lanes x, float limit) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(limit), _CMP_NLT_UQ);
#elif defined(__AVX2__)
  return (uint32_t)_mm256_movemask_ps(
    _mm256_cmp_ps((__m256)x, _mm256_set1_ps(limit), _CMP_NLT_UQ));
#elif defined(__SSE2__)
  return (uint32_t)_mm_movemask_ps(_mm_cmpnlt_ps((__m128)x, _mm_set1_ps(limit)));
#else
  uint32_t mask = 0;
  for (int i = 0; i < LANE_COUNT; i++) mask |= (uint32_t)!(x[i] < limit) << i;
  return mask;
#endif
}
