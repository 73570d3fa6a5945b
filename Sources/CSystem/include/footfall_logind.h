// SPDX-License-Identifier: MIT
// Signals of logind, received by sd-bus. libsystemd is loaded when it is first used; on a
// machine without it, or without a system bus, footfall_logind_open returns NULL.
#ifndef FOOTFALL_LOGIND_H
#define FOOTFALL_LOGIND_H

/// A change that logind reported. Its value is 1 when the state began, 0 when it ended.
enum footfall_logind_change {
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

typedef struct footfall_logind footfall_logind;

/// Connects without waiting for an answer. NULL when there is no libsystemd or no bus.
/// `address` is the bus's address, for tests; NULL means the system bus. `session` is the
/// id of the session to observe (XDG_SESSION_ID); NULL observes none. `who` and `why` are
/// shown for the delay that is asked for.
footfall_logind *footfall_logind_open(const char *address, const char *session, const char *who, const char *why);
void footfall_logind_close(footfall_logind *logind);

/// The descriptor to wait for until it can be read; -1 when there is none.
int footfall_logind_descriptor(footfall_logind *logind);

/// Reads the messages that arrived, without waiting. Returns the next change and its value;
/// NONE when there is none, -1 when the connection is lost.
int footfall_logind_next(footfall_logind *logind, int *value);

/// Whether logind waits for this process before the machine sleeps or is switched off.
int footfall_logind_delays(const footfall_logind *logind);
/// Ends that delay.
void footfall_logind_release(footfall_logind *logind);
/// Asks logind to wait for this process the next time. Does not wait for the answer.
void footfall_logind_inhibit(footfall_logind *logind);

#endif
