// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ftf_room.h"

// One for the whole process: a child is started once.
static struct {
    /// The signals that are taken from the descriptor.
    sigset_t taken;
    int descriptor;
} watch = {.descriptor = -1};

/// All signals but those that stop the process, which the terminal sends to the child as well,
/// and those that a fault of this process raises.
static void fill(sigset_t *signals) {
    sigfillset(signals);
    const int others[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) sigdelset(signals, others[i]);
}

/// Does not return.
static void execute(char *const *arguments, const sigset_t *mask, const struct sigaction *child_ended, int report) {
    sigaction(SIGCHLD, child_ended, NULL);
    ftf_size_signal_restore();
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(arguments[0], arguments);
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof error);
    (void)ignored;
    _exit(127);
}

pid_t ftf_child_start(char *const *arguments) {
    sigset_t mask;
    fill(&watch.taken);
    sigprocmask(SIG_BLOCK, &watch.taken, &mask);
    // While SIGCHLD is ignored, the kernel keeps no status of a child.
    struct sigaction standard, child_ended;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigemptyset(&standard.sa_mask);
    sigaction(SIGCHLD, &standard, &child_ended);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    pid_t child = fork();
    if (child == 0) execute(arguments, &mask, &child_ended, ends[1]);
    int error = child < 0 ? errno : 0;
    close(ends[1]);
    if (child > 0) {
        // Its end is closed by the program's start, or by the end of the child.
        ssize_t got;
        do {
            got = read(ends[0], &error, sizeof error);
        } while (got < 0 && errno == EINTR);
        if (got != (ssize_t)sizeof error) error = 0;
        if (error) {
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
            }
        }
    }
    close(ends[0]);
    if (error) {
        errno = error;
        return -1;
    }
    watch.descriptor = signalfd(-1, &watch.taken, SFD_CLOEXEC | SFD_NONBLOCK);
    return child;
}

int ftf_child_descriptor(void) { return watch.descriptor; }

/// The next signal that arrived; 0 for none.
static int take(siginfo_t *info) {
    struct timespec now = {0, 0};
    int number;
    do {
        number = sigtimedwait(&watch.taken, info, &now);
    } while (number < 0 && errno == EINTR);
    return number > 0 ? number : 0;
}

static void pass_on(int number, const siginfo_t *info, pid_t child) {
    if (number == SIGCHLD) return;
    // The kernel sends what the terminal does to the whole group. An alarm is of this process alone: a program
    // sets one before it starts another, to end it.
    if (info->si_code > 0 && number != SIGALRM) return;
    if (info->si_code <= 0 && (info->si_pid == child || info->si_pid == getpid())) return;
    if (info->si_code == SI_QUEUE) {
        sigqueue(child, number, info->si_value);
    } else {
        kill(child, number);
    }
}

int ftf_child_take(pid_t child, int *status) {
    siginfo_t info;
    int number;
    while ((number = take(&info))) pass_on(number, &info, child);
    // As the first process of a container it also reaps processes that lost their parent.
    int found;
    pid_t ended;
    while ((ended = waitpid(-1, &found, WNOHANG)) > 0) {
        if (ended != child) continue;
        *status = found;
        return 1;
    }
    return 0;
}

int ftf_child_take_end(void) {
    siginfo_t info;
    int number;
    while ((number = take(&info))) {
        if (number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT) return number;
    }
    return 0;
}

const char *ftf_signal_name(int number) {
    // sigabbrev_np is in glibc since 2.32 only.
    static const char *const names[] = {
        [SIGHUP] = "SIGHUP",   [SIGINT] = "SIGINT",   [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
        [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE",
        [SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1", [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2",
        [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM", [SIGXCPU] = "SIGXCPU",
        [SIGXFSZ] = "SIGXFSZ", [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGIO] = "SIGIO",
        [SIGPWR] = "SIGPWR",   [SIGSYS] = "SIGSYS",
    };
    static char text[12];
    const int count = sizeof names / sizeof *names;
    if (number > 0 && number < count && names[number]) return names[number];
    snprintf(text, sizeof text, "%d", number);
    return text;
}

_Noreturn void ftf_child_end_alike(int status) {
    if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
    int number = WTERMSIG(status);
    // The core of the child is the one that is looked for.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(number, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    kill(getpid(), number);
    // The first process of a container is not ended by a signal; shells use this status.
    _exit(128 + number);
}
