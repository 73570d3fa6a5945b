// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_room.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// The byte of a -shm that SQLite's connections lock while they use the file (UNIX_SHM_DMS
/// in its os_unix.c; part of its file format since 3.7).
enum { USE_BYTE = 128 };

static int lock_use_byte(int fd, short type) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = USE_BYTE;
    lock.l_len = 1;
    while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

/// Gets a disk block for each of the first `count` bytes of a file, which grows to that
/// length if it is shorter. Returns 0, or an errno.
static int allocate(int fd, off_t count) {
    while (fallocate(fd, 0, 0, count) != 0) {
        if (errno == EINTR) continue;
        return errno;
    }
    return 0;
}

static int write_zeros(int fd, off_t count) {
    // One page of zeros, sixteen times: they would be in the file of the library otherwise.
    static const char zeros[4096];
    struct iovec pages[16];
    for (off_t done = 0; done < count;) {
        int filled = 0;
        for (off_t next = done; next < count && filled < 16; filled++) {
            size_t size = count - next < (off_t)sizeof zeros ? (size_t)(count - next) : sizeof zeros;
            pages[filled].iov_base = (void *)zeros;
            pages[filled].iov_len = size;
            next += (off_t)size;
        }
        ssize_t written = pwritev(fd, pages, filled, done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : ENOSPC;
        done += written;
    }
    return 0;
}

int ftf_index_mark(int fd, size_t count) {
    int failed = lock_use_byte(fd, F_WRLCK);
    if (failed == 0) {
        // No connection uses the file. Its content is old, and SQLite would truncate it.
        failed = allocate(fd, (off_t)count);
        if (failed == EOPNOTSUPP || failed == ENOSYS) failed = 0;
        if (failed == 0) failed = write_zeros(fd, (off_t)count);
        int shared = lock_use_byte(fd, F_RDLCK);
        return failed ? failed : shared;
    }
    // Another process fills or truncates the file at this moment: up to a second for that.
    for (int attempt = 0; failed == EAGAIN || failed == EACCES; attempt++) {
        failed = lock_use_byte(fd, F_RDLCK);
        if (failed == 0 || attempt == 1000) break;
        usleep(1000);
    }
    if (failed) return failed;
    // The file is in use: its content stays, and only holes are filled. What cannot be
    // filled now, the next process that opens the file fills.
    allocate(fd, (off_t)count);
    return 0;
}

int ftf_allocate(const char *path, size_t count) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return errno;
    struct stat status;
    int failed = fstat(fd, &status) != 0 ? errno : 0;
    if (!failed && status.st_size < (off_t)count) failed = allocate(fd, (off_t)count);
    close(fd);
    return failed;
}

int64_t ftf_file_size_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return INT64_MAX;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

void ftf_size_signal_hold(ftf_size_signal *held) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &signals, &held->mask);
    held->was_blocked = sigismember(&held->mask, SIGXFSZ) == 1;
}

void ftf_size_signal_release(ftf_size_signal *held) {
    if (held->was_blocked) return;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGXFSZ);
    // The kernel sends SIGXFSZ to the thread that writes, so a pending one is from here.
    struct timespec now = {0, 0};
    while (sigtimedwait(&signals, NULL, &now) < 0 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &held->mask, NULL);
}

static struct sigaction size_signal_before;
static int ignores_size_signal;

void ftf_size_signal_ignore(void) {
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    sigemptyset(&ignore.sa_mask);
    ignores_size_signal = sigaction(SIGXFSZ, &ignore, &size_signal_before) == 0;
}

void ftf_size_signal_restore(void) {
    if (ignores_size_signal) sigaction(SIGXFSZ, &size_signal_before, NULL);
}
