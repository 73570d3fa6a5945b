// SPDX-License-Identifier: MIT
// The limits of the machine: the same work in plain C, for comparison.
#ifndef FOOTFALL_LIMITS_H
#define FOOTFALL_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/// CLOCK_MONOTONIC in nanoseconds.
int64_t ftf_limits_now(void);

/// Appends `bytes` to a file with one write(2) every `pace` nanoseconds, and stores the
/// duration of each in `took`. Returns 0 or an errno.
int ftf_limits_paced_write(const char *path, size_t bytes, int calls, int64_t pace, int64_t *took);

/// Inserts rows of `bytes` into a table like Footfall's (WAL, synchronous NORMAL).
/// Returns rows per second, or -1.
double ftf_limits_sqlite(const char *path, int rows, int per_transaction, size_t bytes);

/// Compresses a body `times` times (gzip, level 6) and stores its size in `compressed`.
/// Returns seconds per time, or -1.
double ftf_limits_gzip(const unsigned char *body, size_t bytes, int times, size_t *compressed);

/// A socket at `path` that takes what logger(1) sends, as /dev/log does; -1 with errno set.
int ftf_limits_log_socket(const char *path);
/// Reads what a socket has, so that it does not become full.
void ftf_limits_drain(int socket);

/// Nanoseconds of one fdatasync after a write of `bytes` bytes, or -1.
int64_t ftf_limits_sync(const char *path, size_t bytes);

#endif
