// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "reliability.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

ssize_t reliability_find(const void *bytes, size_t count, const char *text) {
    const char *hit = memmem(bytes, count, text, strlen(text));
    return hit ? hit - (const char *)bytes : -1;
}

int reliability_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

/// Whether a system call changes a file. Writes to descriptors that are no
/// files (an eventfd, a socket) count too; they do no harm.
static int changes_file(uint64_t number, const uint64_t *arguments) {
    switch (number) {
    case SYS_write:
    case SYS_pwrite64:
    case SYS_ftruncate:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_utimensat:
#ifdef SYS_unlink
    case SYS_unlink:
    case SYS_rename:
    case SYS_mkdir:
    case SYS_link:
#endif
    case SYS_linkat:
    case SYS_fallocate:
    case SYS_unlinkat:
#ifdef SYS_renameat
    case SYS_renameat:
#endif
    case SYS_renameat2:
    case SYS_mkdirat: return 1;
    case SYS_openat: return (arguments[2] & O_CREAT) != 0;
    default: return 0;
    }
}

static void start(const char *path, char *const *arguments) {
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    setpgid(0, 0);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(126);
    raise(SIGSTOP);
    execv(path, arguments);
    _exit(127);
}

struct reliability_trace reliability_run_until(const char *path, char *const *arguments, int nth, int seconds) {
    struct reliability_trace trace = {.status = -1, .changes = 0};
    pid_t process = fork();
    if (process < 0) return trace;
    if (process == 0) start(path, arguments);
    int status;
    if (waitpid(process, &status, 0) != process || !WIFSTOPPED(status)) {
        trace.status = status;
        return trace;
    }
    ptrace(PTRACE_SETOPTIONS, process, NULL,
           PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
    ptrace(PTRACE_SYSCALL, process, NULL, NULL);
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int is_killed = 0;
    for (;;) {
        // The process has a group of its own, so other children are not reaped.
        pid_t stopped = waitpid(-process, &status, __WALL);
        if (stopped < 0) {
            if (errno == EINTR) continue;
            return trace;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (stopped != process) continue;
            trace.status = status;
            return trace;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - begin.tv_sec > seconds && !is_killed) {
            kill(process, SIGKILL);
            is_killed = 1;
        }
        if (is_killed) continue;
        int stop = WSTOPSIG(status), forwarded = 0;
        if (stop == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            long got = ptrace(PTRACE_GET_SYSCALL_INFO, stopped, sizeof info, &info);
            if (got > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY && changes_file(info.entry.nr, info.entry.args)) {
                trace.changes += 1;
                if (trace.changes == nth) {
                    kill(process, SIGKILL);
                    is_killed = 1;
                    continue;
                }
            }
        } else if (stop != SIGTRAP && stop != SIGSTOP) {
            forwarded = stop;
        }
        ptrace(PTRACE_SYSCALL, stopped, NULL, forwarded);
    }
}
