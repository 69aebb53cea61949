// One vector register of floats, as wide as the including target is compiled for, and the few
// operations on it that Swift does not spell.
//
// Every function is inlined, in debug builds too, so that no code for a wide register can be
// linked into a program's narrow parts.
#pragma once

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define LANES_INLINE static inline __attribute__((always_inline, unused))

// How many floats a register holds, and how many rows of a matrix product its register file
// allows: two accumulators a row, two registers of weights, one broadcast activation.
#if defined(__AVX512F__)
#define LANE_COUNT 16
#define TILE_ROWS 14
#elif defined(__AVX2__)
#define LANE_COUNT 8
#define TILE_ROWS 6
#elif defined(__aarch64__)
#define LANE_COUNT 4
#define TILE_ROWS 12
#else
#define LANE_COUNT 4
#define TILE_ROWS 5
#endif

typedef float Lanes __attribute__((ext_vector_type(LANE_COUNT)));
typedef int32_t IntLanes __attribute__((ext_vector_type(LANE_COUNT)));
typedef uint16_t HalfLanes __attribute__((ext_vector_type(LANE_COUNT)));

LANES_INLINE Lanes lanes_splat(float x) { return (Lanes)x; }

LANES_INLINE Lanes lanes_load(const void *address) {
  Lanes x;
  __builtin_memcpy(&x, address, sizeof x);
  return x;
}

LANES_INLINE void lanes_store(void *address, Lanes x) {
  __builtin_memcpy(address, &x, sizeof x);
}

/// The first `count` floats at an address, then zeros.
LANES_INLINE Lanes lanes_load_first(const void *address, intptr_t count) {
  Lanes x = (Lanes)0.0f;
  __builtin_memcpy(&x, address, (unsigned long)count * sizeof(float));
  return x;
}

/// Stores the first `count` lanes.
LANES_INLINE void lanes_store_first(void *address, Lanes x, intptr_t count) {
  __builtin_memcpy(address, &x, (unsigned long)count * sizeof(float));
}

/// a·b + c: rounded once where the instruction set has it, twice elsewhere, but the same all over
/// one instruction set.
LANES_INLINE Lanes lanes_fma(Lanes a, Lanes b, Lanes c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// Where a < b, `then`; elsewhere, and where either is NaN, `otherwise`.
LANES_INLINE Lanes lanes_where_less(Lanes a, Lanes b, Lanes then, Lanes otherwise) {
  return a < b ? then : otherwise;
}

LANES_INLINE Lanes lanes_where_nan(Lanes a, Lanes then, Lanes otherwise) {
  return a != a ? then : otherwise;
}

/// The larger; b where either is NaN.
LANES_INLINE Lanes lanes_max(Lanes a, Lanes b) { return a > b ? a : b; }

/// The smaller; b where either is NaN.
LANES_INLINE Lanes lanes_min(Lanes a, Lanes b) { return a < b ? a : b; }

LANES_INLINE Lanes lanes_magnitude(Lanes a) { return __builtin_elementwise_abs(a); }

/// a·2ⁿ by adding n to the exponent's bits; n stands in the low bits of `shifted`, which is
/// n + 1.5·2²³.
LANES_INLINE Lanes lanes_scale(Lanes a, Lanes shifted) {
  return (Lanes)((IntLanes)a + (((IntLanes)shifted - (IntLanes)(Lanes)12582912.0f) << 23));
}

/// The sum of all lanes, halves added to halves.
LANES_INLINE float lanes_sum(Lanes a) {
  for (int half = LANE_COUNT / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) a[i] += a[i + half];
  return a[0];
}

LANES_INLINE float lanes_largest(Lanes a) {
  for (int half = LANE_COUNT / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) a[i] = a[i] > a[i + half] ? a[i] : a[i + half];
  return a[0];
}

/// Widens IEEE 754 binary16, exactly.
LANES_INLINE Lanes lanes_load_f16(const void *address) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)address));
#elif defined(__F16C__)
  return (Lanes)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)address));
#elif defined(__aarch64__)
  return (Lanes)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16((const uint16_t *)address)));
#else
  HalfLanes halves;
  __builtin_memcpy(&halves, address, sizeof halves);
  IntLanes wide = __builtin_convertvector(halves, IntLanes);
  IntLanes magnitude = (wide & 0x7fff) << 13;
  // Multiplying by 2^112 corrects the exponent's bias and normalises subnormals, exactly.
  IntLanes finite = (IntLanes)((Lanes)magnitude * 0x1p112f);
  // Infinities and NaNs keep an exponent of all ones.
  IntLanes isSpecial = (wide & 0x7c00) == 0x7c00;
  IntLanes bits = (isSpecial & (magnitude | 0x7f800000)) | (~isSpecial & finite);
  return (Lanes)(bits | (wide & 0x8000) << 16);
#endif
}

/// Widens bfloat16, which is the upper half of a float.
LANES_INLINE Lanes lanes_load_bf16(const void *address) {
  HalfLanes halves;
  __builtin_memcpy(&halves, address, sizeof halves);
  return (Lanes)(__builtin_convertvector(halves, IntLanes) << 16);
}
