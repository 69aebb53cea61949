// Products of bytes, summed in words of 32 bits: unsigned activations, signed weights; the same bits
// with every instruction set.
#pragma once

#include "lanes.h"

// Words of four bytes, of which even and odd ones are widened to pairs of 16-bit integers, once for
// all that they meet; where products of bytes are an instruction, both halves are the word itself.
#if defined(__AVX512F__) && defined(__AVX512VNNI__)
LANES_INLINE IntLanes bytes_even_signed(IntLanes words) { return words; }
LANES_INLINE IntLanes bytes_odd_signed(IntLanes words) { return words; }
LANES_INLINE IntLanes bytes_even_unsigned(IntLanes words) { return words; }
LANES_INLINE IntLanes bytes_odd_unsigned(IntLanes words) { return words; }

/// sum + a·b, unsigned in a and signed in b; exact.
LANES_INLINE IntLanes bytes_dot(
  IntLanes sum, IntLanes a_even, IntLanes a_odd, IntLanes b_even, IntLanes b_odd) {
  return (IntLanes)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a_even, (__m512i)b_even);
}
#elif defined(__ARM_FEATURE_DOTPROD)
// An instruction of bytes of either sign came with i8mm. Before, weights are taken for unsigned ones,
// which makes them 128 larger, and `bytes_start` takes away what that adds.
LANES_INLINE IntLanes bytes_even_signed(IntLanes words) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  return words;
#else
  return words ^ (int32_t)0x80808080;
#endif
}
LANES_INLINE IntLanes bytes_odd_signed(IntLanes words) { return words; }
LANES_INLINE IntLanes bytes_even_unsigned(IntLanes words) { return words; }
LANES_INLINE IntLanes bytes_odd_unsigned(IntLanes words) { return words; }

/// sum + a·b, unsigned in a and signed in b; exact, if the sum began with `bytes_start` of all a.
LANES_INLINE IntLanes bytes_dot(
  IntLanes sum, IntLanes a_even, IntLanes a_odd, IntLanes b_even, IntLanes b_odd) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  return (IntLanes)vusdotq_s32((int32x4_t)sum, (uint8x16_t)a_even, (int8x16_t)b_even);
#else
  return (IntLanes)vdotq_u32((uint32x4_t)sum, (uint8x16_t)a_even, (uint8x16_t)b_even);
#endif
}
#else
typedef int16_t ShortLanes __attribute__((ext_vector_type(2 * LANE_COUNT)));

LANES_INLINE IntLanes bytes_even_signed(IntLanes words) {
  return (IntLanes)((ShortLanes)((ShortLanes)words << 8) >> 8);
}
LANES_INLINE IntLanes bytes_odd_signed(IntLanes words) {
  return (IntLanes)((ShortLanes)words >> 8);
}
LANES_INLINE IntLanes bytes_even_unsigned(IntLanes words) { return words & 0x00ff00ff; }
LANES_INLINE IntLanes bytes_odd_unsigned(IntLanes words) { return (words >> 8) & 0x00ff00ff; }

/// The sum of the products of two pairs of 16-bit integers in each word.
LANES_INLINE IntLanes shorts_dot(IntLanes a, IntLanes b) {
#if defined(__AVX512BW__)
  return (IntLanes)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__) && !defined(__AVX512F__)
  return (IntLanes)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__) && !defined(__AVX512F__)
  return (IntLanes)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
  return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
#endif
}

/// sum + a·b, unsigned in a and signed in b; exact.
LANES_INLINE IntLanes bytes_dot(
  IntLanes sum, IntLanes a_even, IntLanes a_odd, IntLanes b_even, IntLanes b_odd) {
  return sum + shorts_dot(a_even, b_even) + shorts_dot(a_odd, b_odd);
}
#endif

/// What the sums of so many words of activations begin with.
LANES_INLINE IntLanes bytes_start(const void *activations, intptr_t words) {
#if defined(__ARM_FEATURE_DOTPROD) && !defined(__ARM_FEATURE_MATMUL_INT8)
  // −128·Σa
  uint32x4_t sums = vdupq_n_u32(0);
  for (; words >= 4; words -= 4, activations = (const char *)activations + 16)
    sums = vdotq_u32(sums, vld1q_u8(activations), vdupq_n_u8(128));
  for (; words > 0; words--, activations = (const char *)activations + 4) {
    uint32x4_t word = vdupq_n_u32(0);
    __builtin_memcpy(&word, activations, 4);
    sums = vdotq_u32(sums, vreinterpretq_u8_u32(word), vdupq_n_u8(128));
  }
  return (IntLanes)-(int32_t)vaddvq_u32(sums);
#else
  return (IntLanes)0;
#endif
}

// Words of eight numbers of four bits, those of the first four bytes in the lower halves of each byte.
LANES_INLINE IntLanes nibbles_low(IntLanes words) { return words & 0x0f0f0f0f; }
LANES_INLINE IntLanes nibbles_high(IntLanes words) { return (words >> 4) & 0x0f0f0f0f; }

