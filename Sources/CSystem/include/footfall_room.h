// SPDX-License-Identifier: MIT
// What keeps a full disk, and a limit on the length of files, from stopping or
// killing the process.
#ifndef FOOTFALL_ROOM_H
#define FOOTFALL_ROOM_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/// Takes part in the use of a SQLite -shm file before SQLite opens it, so that
/// SQLite does not cut it off: each of its first `count` bytes has a block on the
/// disk then, and writing through a mapping of it raises no SIGBUS. Where no
/// connection uses the file it is filled with zeros, which SQLite reads as "to be
/// made anew". 0, or an errno. `fd` must stay open as long as this process has a
/// connection: closing it would drop SQLite's own locks.
int footfall_index_hold(int fd, size_t count);
/// Ends footfall_index_hold, when SQLite has the file open.
void footfall_index_let_go(int fd);

/// Makes an existing file at least so long, with a block for each byte; 0, or
/// an errno.
int footfall_allocate(const char *path, size_t count);

/// How long a file of this process may become (RLIMIT_FSIZE).
int64_t footfall_file_size_limit(void);

typedef struct {
    sigset_t mask;
    int was_blocked;
} footfall_size_signal;

/// Keeps SIGXFSZ from the calling thread: a write beyond the limit only fails.
void footfall_size_signal_hold(footfall_size_signal *held);
/// Lets SIGXFSZ through again; one that came meanwhile is taken.
void footfall_size_signal_release(footfall_size_signal *held);

/// For a program of one's own: the process ignores SIGXFSZ.
void footfall_size_signal_ignore(void);

#endif
