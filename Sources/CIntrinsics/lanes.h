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

// How many floats a register holds; how many registers of one row, and how many rows, the register
// file lets a matrix product sum at once, beside the weights and one broadcast activation.
#if defined(__AVX512F__)
#define LANE_COUNT 16
#define ROW_REGISTERS 4
#define TILE_ROWS 6
#elif defined(__AVX2__)
#define LANE_COUNT 8
#define ROW_REGISTERS 2
#define TILE_ROWS 6
#elif defined(__aarch64__)
#define LANE_COUNT 4
#define ROW_REGISTERS 4
#define TILE_ROWS 6
#else
#define LANE_COUNT 4
#define ROW_REGISTERS 2
#define TILE_ROWS 5
#endif

// As functions, whose answers Swift takes for unknown until the optimiser comes.

/// What the including target is compiled for, by its flags: its own, and those of the whole build.
enum CompiledSet {
  set_baseline, set_avx2, set_avx512, set_avx512vnni, set_neon, set_dotprod, set_i8mm
};
LANES_INLINE enum CompiledSet compiled_set(void) {
#if defined(__AVX512F__) && defined(__AVX512VNNI__) && defined(__AVX512BF16__)
  return set_avx512vnni;
#elif defined(__AVX512F__)
  return set_avx512;
#elif defined(__AVX2__)
  return set_avx2;
#elif defined(__ARM_FEATURE_MATMUL_INT8)
  return set_i8mm;
#elif defined(__ARM_FEATURE_DOTPROD)
  return set_dotprod;
#elif defined(__aarch64__)
  return set_neon;
#else
  return set_baseline;
#endif
}

LANES_INLINE int row_is_wide(void) { return ROW_REGISTERS > 2; }
LANES_INLINE int tile_rows(void) { return TILE_ROWS; }

typedef float Lanes __attribute__((ext_vector_type(LANE_COUNT)));
typedef int32_t IntLanes __attribute__((ext_vector_type(LANE_COUNT)));
typedef uint16_t HalfLanes __attribute__((ext_vector_type(LANE_COUNT)));
typedef uint8_t ByteLanes __attribute__((ext_vector_type(LANE_COUNT)));

LANES_INLINE Lanes lanes_splat(float x) { return (Lanes)x; }

LANES_INLINE Lanes lanes_load(const void *address) {
  Lanes x;
  __builtin_memcpy(&x, address, sizeof x);
  return x;
}

LANES_INLINE void lanes_store(void *address, Lanes x) {
  __builtin_memcpy(address, &x, sizeof x);
}

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All bits of the first `count` lanes.
LANES_INLINE IntLanes lanes_below(intptr_t count) {
  return (IntLanes){0, 1, 2, 3, 4, 5, 6, 7} < (IntLanes)(int32_t)count;
}
#endif

/// The first `count` floats at an address, fewer than a register's, then zeros.
LANES_INLINE Lanes lanes_load_first(const void *address, intptr_t count) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), address);
#elif defined(__AVX2__)
  return (Lanes)_mm256_maskload_ps(address, (__m256i)lanes_below(count));
#else
  Lanes x = (Lanes)0.0f;
  for (intptr_t i = 0; i < LANE_COUNT - 1; i++)
    if (i < count) x[i] = ((const float *)address)[i];
  return x;
#endif
}

/// Stores the first `count` lanes, fewer than all.
LANES_INLINE void lanes_store_first(void *address, Lanes x, intptr_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(address, (__mmask16)((1u << count) - 1), (__m512)x);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(address, (__m256i)lanes_below(count), (__m256)x);
#else
  for (intptr_t i = 0; i < LANE_COUNT - 1; i++)
    if (i < count) ((float *)address)[i] = x[i];
#endif
}

/// The first `count` lanes, fewer than all, then zeros.
LANES_INLINE Lanes lanes_first(Lanes x, intptr_t count) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_maskz_mov_ps((__mmask16)((1u << count) - 1), (__m512)x);
#else
  for (intptr_t i = 0; i < LANE_COUNT; i++)
    if (i >= count) x[i] = 0;
  return x;
