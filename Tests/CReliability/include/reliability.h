// SPDX-License-Identifier: MIT
// What the process-level tests need of Linux and Swift's Glibc module does not
// offer.
#ifndef RELIABILITY_H
#define RELIABILITY_H

#include <sys/types.h>

/// How a traced process ended.
struct reliability_trace {
    /// waitpid(2)'s status, or -1 when it could not be started.
    int status;
    /// Calls that change files, made before it ended.
    int changes;
};

/// Runs a program and kills it with SIGKILL right before the `nth` system call
/// that changes a file (counted from 1, over all its threads); 0 lets it run.
/// Killed as well when it lasts longer than `seconds`. Waits for its end.
///
/// Its output goes to /dev/null.
struct reliability_trace reliability_run_until(const char *path, char *const *arguments, int nth, int seconds);

/// pipe2(2) with O_CLOEXEC, so that no other process that is started meanwhile
/// holds its ends; 0, or -1 with errno set.
int reliability_pipe(int ends[2]);

/// memmem(3): where `text` begins in `bytes`, or -1.
ssize_t reliability_find(const void *bytes, size_t count, const char *text);

#endif
