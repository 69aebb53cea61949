// What the CPU at hand can do.
#pragma once

#include <stdbool.h>

#if defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(__aarch64__) && !defined(_WIN32)
// As the C libraries of Linux have it; bare ARM, where the tests are compiled, has no header.
unsigned long getauxval(unsigned long type);
#endif

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

#if defined(__aarch64__)
/// Whether the operating system says that the processor has a feature: by its bit in the word of that
/// type on Linux (asm/hwcap.h), by its name on Apple's systems.
static inline bool cpu_has_arm_feature(unsigned long type, int bit, const char *name) {
#if defined(__APPLE__)
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, 0, 0) == 0 && value != 0;
#elif !defined(_WIN32)
  return getauxval(type) >> bit & 1;
#else
  return false;
#endif
}
#endif

/// Whether products of four bytes are an instruction: FEAT_DotProd, ARM's cores since 2018.
static inline bool cpu_supports_dotprod_kernels(void) {
#if defined(__aarch64__)
  return cpu_has_arm_feature(16, 20, "hw.optional.arm.FEAT_DotProd");  // AT_HWCAP, HWCAP_ASIMDDP
#else
  return false;
#endif
}

/// Whether there are products of matrices of bytes besides: FEAT_I8MM, ARM's cores since 2021.
static inline bool cpu_supports_i8mm_kernels(void) {
#if defined(__aarch64__)
  return cpu_supports_dotprod_kernels()
    && cpu_has_arm_feature(26, 13, "hw.optional.arm.FEAT_I8MM");  // AT_HWCAP2, HWCAP2_I8MM
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
