// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

// One for the whole process, because signal handlers belong to the process.
static struct {
    int ends[2];
    pid_t owner;
    struct sigaction before[65];
    unsigned char is_watched[65];
} watch = {.ends = {-1, -1}};

static void give_back(int number) {
    sigaction(number, &watch.before[number], NULL);
    watch.is_watched[number] = 0;
}

// The signal handler. It calls only async-signal-safe functions.
static void note(int number) {
    int error = errno;
    if (getpid() != watch.owner) {
        // A forked child inherited this handler; the earlier one is to handle the signal.
        give_back(number);
        raise(number);
    } else {
        unsigned char byte = (unsigned char)number;
        ssize_t written = write(watch.ends[1], &byte, 1);
        (void)written;
    }
    errno = error;
}

int ftf_signals_watch(const int *numbers, int count) {
    // A forked child must not share the pipe of its parent.
    if (watch.owner != getpid() || watch.ends[0] < 0) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
        watch.ends[0] = ends[0];
        watch.ends[1] = ends[1];
        memset(watch.is_watched, 0, sizeof watch.is_watched);
        watch.owner = getpid();
    }
    for (int i = 0; i < count; i++) {
        int number = numbers[i];
        if (number < 1 || number > 64 || watch.is_watched[number]) continue;
        if (sigaction(number, NULL, &watch.before[number]) != 0) continue;
        // A signal that is ignored stays ignored, as nohup wants it.
        if (!(watch.before[number].sa_flags & SA_SIGINFO) && watch.before[number].sa_handler == SIG_IGN) continue;
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = note;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        if (sigaction(number, &action, NULL) == 0) watch.is_watched[number] = 1;
    }
    return watch.ends[0];
}

int ftf_signals_ends(int number) {
    return number >= 1 && number <= 64 && watch.is_watched[number] && !(watch.before[number].sa_flags & SA_SIGINFO) &&
           watch.before[number].sa_handler == SIG_DFL;
}

int ftf_signals_take(void) {
    unsigned char byte = 0;
    return watch.ends[0] >= 0 && read(watch.ends[0], &byte, 1) == 1 ? byte : 0;
}

void ftf_signals_unwatch(const int *numbers, int count) {
    if (watch.owner != getpid()) return;
    for (int i = 0; i < count; i++) {
        int number = numbers[i];
        if (number >= 1 && number <= 64 && watch.is_watched[number]) give_back(number);
    }
    // Signals that were caught and not taken go to the earlier handlers.
    int number;
    while ((number = ftf_signals_take())) kill(getpid(), number);
}

void ftf_signals_raise(int number) {
    if (number < 1 || number > 64) return;
    if (watch.is_watched[number]) give_back(number);
    // Not raise(3), which would send it to this thread: it blocks all signals.
    kill(getpid(), number);
}
