// SPDX-License-Identifier: MIT
// Signals of logind, received by sd-bus. libsystemd is loaded when it is first used; on a
// machine without it, or without a system bus, ftf_logind_open returns NULL.
#ifndef FOOTFALL_LOGIND_H
#define FOOTFALL_LOGIND_H

/// A change that logind reported. Its value is 1 when the state began, 0 when it ended.
enum ftf_logind_change {
    FOOTFALL_LOGIND_NONE = 0,
    /// The machine goes to sleep, or is awake again.
    FOOTFALL_LOGIND_SLEEP = 1,
    /// The machine is about to be switched off.
    FOOTFALL_LOGIND_SHUTDOWN = 2,
    /// The session's screen is locked.
    FOOTFALL_LOGIND_LOCKED = 3,
    /// The session is in the foreground.
    FOOTFALL_LOGIND_ACTIVE = 4,
    /// The session was not used for a while.
    FOOTFALL_LOGIND_IDLE = 5,
};

typedef struct ftf_logind ftf_logind;

/// Connects without waiting for an answer. NULL when there is no libsystemd or no bus.
/// `address` is the bus's address, for tests; NULL means the system bus. `session` is the
/// id of the session to observe (XDG_SESSION_ID); NULL observes none. `who` and `why` are
/// shown for the delay that is asked for.
ftf_logind *ftf_logind_open(const char *address, const char *session, const char *who, const char *why);
void ftf_logind_close(ftf_logind *logind);

/// The descriptor to wait for until it can be read; -1 when there is none.
int ftf_logind_descriptor(ftf_logind *logind);

/// Reads the messages that arrived, without waiting. Returns the next change and its value;
/// NONE when there is none, -1 when the connection is lost.
int ftf_logind_next(ftf_logind *logind, int *value);

/// Whether logind waits for this process before the machine sleeps or is switched off.
int ftf_logind_delays(const ftf_logind *logind);
/// Ends that delay.
void ftf_logind_release(ftf_logind *logind);
/// Asks logind to wait for this process the next time. Does not wait for the answer.
void ftf_logind_inhibit(ftf_logind *logind);

#endif
