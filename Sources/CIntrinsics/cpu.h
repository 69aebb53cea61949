// What the CPU at hand can do.
#pragma once

#include <stdbool.h>

/// Whether CPU and operating system support what the AVX2 kernels are compiled for.
static inline bool cpu_supports_avx2_kernels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
    && __builtin_cpu_supports("f16c");
#else
  return false;
#endif
}

/// Whether CPU and operating system support what the AVX-512 kernels are compiled for.
static inline bool cpu_supports_avx512_kernels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return cpu_supports_avx2_kernels() && __builtin_cpu_supports("avx512f")
    && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
    && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

/// Whether there are VNNI (products of bytes) and BF16 besides.
static inline bool cpu_supports_avx512vnni_kernels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return cpu_supports_avx512_kernels() && __builtin_cpu_supports("avx512vnni")
    && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

/// Whether it is an Intel processor, whose BF16 products are no faster than its float32 ones (an Emerald
/// Rapids was measured at 173 against 290 GFLOP/s).
static inline bool cpu_is_intel(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_is("intel");
#else
  return false;
#endif
}

/// Tells the CPU that this thread only waits for another.
static inline void cpu_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
