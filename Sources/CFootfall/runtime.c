// SPDX-License-Identifier: MIT
// Leaves a part of libstdc++ out of the library, which `make library` links statically for Swift's runtime.
#include <stddef.h>
#include <stdlib.h>

// std::random_device calls arc4random, which needs glibc 2.36. Nothing makes one; another file of libstdc++ names it.
__attribute__((visibility("hidden"))) void _ZNSt13random_device7_M_initEPKcm(void *device, const char *token, size_t length);

__attribute__((visibility("hidden"))) void _ZNSt13random_device7_M_initEPKcm(void *device, const char *token, size_t length) {
    (void)device, (void)token, (void)length;
    abort();
}
