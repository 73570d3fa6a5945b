// SPDX-License-Identifier: MIT
// logind over sd-bus, which is loaded when it is asked for: a machine without
// libsystemd, or without a bus, has none of it and is not harmed.
#ifndef FOOTFALL_LOGIND_H
#define FOOTFALL_LOGIND_H

/// What logind says. A value follows the sign: raised or cleared.
enum footfall_logind_change {
    FOOTFALL_LOGIND_NONE = 0,
    /// The machine goes to sleep, or is awake again.
    FOOTFALL_LOGIND_SLEEP = 1,
    /// The machine is about to be switched off.
    FOOTFALL_LOGIND_SHUTDOWN = 2,
    /// The session's screen is locked.
    FOOTFALL_LOGIND_LOCKED = 3,
    /// The session is the one in front.
    FOOTFALL_LOGIND_ACTIVE = 4,
    /// Nobody has used the session for a while.
    FOOTFALL_LOGIND_IDLE = 5,
};

typedef struct footfall_logind footfall_logind;

/// Connects without waiting for an answer; NULL when there is no libsystemd or
/// no bus. `address` is for tests; NULL takes the system bus. `session` is the
/// id of the session (XDG_SESSION_ID); NULL observes none.
footfall_logind *footfall_logind_open(const char *address, const char *session, const char *who, const char *why);
void footfall_logind_close(footfall_logind *logind);

/// To be polled for reading.
int footfall_logind_descriptor(footfall_logind *logind);

/// Takes in what came, and gives the next change and its value; NONE when there
/// is no more, -1 when the connection is lost.
int footfall_logind_next(footfall_logind *logind, int *value);

/// Whether logind waits for us before it lets the machine sleep or end.
int footfall_logind_delays(const footfall_logind *logind);
/// Lets the machine go on.
void footfall_logind_release(footfall_logind *logind);
/// Asks logind to wait for us the next time, without waiting for its answer.
void footfall_logind_inhibit(footfall_logind *logind);

#endif
