// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_system.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/vfs.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int64_t ftf_wall_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int ftf_is_synchronized(void) {
    struct timex kernel;
    memset(&kernel, 0, sizeof kernel);
    int state = adjtimex(&kernel);
    if (state < 0 || state == TIME_ERROR || (kernel.status & STA_UNSYNC)) return 0;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    // libfaketime and similar programs give this process another time.
    int64_t apart = (int64_t)now.tv_sec - (int64_t)kernel.time.tv_sec;
    return apart >= -2 && apart <= 2;
}

int64_t ftf_boot_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

const char *ftf_environment(const char *name) { return secure_getenv(name); }

int ftf_is_privileged(void) { return getauxval(AT_SECURE) != 0; }

int ftf_random(void *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t got = getrandom((char *)bytes + done, count - done, 0);
        if (got > 0) {
            done += (size_t)got;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

struct start {
    void (*body)(void *);
    void *argument;
    char name[16];
};

static void *run(void *opaque) {
    struct start start = *(struct start *)opaque;
    free(opaque);
    // The thread names itself: it is detached, and may have ended before its creator could.
    pthread_setname_np(pthread_self(), start.name);
    start.body(start.argument);
    return NULL;
}

int ftf_thread_start(const char *name, void (*body)(void *), void *argument) {
    struct start *start = malloc(sizeof *start);
    if (!start) return ENOMEM;
    start->body = body;
    start->argument = argument;
    strncpy(start->name, name, sizeof start->name - 1);
    start->name[sizeof start->name - 1] = 0;

    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed) {
        free(start);
        return failed;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);

    // The new thread inherits the mask, so it never handles a signal of the host.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    failed = pthread_create(&thread, &attributes, run, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failed) free(start);
    return failed;
}

uint64_t ftf_thread_id(void) { return (uint64_t)pthread_self(); }

int ftf_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int ftf_timerfd(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int ftf_timerfd_set(int fd, int64_t nanoseconds) {
    struct itimerspec when;
    memset(&when, 0, sizeof when);
    if (nanoseconds > 0) {
        when.it_value.tv_sec = nanoseconds / 1000000000;
        when.it_value.tv_nsec = nanoseconds % 1000000000;
    }
    return timerfd_settime(fd, 0, &when, NULL);
}

void ftf_eventfd_raise(int fd) {
    uint64_t one = 1;
    // It fails only when the counter is full; then the descriptor is readable already.
    ssize_t ignored = write(fd, &one, sizeof one);
    (void)ignored;
}

void ftf_fd_drain(int fd) {
    char bytes[4096];
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
}

/// Waits up to ten milliseconds after a failure of ppoll other than a signal, so that a
/// caller that tries again does not use a whole processor. Returns -1 and leaves errno.
static int rest_after_failure(int64_t most) {
    int error = errno;
    if (most < 0 || most > 10000000) most = 10000000;
    struct timespec moment = {.tv_sec = 0, .tv_nsec = most};
    nanosleep(&moment, NULL);
    errno = error;
    return -1;
}

int ftf_wait_readable(const int *fds, int count) {
    struct pollfd polled[16];
    if (count > 16) count = 16;
    for (int i = 0; i < count; i++) {
        polled[i].fd = fds[i];
        polled[i].events = POLLIN;
        polled[i].revents = 0;
    }
    int ready = ppoll(polled, (nfds_t)count, NULL, NULL);
    if (ready < 0) return errno == EINTR ? 0 : rest_after_failure(-1);
    int mask = 0;
    for (int i = 0; i < count; i++) {
        if (polled[i].revents) mask |= 1 << i;
    }
    return mask;
}

int ftf_wait_readable_for(int fd, int64_t nanoseconds) {
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int ready = ppoll(&polled, 1, &limit, NULL);
    if (ready < 0) return errno == EINTR ? 0 : rest_after_failure(nanoseconds);
    return ready > 0;
}

int ftf_wait_readable_either(int first, int second, int64_t nanoseconds) {
    struct pollfd polled[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int ready = ppoll(polled, second < 0 ? 1 : 2, nanoseconds < 0 ? NULL : &limit, NULL);
    if (ready < 0) return errno == EINTR ? 0 : rest_after_failure(nanoseconds);
    if (ready == 0) return 0;
    return (polled[0].revents ? 1 : 0) | (second >= 0 && polled[1].revents ? 2 : 0);
}

int64_t ftf_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int ftf_mutex_lock_until(pthread_mutex_t *mutex, int64_t deadline) {
    if (pthread_mutex_trylock(mutex) == 0) return 0;
    if (deadline < 0) deadline = 0;
    struct timespec until = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until);
}

int ftf_at_exit(void (*handler)(void)) { return atexit(handler); }

int ftf_watch_file(const char *path) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return -1;
    if (inotify_add_watch(fd, path, IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

pid_t ftf_fork(void) { return fork(); }

int ftf_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    return pthread_atfork(prepare, parent, child);
}

int ftf_open(const char *path, int flags) {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0) return -1;
    struct stat status;
    int error = fstat(fd, &status) != 0 ? errno
                : S_ISREG(status.st_mode) ? 0
                : S_ISDIR(status.st_mode) ? EISDIR
                                          : ENXIO;
    if (error == 0) {
        // A umask took the rights of the owner, so that the next start could not open the file.
        if ((flags & O_CREAT) && (status.st_mode & 0600) != 0600 && status.st_uid == geteuid()) {
            fchmod(fd, (status.st_mode & 07777) | 0600);
        }
        return fd;
    }
    close(fd);
    errno = error;
    return -1;
}

static int lock_description(int fd, int type, int command) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = (short)type;
    lock.l_whence = SEEK_SET;
    while (fcntl(fd, command, &lock) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

int ftf_lock_description(int fd) { return lock_description(fd, F_WRLCK, F_OFD_SETLK); }
int ftf_lock_description_shared(int fd) { return lock_description(fd, F_RDLCK, F_OFD_SETLK); }

int ftf_is_description_locked(int fd) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    while (fcntl(fd, F_OFD_GETLK, &lock) != 0) {
        if (errno != EINTR) return -1;
    }
    return lock.l_type != F_UNLCK;
}

int ftf_is_network_file_system(const char *path) {
    struct statfs status;
    if (statfs(path, &status) != 0) return -1;
    switch ((unsigned long)status.f_type) {
    case 0x6969:      // NFS
    case 0x517B:      // SMB
    case 0xFF534D42:  // CIFS
    case 0xFE534D42:  // SMB2
    case 0x01021997:  // 9P
    case 0x5346414F:  // AFS
    case 0x00C36400:  // Ceph
    case 0x73757245:  // Coda
    case 0x6B414653:  // kAFS
        return 1;
    default: return 0;
    }
}

int ftf_lock_description_wait(int fd) { return lock_description(fd, F_WRLCK, F_OFD_SETLKW); }
void ftf_unlock_description(int fd) { lock_description(fd, F_UNLCK, F_OFD_SETLK); }

const char *ftf_library_of(const void *address) {
    Dl_info found;
    return dladdr(address, &found) ? found.dli_fname : NULL;
}

int ftf_boot_id(char *text) {
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    ssize_t got = read(fd, text, 36);
    int error = got == 36 ? 0 : (got < 0 ? errno : EIO);
    close(fd);
    text[got == 36 ? 36 : 0] = 0;
    return error;
}
