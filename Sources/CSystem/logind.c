// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_logind.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// From sd-bus.h: declared here, so that libsystemd-dev is not needed to build.
typedef struct sd_bus sd_bus;
typedef struct sd_bus_message sd_bus_message;
typedef struct sd_bus_slot sd_bus_slot;
typedef struct {
    const char *name;
    const char *message;
    int need_free;
} sd_bus_error;
typedef int (*handler)(sd_bus_message *, void *, sd_bus_error *);

#define FUNCTIONS(X)                                                                                                   \
    X(int, sd_bus_new, (sd_bus **))                                                                                    \
    X(int, sd_bus_set_address, (sd_bus *, const char *))                                                               \
    X(int, sd_bus_set_bus_client, (sd_bus *, int))                                                                     \
    X(int, sd_bus_start, (sd_bus *))                                                                                   \
    X(int, sd_bus_open_system, (sd_bus **))                                                                            \
    X(sd_bus *, sd_bus_flush_close_unref, (sd_bus *))                                                                  \
    X(int, sd_bus_get_fd, (sd_bus *))                                                                                  \
    X(int, sd_bus_process, (sd_bus *, sd_bus_message **))                                                              \
    X(int, sd_bus_match_signal_async,                                                                                  \
      (sd_bus *, sd_bus_slot **, const char *, const char *, const char *, const char *, handler, handler, void *))    \
    X(int, sd_bus_call_method_async,                                                                                   \
      (sd_bus *, sd_bus_slot **, const char *, const char *, const char *, const char *, handler, void *,              \
       const char *, ...))                                                                                             \
    X(int, sd_bus_path_encode, (const char *, const char *, char **))                                                  \
    X(int, sd_bus_message_is_method_error, (sd_bus_message *, const char *))                                           \
    X(int, sd_bus_message_read, (sd_bus_message *, const char *, ...))                                                 \
    X(int, sd_bus_message_enter_container, (sd_bus_message *, char, const char *))                                     \
    X(int, sd_bus_message_exit_container, (sd_bus_message *))                                                          \
    X(int, sd_bus_message_skip, (sd_bus_message *, const char *))

static struct {
#define DECLARE(type, name, arguments) type(*name) arguments;
    FUNCTIONS(DECLARE)
#undef DECLARE
} bus;

static int is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Descriptors that delay the machine's sleep. A forked child must close its copies: logind
/// waits until all copies are closed.
#define HELD 8
static int held[HELD] = {-1, -1, -1, -1, -1, -1, -1, -1};

static void note_held(int from, int to) {
    for (int i = 0; i < HELD; i++) {
        if (held[i] != from) continue;
        held[i] = to;
        return;
    }
}

static void close_in_child(void) {
    for (int i = 0; i < HELD; i++) {
        if (held[i] >= 0) close(held[i]);
        held[i] = -1;
    }
}

static void load(void) {
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
#define FIND(type, name, arguments)                                                                                    \
    bus.name = (type(*) arguments)dlsym(library, #name);                                                               \
    if (!bus.name) return;
    FUNCTIONS(FIND)
#undef FIND
    is_loaded = pthread_atfork(NULL, NULL, close_in_child) == 0;
}

#define MANAGER "org.freedesktop.login1"
#define MANAGER_PATH "/org/freedesktop/login1"
#define MANAGER_INTERFACE "org.freedesktop.login1.Manager"
#define SESSION_INTERFACE "org.freedesktop.login1.Session"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/// How many changes are kept until ftf_logind_next returns them: more than real
/// hardware produces at once.
#define ROOM 32

struct ftf_logind {
    sd_bus *bus;
    char *session;
    char *who, *why;
    int inhibitor;
    int changes[ROOM], values[ROOM];
    int count;
};

static void add(ftf_logind *logind, int change, int value) {
    if (logind->count == ROOM) return;
    logind->changes[logind->count] = change;
    logind->values[logind->count++] = value;
}

static int on_sleep(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)error;
    int value = 0;
    if (bus.sd_bus_message_read(message, "b", &value) >= 0) add(opaque, FOOTFALL_LOGIND_SLEEP, value);
    return 0;
}

static int on_shutdown(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)error;
    int value = 0;
    if (bus.sd_bus_message_read(message, "b", &value) >= 0) add(opaque, FOOTFALL_LOGIND_SHUTDOWN, value);
    return 0;
}

static int on_lock(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)message, (void)error;
    add(opaque, FOOTFALL_LOGIND_LOCKED, 1);
    return 0;
}

static int on_unlock(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)message, (void)error;
    add(opaque, FOOTFALL_LOGIND_LOCKED, 0);
    return 0;
}

/// Reads a dictionary of properties (`a{sv}`).
static int read_properties(ftf_logind *logind, sd_bus_message *message) {
    if (bus.sd_bus_message_enter_container(message, 'a', "{sv}") < 0) return 0;
    while (bus.sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char *name = NULL;
        if (bus.sd_bus_message_read(message, "s", &name) < 0) return 0;
        int change = FOOTFALL_LOGIND_NONE;
        if (strcmp(name, "Active") == 0) change = FOOTFALL_LOGIND_ACTIVE;
        if (strcmp(name, "LockedHint") == 0) change = FOOTFALL_LOGIND_LOCKED;
        if (strcmp(name, "IdleHint") == 0) change = FOOTFALL_LOGIND_IDLE;
        int value = 0;
        if (change && bus.sd_bus_message_enter_container(message, 'v', "b") > 0) {
            if (bus.sd_bus_message_read(message, "b", &value) >= 0) add(logind, change, value);
            bus.sd_bus_message_exit_container(message);
        } else if (bus.sd_bus_message_skip(message, "v") < 0) {
            return 0;
        }
        bus.sd_bus_message_exit_container(message);
    }
    return 0;
}