#endif
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

/// The larger; b where either is NaN.
LANES_INLINE Lanes lanes_max(Lanes a, Lanes b) { return a > b ? a : b; }

/// The smaller; b where either is NaN.
LANES_INLINE Lanes lanes_min(Lanes a, Lanes b) { return a < b ? a : b; }

LANES_INLINE Lanes lanes_magnitude(Lanes a) { return __builtin_elementwise_abs(a); }

/// a·2ⁿ for whole n between −250 and 250, rounded once where it is subnormal.
LANES_INLINE Lanes lanes_scale(Lanes a, Lanes n) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_scalef_ps((__m512)a, (__m512)n);
#else
  // Half of n at a time, as the exponent of a factor.
  IntLanes whole = __builtin_convertvector(n, IntLanes);
  IntLanes half = whole >> 1;
  return a * (Lanes)((half + 127) << 23) * (Lanes)((whole - half + 127) << 23);
#endif
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
#elif defined(__AVX2__) && defined(__F16C__)
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

/// Pairs of neighbours turned by a quarter: (−x1, x0, −x3, x2, …).
LANES_INLINE Lanes lanes_quarter_turn(Lanes a) {
  Lanes out;
  for (int i = 0; i < LANE_COUNT; i += 2) {
    out[i] = -a[i + 1];
    out[i + 1] = a[i];
  }
  return out;
}

/// Widens bfloat16, which is the upper half of a float.
LANES_INLINE Lanes lanes_load_bf16(const void *address) {
  HalfLanes halves;
  __builtin_memcpy(&halves, address, sizeof halves);
  return (Lanes)(__builtin_convertvector(halves, IntLanes) << 16);
}

/// Rounds to bfloat16, to nearest with ties to even, and stores `LANE_COUNT` of them.
LANES_INLINE void lanes_store_bf16(void *address, Lanes x) {
#if defined(__AVX512BF16__)
  __m256bh halves = _mm512_cvtneps_pbh((__m512)x);
#else
  IntLanes bits = (IntLanes)x;
  IntLanes rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  // Rounding could carry a NaN into an infinity.
  IntLanes isNaN = x != x;
  HalfLanes halves =
    __builtin_convertvector((isNaN & ((bits >> 16) | 0x40)) | (~isNaN & rounded), HalfLanes);
#endif
  __builtin_memcpy(address, &halves, sizeof halves);
}

/// Rounds numbers from −128 to 255 to whole ones, ties to even, and stores a byte of each.
LANES_INLINE void lanes_store_bytes(void *address, Lanes x) {
#if defined(__AVX512F__)
  __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32((__m512)x));
#else
  // Adding 1.5·2²³ leaves the whole number in the low bits.
  ByteLanes bytes = __builtin_convertvector((IntLanes)(x + (Lanes)12582912.0f), ByteLanes);
#endif
  __builtin_memcpy(address, &bytes, sizeof bytes);
}

/// A byte in each word.
LANES_INLINE IntLanes bytes_load(const void *address) {
  ByteLanes bytes;
  __builtin_memcpy(&bytes, address, sizeof bytes);
  return __builtin_convertvector(bytes, IntLanes);
}

/// Shifts words to the right by `bits`, and stores each as the nearest byte.
LANES_INLINE void words_store_bytes(void *address, IntLanes x, int32_t bits) {
  x = x >> bits;
  x = __builtin_elementwise_min(__builtin_elementwise_max(x, (IntLanes)0), (IntLanes)255);
  ByteLanes bytes = __builtin_convertvector(x, ByteLanes);
  __builtin_memcpy(address, &bytes, sizeof bytes);
}

typedef int32_t FourInts __attribute__((ext_vector_type(4)));

