// SPDX-License-Identifier: MIT
// Functions of Linux that Swift's Glibc module does not offer.
#ifndef FOOTFALL_SYSTEM_H
#define FOOTFALL_SYSTEM_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// CLOCK_REALTIME in milliseconds since 1970.
int64_t ftf_wall_milliseconds(void);
/// Whether a time service keeps the kernel's clock right (adjtimex), and the wall time of
/// this process agrees with that clock.
int ftf_is_synchronized(void);
/// CLOCK_BOOTTIME in nanoseconds: goes on during suspend, and never steps.
int64_t ftf_boot_nanoseconds(void);

/// The value of an environment variable; NULL in a process that is set-user-id,
/// set-group-id or got capabilities from its file, where another user set the environment.
const char *ftf_environment(const char *name);
/// Whether the process is set-user-id, set-group-id or got capabilities from its file.
int ftf_is_privileged(void);

/// Fills `count` bytes with getrandom(2); 0, or an errno.
int ftf_random(void *bytes, size_t count);

/// Catches signals for the process, except for those that it ignores. The descriptor that
/// is returned can be read when one arrived; -1 with errno set. In a forked child the
/// earlier handlers are in force.
int ftf_signals_watch(const int *numbers, int count);
/// Restores the earlier handlers, and sends them the signals that were caught and not taken.
void ftf_signals_unwatch(const int *numbers, int count);
/// Keeps the calling thread from being cancelled: a thread that ends in the middle of a call would keep its locks.
/// Returns what ftf_cancellation_release() gets.
static inline int ftf_cancellation_hold(void) {
    int before = PTHREAD_CANCEL_ENABLE;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}
static inline void ftf_cancellation_release(int before) { pthread_setcancelstate(before, &before); }

/// Whether a signal that is caught ends the process when it is raised again, because there was no earlier handler.
int ftf_signals_ends(int number);
/// The next signal that was caught; 0 for none.
int ftf_signals_take(void);
/// Restores the earlier handler of a signal and sends the signal to the process.
void ftf_signals_raise(int number);

/// Waits until one of two descriptors can be read, for at most `nanoseconds`; a negative
/// time has no limit, and a negative `second` is not waited for. Returns a bit mask of those
/// that are ready; 0 when none is or a signal arrived; -1 with errno set on failure, up to
/// ten milliseconds later.
int ftf_wait_readable_either(int first, int second, int64_t nanoseconds);

/// Starts a detached thread with all signals blocked from its first instruction. Returns 0,
/// or an errno.
int ftf_thread_start(const char *name, void (*body)(void *), void *argument);
/// A number that no other living thread of the process has.
uint64_t ftf_thread_id(void);

/// eventfd(2), timerfd_create(2) with CLOCK_BOOTTIME; -1 with errno set.
int ftf_eventfd(void);
int ftf_timerfd(void);
/// Arms a timer `nanoseconds` from now (at least 1), or disarms it with 0.
int ftf_timerfd_set(int fd, int64_t nanoseconds);
/// Makes an eventfd readable.
void ftf_eventfd_raise(int fd);
/// Reads everything from a descriptor, so that it is not readable any more.
void ftf_fd_drain(int fd);

/// Waits until one of up to 16 descriptors can be read. Returns a bit mask of those that are
/// ready; 0 when a signal arrived; -1 with errno set on failure.
int ftf_wait_readable(const int *fds, int count);

/// Locks a mutex, waiting until `deadline` at most: nanoseconds of CLOCK_MONOTONIC, which a
/// step of the wall clock does not change. Returns 0, or an errno.
int ftf_mutex_lock_until(pthread_mutex_t *mutex, int64_t deadline);
/// CLOCK_MONOTONIC in nanoseconds.
int64_t ftf_monotonic_nanoseconds(void);

/// Waits until a descriptor can be read, for at most `nanoseconds`. Returns 1 when it can;
/// 0 when it cannot or a signal arrived; -1 with errno set on failure.
int ftf_wait_readable_for(int fd, int64_t nanoseconds);

/// An inotify descriptor for writes to a file and changes of its times; -1 with errno set.
int ftf_watch_file(const char *path);

/// fork(2), which Swift does not import. For tests, and hosts that need it.
pid_t ftf_fork(void);
/// pthread_atfork(3); 0, or an errno.
int ftf_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

/// atexit(3). Returns 0 on success.
int ftf_at_exit(void (*handler)(void));

/// open(2) of a regular file, with O_CLOEXEC and O_NOFOLLOW and mode 0600. It never waits.
/// Returns -1 with errno set: ENXIO for a FIFO, a socket or a device, EISDIR for a
/// directory, ELOOP for a link.
int ftf_open(const char *path, int flags);
/// Takes an exclusive lock for an open file description (F_OFD_SETLK), without waiting.
/// Returns 0, or an errno: EAGAIN or EACCES when another has the lock.
int ftf_lock_description(int fd);
/// Takes a shared lock for an open file description, without waiting. Returns 0, or an errno.
int ftf_lock_description_shared(int fd);
/// Whether any process has a lock on the file: 1 or 0, or -1 with errno set. It does not
/// take the lock, and the descriptor may be open for reading only.
int ftf_is_description_locked(int fd);
/// Whether a path is on another machine's file system: 1 or 0, or -1 with errno set.
int ftf_is_network_file_system(const char *path);
/// Takes an exclusive lock for an open file description, waiting for it. Returns 0, or an
/// errno.
int ftf_lock_description_wait(int fd);
/// Releases the lock of an open file description.
void ftf_unlock_description(int fd);

/// Writes the 36 characters of the kernel's boot id and a zero into `text`. Returns 0, or
/// an errno.
int ftf_boot_id(char *text);

/// The file that has the code at an address, as the loader names it; NULL if it is not known.
const char *ftf_library_of(const void *address);

/// The CRC-32 of some bytes, as zlib's crc32 gives it.
///
/// zlib reads 8 KB of tables for it. At an event each second they are in no cache: for 400 bytes that took 1.7 us of
/// the 16 of a call. This uses instructions of the processor.
uint32_t ftf_checksum(const void *start, size_t count);

#endif
