// SPDX-License-Identifier: MIT
// Functions that keep a full disk, or a limit on the length of files, from killing the
// process.
#ifndef FOOTFALL_ROOM_H
#define FOOTFALL_ROOM_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/// Fills a SQLite -shm file before SQLite opens it, and marks it as in use, so that SQLite
/// does not truncate it. Then each of its first `count` bytes has a block on the disk, and
/// writing through a mapping of it raises no SIGBUS. If no connection uses the file, it is
/// filled with zeros, which make SQLite build its index again. Returns 0, or an errno. `fd`
/// must stay open as long as this process has a connection: closing it would drop SQLite's
/// own locks, and the mark. To be called once for a descriptor: a second call would not see
/// the mark of the first.
int ftf_index_mark(int fd, size_t count);

/// Makes an existing file at least `count` bytes long, with a block for each byte. Returns
/// 0, or an errno.
int ftf_allocate(const char *path, size_t count);

/// The longest that a file may become by this process (RLIMIT_FSIZE).
int64_t ftf_file_size_limit(void);

typedef struct {
    sigset_t mask;
    int was_blocked;
} ftf_size_signal;

/// Blocks SIGXFSZ for the calling thread: a write beyond the limit fails with EFBIG.
void ftf_size_signal_hold(ftf_size_signal *held);
/// Unblocks SIGXFSZ, and discards one that arrived meanwhile.
void ftf_size_signal_release(ftf_size_signal *held);

/// Makes the whole process ignore SIGXFSZ. For the command; a library must not do it.
void ftf_size_signal_ignore(void);
/// Handles SIGXFSZ again as before ftf_size_signal_ignore. For a child that starts another program.
void ftf_size_signal_restore(void);

#endif