/// Adds up the lanes of three registers of which the i-th belongs to channel i mod `channels`.
LANES_INLINE FourInts words_sum_by_channel(IntLanes a, IntLanes b, IntLanes c, int32_t channels) {
  // Half as many lanes begin with channel 0 again, as long as they are a multiple of 12.
#if LANE_COUNT == 16
  typedef int32_t EightInts __attribute__((ext_vector_type(8)));
  EightInts p = a.lo + b.hi, q = a.hi + c.lo, r = b.lo + c.hi;
  FourInts x = p.lo + q.hi, y = p.hi + r.lo, z = q.lo + r.hi;
#elif LANE_COUNT == 8
  FourInts x = a.lo + b.hi, y = a.hi + c.lo, z = b.lo + c.hi;
#else
  FourInts x = a, y = b, z = c;
#endif
  if (channels == 3)
    return (FourInts){
        x[0] + x[3] + y[2] + z[1], x[1] + y[0] + y[3] + z[2], x[2] + y[1] + z[0] + z[3], 0};
  FourInts sum = x + y + z;
  if (channels == 4) return sum;
  sum += sum.zwxy;
  return channels == 2 ? sum : sum + sum.yxwz;
}

/// Zeros for all columns of a panel.
LANES_INLINE const float *zero_row(void) {
  static const float zeros[LANE_COUNT * ROW_REGISTERS];
  return zeros;
}

LANES_INLINE IntLanes words_splat(const void *address) {
  int32_t word;
  __builtin_memcpy(&word, address, sizeof word);
  return (IntLanes)word;
}

LANES_INLINE IntLanes words_load(const void *address) {
  IntLanes words;
  __builtin_memcpy(&words, address, sizeof words);
  return words;
}

/// Words of a lower and an upper half.
LANES_INLINE IntLanes words_from_halves(HalfLanes low, HalfLanes high) {
  return __builtin_convertvector(low, IntLanes) | __builtin_convertvector(high, IntLanes) << 16;
}

/// sum + a·b, where each word holds two numbers in bfloat16.
LANES_INLINE Lanes pairs_dot(Lanes sum, IntLanes a, IntLanes b) {
#if defined(__AVX512BF16__)
  return (Lanes)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#else
  sum = lanes_fma((Lanes)(a & (int32_t)0xffff0000), (Lanes)(b & (int32_t)0xffff0000), sum);
  return lanes_fma((Lanes)(a << 16), (Lanes)(b << 16), sum);
#endif
}

LANES_INLINE Lanes lanes_from_integers(IntLanes a) { return __builtin_convertvector(a, Lanes); }

/// Asks for a cache line that will be read soon, not at once. Any address will do.
LANES_INLINE void fetch_to_first_cache(const void *address) { __builtin_prefetch(address, 0, 3); }
LANES_INLINE void fetch_to_second_cache(const void *address) { __builtin_prefetch(address, 0, 2); }

// Transposition of squares of 16-bit and of 32-bit words.
typedef uint16_t Halves8 __attribute__((ext_vector_type(8)));
typedef uint32_t Words4 __attribute__((ext_vector_type(4)));

/// Eight rows of eight 16-bit numbers; strides in bytes.
LANES_INLINE void transpose_halves(
  const char *rows, intptr_t row_stride, char *out, intptr_t out_stride) {
  Halves8 a[8], b[8];
  for (int i = 0; i < 8; i++) __builtin_memcpy(&a[i], rows + i * row_stride, 16);
  // Each step interleaves rows that stand half of them apart; three bring every row to its column.
#pragma clang loop unroll(full)
  for (int step = 0; step < 3; step++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) a[i] = b[i];
  }
  for (int i = 0; i < 8; i++) __builtin_memcpy(out + i * out_stride, &a[i], 16);
}

/// Four rows of four words; strides in bytes.
LANES_INLINE void transpose_words(
  const char *rows, intptr_t row_stride, char *out, intptr_t out_stride) {
  Words4 a[4], b[4];
  for (int i = 0; i < 4; i++) __builtin_memcpy(&a[i], rows + i * row_stride, 16);
#pragma clang loop unroll(full)
  for (int step = 0; step < 2; step++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + 2], 0, 4, 1, 5);
      b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 2], 2, 6, 3, 7);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) a[i] = b[i];
  }
  for (int i = 0; i < 4; i++) __builtin_memcpy(out + i * out_stride, &a[i], 16);
}