static int on_changed(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)error;
    const char *interface = NULL;
    if (bus.sd_bus_message_read(message, "s", &interface) < 0 || strcmp(interface, SESSION_INTERFACE) != 0) return 0;
    return read_properties(opaque, message);
}

static int on_properties(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)error;
    if (bus.sd_bus_message_is_method_error(message, NULL)) return 0;
    return read_properties(opaque, message);
}

static int on_inhibited(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)error;
    ftf_logind *logind = opaque;
    int fd = -1;
    if (bus.sd_bus_message_is_method_error(message, NULL) || bus.sd_bus_message_read(message, "h", &fd) < 0) return 0;
    ftf_logind_release(logind);
    // The message closes its own descriptor, so a copy is kept.
    logind->inhibitor = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (logind->inhibitor >= 0) note_held(-1, logind->inhibitor);
    return 0;
}

/// The answer to a match needs no action: without logind no signal arrives.
static int on_matched(sd_bus_message *message, void *opaque, sd_bus_error *error) {
    (void)message, (void)opaque, (void)error;
    return 0;
}

static int match(ftf_logind *logind, const char *path, const char *interface, const char *member, handler called) {
    return bus.sd_bus_match_signal_async(
        logind->bus, NULL, MANAGER, path, interface, member, called, on_matched, logind);
}

ftf_logind *ftf_logind_open(const char *address, const char *session, const char *who, const char *why) {
    pthread_once(&once, load);
    if (!is_loaded) return NULL;
    ftf_logind *logind = calloc(1, sizeof *logind);
    if (!logind) return NULL;
    logind->inhibitor = -1;
    logind->who = strdup(who);
    logind->why = strdup(why);
    int failed;
    if (address) {
        failed = bus.sd_bus_new(&logind->bus);
        if (failed >= 0) failed = bus.sd_bus_set_address(logind->bus, address);
        if (failed >= 0) failed = bus.sd_bus_set_bus_client(logind->bus, 1);
        if (failed >= 0) failed = bus.sd_bus_start(logind->bus);
    } else {
        failed = bus.sd_bus_open_system(&logind->bus);
    }
    if (failed >= 0) failed = match(logind, MANAGER_PATH, MANAGER_INTERFACE, "PrepareForSleep", on_sleep);
    if (failed >= 0) failed = match(logind, MANAGER_PATH, MANAGER_INTERFACE, "PrepareForShutdown", on_shutdown);
    if (failed >= 0 && session && *session) {
        failed = bus.sd_bus_path_encode(MANAGER_PATH "/session", session, &logind->session);
        if (failed >= 0) failed = match(logind, logind->session, SESSION_INTERFACE, "Lock", on_lock);
        if (failed >= 0) failed = match(logind, logind->session, SESSION_INTERFACE, "Unlock", on_unlock);
        if (failed >= 0) failed = match(logind, logind->session, PROPERTIES, "PropertiesChanged", on_changed);
        if (failed >= 0)
            failed = bus.sd_bus_call_method_async(
                logind->bus, NULL, MANAGER, logind->session, PROPERTIES, "GetAll", on_properties, logind, "s",
                SESSION_INTERFACE);
    }
    if (failed < 0 || !logind->who || !logind->why) {
        ftf_logind_close(logind);
        return NULL;
    }
    ftf_logind_inhibit(logind);
    return logind;
}

void ftf_logind_close(ftf_logind *logind) {
    if (!logind) return;
    ftf_logind_release(logind);
    if (logind->bus) bus.sd_bus_flush_close_unref(logind->bus);
    free(logind->session);
    free(logind->who);
    free(logind->why);
    free(logind);
}

int ftf_logind_descriptor(ftf_logind *logind) {
    int fd = bus.sd_bus_get_fd(logind->bus);
    return fd < 0 ? -1 : fd;
}

int ftf_logind_next(ftf_logind *logind, int *value) {
    int more = 1;
    while (logind->count == 0 && more > 0) more = bus.sd_bus_process(logind->bus, NULL);
    if (logind->count == 0) return more < 0 ? -1 : FOOTFALL_LOGIND_NONE;
    int change = logind->changes[0];
    *value = logind->values[0];
    logind->count--;
    memmove(logind->changes, logind->changes + 1, (size_t)logind->count * sizeof *logind->changes);
    memmove(logind->values, logind->values + 1, (size_t)logind->count * sizeof *logind->values);
    return change;
}

int ftf_logind_delays(const ftf_logind *logind) { return logind->inhibitor >= 0; }

void ftf_logind_release(ftf_logind *logind) {
    if (logind->inhibitor >= 0) {
        note_held(logind->inhibitor, -1);
        close(logind->inhibitor);
    }
    logind->inhibitor = -1;
}

void ftf_logind_inhibit(ftf_logind *logind) {
    // Without an answer the machine only does not wait for this process.
    bus.sd_bus_call_method_async(
        logind->bus, NULL, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "Inhibit", on_inhibited, logind, "ssss",
        "sleep:shutdown", logind->who, logind->why, "delay");
}
