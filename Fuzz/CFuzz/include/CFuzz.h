// SPDX-License-Identifier: MIT
// libFuzzer's own main, for a program that has one already.
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*body)(const uint8_t *data, size_t size));
