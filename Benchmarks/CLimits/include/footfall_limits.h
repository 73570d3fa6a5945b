// SPDX-License-Identifier: MIT
// What the machine can do at most: the same work in plain C, for comparison.
#ifndef FOOTFALL_LIMITS_H
#define FOOTFALL_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/// CLOCK_MONOTONIC in nanoseconds.
int64_t footfall_limits_now(void);

/// Appends `bytes` to a file with one write(2) every `pace` nanoseconds and
/// puts down how long each took; 0, or an errno.
int footfall_limits_paced_write(const char *path, size_t bytes, int calls, int64_t pace, int64_t *took);

/// Inserts rows of `bytes` into a table like Footfall's, so many a transaction
/// (WAL, NORMAL); rows a second, or -1.
double footfall_limits_sqlite(const char *path, int rows, int per_transaction, size_t bytes);

/// Compresses a body again and again (gzip, level 6); seconds for each time, or -1.
/// `compressed` is given the size.
double footfall_limits_gzip(const unsigned char *body, size_t bytes, int times, size_t *compressed);

#endif
