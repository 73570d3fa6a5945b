// SPDX-License-Identifier: MIT
// What the runtime needs of Linux and Swift's Glibc module does not offer.
#ifndef FOOTFALL_SYSTEM_H
#define FOOTFALL_SYSTEM_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// CLOCK_REALTIME in milliseconds since 1970.
int64_t footfall_wall_milliseconds(void);
/// Whether the kernel says that a time service keeps its clock right (adjtimex), and
/// that clock is the one this process reads.
int footfall_is_synchronized(void);
/// CLOCK_BOOTTIME in nanoseconds: counts suspend, never steps.
int64_t footfall_boot_nanoseconds(void);

/// The value of an environment variable, but not in a process that is set-user-id,
/// set-group-id or has capabilities of its file: there it is another user's.
const char *footfall_environment(const char *name);
/// Whether the process is set-user-id, set-group-id or has capabilities of its file.
int footfall_is_privileged(void);

/// Fills `count` bytes with getrandom(2); 0, or an errno.
int footfall_random(void *bytes, size_t count);

/// Catches signals for the process, but those that it ignores: each is a byte in
/// the descriptor that is returned; -1 with errno set. A forked child does with
/// them what the process did before.
int footfall_signals_watch(const int *numbers, int count);
/// Does with the signals again what the process did before, also with those that
/// came and were not taken.
void footfall_signals_unwatch(const int *numbers, int count);
/// The next signal that came; 0 for none.
int footfall_signals_take(void);
/// Sends a signal to the process, which does with it what it did before.
void footfall_signals_raise(int number);

/// ppoll(2) for reading on one or two descriptors, at most so long; a negative
/// time is without limit. A bit mask of those that are ready, 0 when none is or a
/// signal came, -1 with errno set when it fails, ten milliseconds later at most.
int footfall_wait_readable_either(int first, int second, int64_t nanoseconds);

/// Starts a thread with every signal blocked from its first instruction; 0, or
/// an errno.
int footfall_thread_start(const char *name, void (*body)(void *), void *argument);
/// A number that tells the calling thread from every other one of the process.
uint64_t footfall_thread_id(void);

/// eventfd(2), timerfd_create(2) with CLOCK_BOOTTIME; -1 with errno set.
int footfall_eventfd(void);
int footfall_timerfd(void);
/// Arms a timer `nanoseconds` from now (at least 1), or disarms it with 0.
int footfall_timerfd_set(int fd, int64_t nanoseconds);
/// Raises or clears an eventfd or an expired timerfd.
void footfall_eventfd_raise(int fd);
void footfall_fd_drain(int fd);

/// ppoll(2) for reading on up to 16 descriptors without a time limit; a bit
/// mask of those that are ready, 0 when interrupted, -1 with errno set.
int footfall_wait_readable(const int *fds, int count);

/// Locks a mutex unless that takes until `deadline` (CLOCK_MONOTONIC, in
/// nanoseconds, so that a step of the clock does not matter); 0, or an errno.
int footfall_mutex_lock_until(pthread_mutex_t *mutex, int64_t deadline);
/// CLOCK_MONOTONIC in nanoseconds.
int64_t footfall_monotonic_nanoseconds(void);

/// As above for one descriptor and at most `nanoseconds`; 1, 0 or -1.
int footfall_wait_readable_for(int fd, int64_t nanoseconds);

/// inotify on writes to one file; the descriptor, or -1 with errno set.
int footfall_watch_file(const char *path);

/// fork(2), which Swift hides. For tests and hosts that must.
pid_t footfall_fork(void);
/// pthread_atfork(3); 0, or an errno.
int footfall_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

/// atexit(3); 0, or not.
int footfall_at_exit(void (*handler)(void));

/// open(2) of a regular file, with O_CLOEXEC and O_NOFOLLOW and mode 0600; -1 with
/// errno set. It never waits: for a FIFO, a socket or a device errno is ENXIO, for
/// a directory EISDIR.
int footfall_open(const char *path, int flags);
/// flock-like exclusive lock of the open file description, not waiting; 0, or
/// an errno (EAGAIN or EACCES when somebody holds it).
int footfall_lock_description(int fd);
/// The same together with others.
int footfall_lock_description_shared(int fd);
/// Whether a process holds a lock of the file, without taking it: 1 or 0, or -1
/// with errno set. The descriptor may be for reading only.
int footfall_is_description_locked(int fd);
/// Whether a path is on a file system of another machine: 1 or 0, or -1.
int footfall_is_network_file_system(const char *path);
/// As above, and waits.
int footfall_lock_description_wait(int fd);
void footfall_unlock_description(int fd);

/// The 36 characters of the kernel's boot id into `text` (37 bytes with its
/// end); 0, or an errno.
int footfall_boot_id(char *text);

#endif