/// Adds the products of unsigned bytes a with numbers b below 16: what `nibbles_sum` makes of the
/// result is exact for eight additions to zeros.
LANES_INLINE IntLanes nibbles_dot(IntLanes sum, IntLanes a, IntLanes b) {
#if defined(__AVX512F__) && defined(__AVX512VNNI__)
  return (IntLanes)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#elif defined(__AVX512BW__)
  return (IntLanes)_mm512_add_epi16((__m512i)sum, _mm512_maddubs_epi16((__m512i)a, (__m512i)b));
#elif defined(__AVX2__) && !defined(__AVX512F__)
  return (IntLanes)_mm256_add_epi16((__m256i)sum, _mm256_maddubs_epi16((__m256i)a, (__m256i)b));
#elif defined(__ARM_FEATURE_DOTPROD)
  return (IntLanes)vdotq_u32((uint32x4_t)sum, (uint8x16_t)a, (uint8x16_t)b);
#else
  return bytes_dot(
    sum, bytes_even_unsigned(a), bytes_odd_unsigned(a), bytes_even_signed(b), bytes_odd_signed(b));
#endif
}

/// The sum of each word's numbers. Eight times two products of 255·15 at most fill 16 bits, unsigned.
LANES_INLINE IntLanes nibbles_sum(IntLanes sum) {
#if (defined(__AVX512BW__) && !defined(__AVX512VNNI__)) \
  || (defined(__AVX2__) && !defined(__AVX512F__))
  return (sum & 0xffff) + ((sum >> 16) & 0xffff);
#else
  return sum;
#endif
}

// Squares: two rows of eight bytes times two columns of eight bytes, one instruction.

/// Whether there is such an instruction: FEAT_I8MM.
LANES_INLINE int multiplies_squares(void) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  return 1;
#else
  return 0;
#endif
}

/// Two words of a row and two of the row a stride behind it; of one word, and 0.
LANES_INLINE IntLanes square_rows(const void *address, intptr_t stride, int words) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  uint64_t first = 0, second = 0;
  __builtin_memcpy(&first, address, words == 2 ? 8 : 4);
  __builtin_memcpy(&second, (const char *)address + stride, words == 2 ? 8 : 4);
  return (IntLanes)vcombine_u64(vcreate_u64(first), vcreate_u64(second));
#else
  return (IntLanes)0;
#endif
}

/// sums + rows·columns, of the two lower or the two upper columns of a register; `first` and `second`
/// are the two words of each. Sums are (row 0, column 0), (0, 1), (1, 0), (1, 1).
LANES_INLINE IntLanes squares_dot(
  IntLanes sums, IntLanes rows, IntLanes first, IntLanes second, int lower) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  IntLanes columns = lower ? __builtin_shufflevector(first, second, 0, 4, 1, 5)
                           : __builtin_shufflevector(first, second, 2, 6, 3, 7);
  return (IntLanes)vusmmlaq_s32((int32x4_t)sums, (uint8x16_t)rows, (int8x16_t)columns);
#else
  return sums;
#endif
}

/// The sums of one row, of both squares of a register.
LANES_INLINE IntLanes squares_row(IntLanes lower, IntLanes upper, int row) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  return row == 0 ? __builtin_shufflevector(lower, upper, 0, 1, 4, 5)
                  : __builtin_shufflevector(lower, upper, 2, 3, 6, 7);
#else
  return lower;
#endif
}

// Codes of an index, which are signed on both sides: where products of bytes want one side unsigned, 128
// is added to each code of a row.
#if defined(__ARM_FEATURE_DOTPROD)
LANES_INLINE int code_offset(void) { return 0; }
LANES_INLINE IntLanes row_codes_even(IntLanes words) { return words; }
LANES_INLINE IntLanes row_codes_odd(IntLanes words) { return words; }
LANES_INLINE IntLanes query_codes_even(IntLanes words) { return words; }
LANES_INLINE IntLanes query_codes_odd(IntLanes words) { return words; }

/// sum + a·b of codes of a row and of a query; exact.
LANES_INLINE IntLanes codes_dot(
  IntLanes sum, IntLanes a_even, IntLanes a_odd, IntLanes b_even, IntLanes b_odd) {
  return (IntLanes)vdotq_s32((int32x4_t)sum, (int8x16_t)a_even, (int8x16_t)b_even);
}
#else
LANES_INLINE int code_offset(void) { return 128; }
LANES_INLINE IntLanes row_codes_even(IntLanes words) {
  return bytes_even_unsigned(words ^ (int32_t)0x80808080);
}
LANES_INLINE IntLanes row_codes_odd(IntLanes words) {
  return bytes_odd_unsigned(words ^ (int32_t)0x80808080);
}
LANES_INLINE IntLanes query_codes_even(IntLanes words) { return bytes_even_signed(words); }
LANES_INLINE IntLanes query_codes_odd(IntLanes words) { return bytes_odd_signed(words); }

/// sum + a·b of codes of a row, with their offset, and of a query; exact.
LANES_INLINE IntLanes codes_dot(
  IntLanes sum, IntLanes a_even, IntLanes a_odd, IntLanes b_even, IntLanes b_odd) {
  return bytes_dot(sum, a_even, a_odd, b_even, b_odd);
}
#endif
