// SPDX-License-Identifier: MIT
// Leaves parts of Swift's runtime and of libstdc++ out of the library, where `make library` links both statically.
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define HIDDEN __attribute__((visibility("hidden")))

// Swift's runtime can catch the signals of a crash and print a backtrace, when SWIFT_BACKTRACE asks for it. In the process
// of somebody else the library installs no handler. These two are all that the rest of the runtime needs of that part,
// which is 90 KB and looks for its files at each start. The settings are zero: off.
HIDDEN extern char _swift_backtraceSettings[256];
HIDDEN char _swift_backtraceSettings[256];

HIDDEN bool _swift_backtrace_isThunkFunction(const char *name);

HIDDEN bool _swift_backtrace_isThunkFunction(const char *name) {
    (void)name;
    return false;
}

// std::random_device calls arc4random, which needs glibc 2.36. Nothing makes one; another file of libstdc++ names it.
HIDDEN void _ZNSt13random_device7_M_initEPKcm(void *device, const char *token, size_t length);

HIDDEN void _ZNSt13random_device7_M_initEPKcm(void *device, const char *token, size_t length) {
    (void)device, (void)token, (void)length;
    abort();
}
