// SPDX-License-Identifier: MIT
// Starts another program and waits for it, as if it had been started without this one.
#ifndef FOOTFALL_CHILD_H
#define FOOTFALL_CHILD_H

#include <sys/types.h>

/// Starts a program in a child process of the same process group, and blocks all signals of
/// the calling thread that ftf_child_take handles. To be called once, while the process has
/// one thread.
///
/// The program gets the signal mask and the handling of SIGCHLD and SIGXFSZ that this process
/// was started with. It is looked for in PATH; a text file without `#!` is run by /bin/sh, as
/// shells do.
///
/// Returns the process id; -1 with errno set when the program cannot be started.
pid_t ftf_child_start(char *const *arguments);

/// A descriptor that becomes readable when ftf_child_take has something to do; -1 when it
/// cannot be made, then ftf_child_take is called now and then.
int ftf_child_descriptor(void);

/// Passes the signals that arrived on to the child, and reaps it when it has ended.
///
/// A signal that the terminal sent to the process group has reached the child already. One that
/// the child itself or this process sent is not for the child.
///
/// Returns 1 when the child has ended, with its status of waitpid(2) in `status`; otherwise 0.
int ftf_child_take(pid_t child, int *status);

/// After the child's end: the next signal that would have ended this process; 0 for none.
int ftf_child_take_end(void);

/// The name of a signal, as `SIGTERM`; its number as a text for one without a name.
const char *ftf_signal_name(int number);

/// Ends the process as its child ended: with its exit status, or by the same signal, without a
/// core of its own.
_Noreturn void ftf_child_end_alike(int status);

#endif
