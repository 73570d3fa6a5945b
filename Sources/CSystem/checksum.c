// SPDX-License-Identifier: MIT
#include "ftf_system.h"

// Four bits at a time, which 64 bytes of table suffice for.
static uint32_t small_steps(uint32_t state, const unsigned char *bytes, size_t count) {
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    while (count--) {
        state ^= *bytes++;
        state = table[state & 15] ^ (state >> 4);
        state = table[state & 15] ^ (state >> 4);
    }
    return state;
}

#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <immintrin.h>
#include <sys/platform/x86.h>

// glibc has asked the processor already. Asking it again takes some 50 us in a virtual machine.
static int is_fast(void) { return CPU_FEATURE_ACTIVE(PCLMULQDQ) && CPU_FEATURE_ACTIVE(SSE4_1); }

// By carry-less multiplication, as in Intel's paper "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction", 2009; the constants are those of its bit-reflected CRC-32.
__attribute__((target("pclmul,sse4.1"))) static uint32_t large_steps(
    uint32_t state, const unsigned char *bytes, size_t blocks) {
    const __m128i fold = _mm_set_epi64x(0x00CCAA009E, 0x01751997D0), half = _mm_set_epi64x(0, 0x0163CD6124);
    const __m128i polynomial = _mm_set_epi64x(0x01F7011641, 0x01DB710641), low = _mm_setr_epi32(-1, 0, -1, 0);
    __m128i sum = _mm_xor_si128(_mm_loadu_si128((const __m128i *)bytes), _mm_cvtsi32_si128((int)state));
    while (--blocks) {
        bytes += 16;
        __m128i a = _mm_clmulepi64_si128(sum, fold, 0x00), b = _mm_clmulepi64_si128(sum, fold, 0x11);
        sum = _mm_xor_si128(_mm_xor_si128(a, b), _mm_loadu_si128((const __m128i *)bytes));
    }
    // From 128 bits to 64, then to 32.
    sum = _mm_xor_si128(_mm_srli_si128(sum, 8), _mm_clmulepi64_si128(sum, fold, 0x10));
    sum = _mm_xor_si128(_mm_srli_si128(sum, 4), _mm_clmulepi64_si128(_mm_and_si128(sum, low), half, 0x00));
    __m128i rest = _mm_and_si128(_mm_clmulepi64_si128(_mm_and_si128(sum, low), polynomial, 0x10), low);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(sum, _mm_clmulepi64_si128(rest, polynomial, 0x00)), 1);
}
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <string.h>
#include <sys/auxv.h>

static int is_fast(void) { return (getauxval(AT_HWCAP) & (1UL << 7)) != 0; }  // HWCAP_CRC32

__attribute__((target("+crc"))) static uint32_t large_steps(
    uint32_t state, const unsigned char *bytes, size_t blocks) {
    for (uint64_t word; blocks--; bytes += 16) {
        memcpy(&word, bytes, 8);
        state = __crc32d(state, word);
        memcpy(&word, bytes + 8, 8);
        state = __crc32d(state, word);
    }
    return state;
}
#else
static int is_fast(void) { return 0; }
static uint32_t large_steps(uint32_t state, const unsigned char *bytes, size_t blocks) {
    return small_steps(state, bytes, blocks * 16);
}
#endif

uint32_t ftf_checksum(const void *start, size_t count) {
    const unsigned char *bytes = start;
    size_t blocks = count / 16;
    uint32_t state = 0xFFFFFFFF;
    if (blocks > 0 && is_fast()) {
        state = large_steps(state, bytes, blocks);
        bytes += blocks * 16, count -= blocks * 16;
    }
    return small_steps(state, bytes, count) ^ 0xFFFFFFFF;
}
