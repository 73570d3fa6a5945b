/* SPDX-License-Identifier: MIT */
/*
 * Footfall: an analytics client for Linux programs. Events are kept on the disk and delivered when a server can
 * be reached.
 *
 *     #include <footfall.h>
 *
 *     int main(void) {
 *         footfall_client *client = footfall_new(
 *             "{\"writeKey\": \"WRITE_KEY\", \"application\": {\"id\": \"com.example.Tickets\", \"version\": \"1.0\"}}", NULL);
 *         if (!client) fprintf(stderr, "%s\n", footfall_last_error());
 *         footfall_track(client, "Ticket Sold",
 *                        FOOTFALL_PROPERTIES(footfall_number("total", 59.90), footfall_text("zone", "A")), NULL);
 *         footfall_close(client, 2000);
 *         footfall_free(client);
 *     }
 *
 *     cc tickets.c $(pkg-config --cflags --libs footfall)
 *
 * Rules that hold for every function:
 *
 * Texts      are UTF-8 and end with a NUL. They are copied before a call returns. A text that is not UTF-8 is
 *            refused with FOOTFALL_INVALID, and nothing is recorded.
 * Threads    Every function may be called from any thread, also from callbacks. Only footfall_new…,
 *            footfall_flush_wait, footfall_close, footfall_free, and footfall_get of the status and of the
 *            doctor's findings wait; a call with the durability "immediate" waits for the disk.
 * NULL       Without a client a call does nothing: it gives FOOTFALL_INVALID, 0, -1 or false. So a program runs
 *            on when its configuration is broken.
 * Errors     A function that fails says why in footfall_last_error(). What goes wrong later, such as a full disk,
 *            is told to on_error of footfall_host. No function traps, raises a signal or prints.
 * After close  every call gives FOOTFALL_CLOSED, 0, -1 or false, and events are counted as dropped, reason
 *            "closed"; footfall_get still gives the counters. After footfall_free the client must not be used.
 * fork       The child uses the same client; it must not make a new one. A program that becomes a daemon and closes
 *            all descriptors makes its client after that.
 * Signals    No handler is installed, unless footfall_handle_signals asks for it.
 * exit       A program may end without a close. exit() and a return from main then wait for 20 ms at most; what is
 *            not stored by then is in the spool, and the next start stores it. A callback that does not return holds
 *            up neither of them.
 * Structs    that a caller fills begin with `size`, which is sizeof the struct. Set all other fields to zero first:
 *            `footfall_options options = {.size = sizeof options};`, in C++ before C++20
 *            `footfall_options options{}; options.size = sizeof options;`. Later versions append fields; what a program
 *            does not know counts as zero.
 * Numbers    Use footfall_number for a fraction. printf("%f") writes a comma in some locales, which is no JSON.
 *
 * Within the soname libfootfall.so.0 functions, fields and values are only added.
 */
#ifndef FOOTFALL_H
#define FOOTFALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Types ---------------------------------------------------------------------------------------------------- */

/* A client: it records events, keeps them, and delivers them. */
typedef struct footfall_client footfall_client;
/* An event on its way through a plugin. */
typedef struct footfall_event footfall_event;
/* Events that a destination is asked to deliver. */
typedef struct footfall_batch footfall_batch;

/* The result of a call. */
typedef enum {
    FOOTFALL_OK = 0,             /* Done; of an event: taken. */
    FOOTFALL_INVALID = 1,        /* An argument cannot be used. Nothing was done. */
    FOOTFALL_CLOSED = 2,         /* The client is closed. */
    FOOTFALL_TIMEOUT = 3,        /* The time was over before everything was done. */
    FOOTFALL_BLOCKED = 4,        /* What waits is for destinations that refuse: their key or address is wrong. */
    FOOTFALL_WOULD_DEADLOCK = 5, /* The call would wait for the callback that makes it. Nothing was done. */
    FOOTFALL_UNAVAILABLE = 6     /* The store, or what the call needs, cannot be used. */
} footfall_status;

/* The kind of a property's value. */
typedef enum {
    FOOTFALL_END = 0,     /* No property: the list ends here. */
    FOOTFALL_TEXT = 1,    /* value.text; NULL is null. */
    FOOTFALL_INTEGER = 2, /* value.integer */
    FOOTFALL_NUMBER = 3,  /* value.number; NaN and the infinities are null. */
    FOOTFALL_BOOLEAN = 4, /* value.integer; 0 is false. */
    FOOTFALL_JSON = 5,    /* value.text is any JSON value. */
    FOOTFALL_MEMBERS = 6  /* value.text is a JSON object, whose members are properties. `name` is not read. */
} footfall_kind;

/* One property of an event. A list of them ends with footfall_end(), and has at most 1,000. Of two properties with
 * one name the later value counts. */
typedef struct {
    const char *name;
    footfall_kind kind;
    union {
        const char *text;
        int64_t integer;
        double number;
    } value;
} footfall_property;

/* What the program gives to its client. All fields are optional. */
typedef struct {
    size_t size;                     /* sizeof(footfall_host) */
    const char *application_id;      /* "com.example.Tickets"; instead of application.id in the configuration. */
    const char *application_version; /* "2.1.0" */
    const char *application_build;   /* "210" */
    const char *state_directory;     /* Where events are kept; instead of stateDirectory in the configuration. */
    /* Told of every problem, with a word such as "storeUnavailable" and a sentence. On any thread, so give the
     * texts, copied, to the thread that shows them. It may call footfall, and must not wait. */
    void (*on_error)(void *user, const char *code, const char *message);
    /* Called once, when on_error will not be called any more: after footfall_close, or when footfall_new… fails. */
    void (*release)(void *user);
    void *user; /* The first argument of on_error and release. */
} footfall_host;

/* Values of footfall_options.priority: what is kept longer when the store is full. */
enum { FOOTFALL_PRIORITY_DEFAULT = 0, FOOTFALL_PRIORITY_LOW = 1, FOOTFALL_PRIORITY_NORMAL = 2, FOOTFALL_PRIORITY_CRITICAL = 3 };

/* Values of footfall_options.durability: what an event survives once its call has returned. */
enum {
    FOOTFALL_DURABILITY_DEFAULT = 0,  /* What the configuration says; else as "process". */
    FOOTFALL_DURABILITY_DEFERRED = 1, /* Nothing yet; it is stored within 10 ms. */
    FOOTFALL_DURABILITY_PROCESS = 2,  /* The death of the process, such as kill -9. */
    FOOTFALL_DURABILITY_IMMEDIATE = 3 /* A power cut. The call waits for the disk, at most 5 s. */
};

/* Bits of footfall_options.flags. */
enum {
    /* The event is somebody else's, as in a server that serves many users: it gets no identity of this client and
     * no session, and an identify changes nothing here. Give a user_id or an anonymous_id with it. */
    FOOTFALL_FOREIGN = 1
};

/* Options of one event. */
typedef struct {
    size_t size;              /* sizeof(footfall_options) */
    int64_t timestamp_ms;     /* When it happened, in milliseconds since 1970; 0 is now. */
    const char *message_id;   /* By which servers recognise an event that arrives twice; NULL is a random UUID. */
    const char *anonymous_id; /* Instead of the client's. */
    const char *user_id;      /* Instead of the client's. Identify and alias do not read it. */
    const char *context;      /* A JSON object: replaces automatic context of the same keys. */
    const char *integrations; /* A JSON object: which destinations take it, as {"All": false, "Segment.io": true}. */
    int32_t priority;         /* FOOTFALL_PRIORITY_… */
    int32_t durability;       /* FOOTFALL_DURABILITY_… */
    int32_t flags;            /* FOOTFALL_FOREIGN or 0 */
} footfall_options;

/* What a flush did. Each number counts an event once for each destination of this client. */
typedef struct {
    size_t size;           /* sizeof(footfall_flush_report) */
    int64_t delivered;     /* Accepted since the flush began. */
    int64_t queued;        /* They still wait. */
    int64_t dropped;       /* Dropped since the flush began. */
    int64_t dead_lettered; /* Refused since the flush began; they are kept with the reason. */
} footfall_flush_report;

/* ---- Properties ----------------------------------------------------------------------------------------------- */

/* Each makes one property; the texts must live until the call that gets it returns. */
static inline footfall_property footfall_text(const char *name, const char *value) {
    footfall_property property;
    property.name = name;
    property.kind = FOOTFALL_TEXT;
    property.value.text = value;
    return property;
}

static inline footfall_property footfall_integer(const char *name, int64_t value) {
    footfall_property property;
    property.name = name;
    property.kind = FOOTFALL_INTEGER;
    property.value.integer = value;
    return property;
}

static inline footfall_property footfall_number(const char *name, double value) {
    footfall_property property;
    property.name = name;
    property.kind = FOOTFALL_NUMBER;
    property.value.number = value;
    return property;
}

static inline footfall_property footfall_boolean(const char *name, bool value) {
    footfall_property property;
    property.name = name;
    property.kind = FOOTFALL_BOOLEAN;
    property.value.integer = value ? 1 : 0;
    return property;
}

/* A property with any JSON value: footfall_json("items", "[1, 2]"). */
static inline footfall_property footfall_json(const char *name, const char *json) {
    footfall_property property;
    property.name = name;
    property.kind = FOOTFALL_JSON;
    property.value.text = json;
    return property;
}

/* All members of a JSON object: footfall_members("{\"total\": 59.90, \"zone\": \"A\"}"). */
static inline footfall_property footfall_members(const char *json_object) {
    footfall_property property;
    property.name = NULL;
    property.kind = FOOTFALL_MEMBERS;
    property.value.text = json_object;
    return property;
}

/* The end of a list. */
static inline footfall_property footfall_end(void) {
    footfall_property property;
    property.name = NULL;
    property.kind = FOOTFALL_END;
    property.value.integer = 0;
    return property;
}

#ifndef __cplusplus
/* A list of properties, in the call that needs it. C++ has footfall.hpp. */
#define FOOTFALL_PROPERTIES(...) ((const footfall_property[]){__VA_ARGS__, footfall_end()})
#endif

/* ---- The library ---------------------------------------------------------------------------------------------- */

/* The version of the library, as "0.2.0". The text is static. */
const char *footfall_version(void);

/* The version as a number: 1,000,000 × major + 1,000 × minor + patch. */
int32_t footfall_version_number(void);

/* Why the last call of this thread failed: one line of at most 511 bytes, without secrets. The text is valid until
 * the next call of this thread that fails. Empty before the first failure; a success leaves it as it is. */
const char *footfall_last_error(void);

/* The name of a status, as "closed"; "unknown" for another number. The text is static. */
const char *footfall_status_name(footfall_status status);

/* ---- A client ------------------------------------------------------------------------------------------------- */

/*
 * Makes a client from a configuration: JSON, perhaps with // comments, with the keys that docs/command.md lists.
 *
 *     {
 *       "writeKey": "WRITE_KEY",
 *       "application": {"id": "com.example.Tickets", "version": "2.1.0"},
 *       "plugins": [{"type": "LinuxContext"}, {"type": "LinuxLifecycle"}],
 *       "destinations": [{"type": "segment"}, {"type": "file", "path": "/tmp/events.ndjson"}]
 *     }
 *
 * The application's id is required, here or in `host`: it names the directory of the store. Two clients may share a
 * store, in one process or in many. It reads a few small files and connects to nothing.
 *
 * The client's thread starts at once; it stores the events. With a destination a second thread starts, which delivers:
 * with the first event, or after a second. Both block all signals.
 *
 * configuration_json: NULL or "" is an object without keys.
 * host: may be NULL. It is copied.
 * Returns NULL when the configuration cannot be used; footfall_last_error() names the line and the key.
 * The caller ends the client with footfall_close, and frees it with footfall_free.
 */
footfall_client *footfall_new(const char *configuration_json, const footfall_host *host);

/* As footfall_new, from a file. The file must belong to root or to the user, and no other user may be able to write
 * to it. */
footfall_client *footfall_new_from_file(const char *path, const footfall_host *host);

/*
 * As footfall_new, from the file of a profile, as the command `footfall --profile NAME` reads it: footfall/NAME.json in
 * $XDG_CONFIG_HOME (else ~/.config), else in /etc. The profile also names the store, unless the file or `host` does.
 * The variables FOOTFALL_CONFIG, FOOTFALL_WRITE_KEY, FOOTFALL_ENDPOINT and FOOTFALL_STATE_DIR go before the file.
 *
 * profile: NULL is $FOOTFALL_PROFILE, else "default".
 */
footfall_client *footfall_new_from_profile(const char *profile, const footfall_host *host);

/*
 * Stores everything that was called, and ends the client's threads. When it returns, no callback begins any more.
 * Nothing is lost when the time is over: the rest is in the spool, and the next start stores it. It does not wait for
 * deliveries; call footfall_flush_wait before it to do so.
 *
 * A callback that runs is waited for until the time is over, and for 50 ms at least. One that does not return in that
 * time, such as a plugin that waits for a server, goes on in the client's thread: the result is FOOTFALL_TIMEOUT, and
 * `release` of its struct is called when it returns, so its memory must stay until then.
 *
 * timeout_ms: the longest wait; less than 0 counts as 0. 2,000 is a good choice.
 * FOOTFALL_TIMEOUT: not everything is stored yet, or a callback has not returned; footfall_last_error() says which.
 * FOOTFALL_CLOSED: it was closed already. FOOTFALL_WOULD_DEADLOCK: from a callback of this client, which stays open.
 * FOOTFALL_UNAVAILABLE: the store cannot be written; events are in the spool.
 */
footfall_status footfall_close(footfall_client *client, int32_t timeout_ms);

/* Frees a client. If it is open, it is closed before, with a timeout of 0. No thread may use the client any more. Not
 * from a callback of this client. NULL is allowed. After a close that left a callback running, it may be called at
 * once: what the callback needs is freed when it returns. */
void footfall_free(footfall_client *client);

/* ---- Events --------------------------------------------------------------------------------------------------- */

/*
 * Records that something happened. When it returns, the event survives the death of the process.
 *
 *     footfall_track(client, "Ticket Sold", FOOTFALL_PROPERTIES(footfall_integer("seats", 2)), NULL);
 *
 *     footfall_options options = {.size = sizeof options};
 *     options.timestamp_ms = sold_at;
 *     footfall_track(client, "Ticket Sold", NULL, &options);
 *
 * name: what happened; not blank.
 * properties: a list that ends with footfall_end(), or NULL.
 * options: for this event, or NULL.
 * FOOTFALL_OK: taken; later problems are told to on_error. FOOTFALL_INVALID: the name is NULL or blank, a text is not
 * UTF-8, JSON is broken, the list has more than 1,000 properties or one without a name, an enum has an unknown value,
 * or the event is larger than 32 KiB. FOOTFALL_UNAVAILABLE: durability "immediate", and the disk did not confirm.
 * It costs about as much as three calls of write(2), from any thread.
 * While nothing is recorded (footfall_is_recording) the event is counted as dropped, and the result is FOOTFALL_OK.
 */
footfall_status footfall_track(footfall_client *client, const char *name, const footfall_property *properties,
                               const footfall_options *options);

/* Says who the user is, from now on and over restarts. The traits are added to those of the same user. The results of
 * this call and of those below are the ones of footfall_track.
 * user_id: NULL or blank adds traits to the user there is, or to the anonymous one. */
footfall_status footfall_identify(footfall_client *client, const char *user_id, const footfall_property *traits,
                                  const footfall_options *options);

/* Records that a screen was shown. name and category may be NULL. */
footfall_status footfall_screen(footfall_client *client, const char *name, const char *category,
                                const footfall_property *properties, const footfall_options *options);

/* Records that a page was shown. name and category may be NULL. */
footfall_status footfall_page(footfall_client *client, const char *name, const char *category,
                              const footfall_property *properties, const footfall_options *options);

/* Says which group the user belongs to. group_id must not be blank. */
footfall_status footfall_group(footfall_client *client, const char *group_id, const footfall_property *traits,
                               const footfall_options *options);

/* Says that the user has a new id. new_id must not be blank. previous_id: NULL is the current id. */
footfall_status footfall_alias(footfall_client *client, const char *new_id, const char *previous_id,
                               const footfall_options *options);

/*
 * Records an event as JSON in the form of Segment's specification; for bindings of other languages. What is missing, as
 * messageId, timestamp and identity, is filled in. A field of `options` replaces the one of the JSON.
 *
 *     const char *event = "{\"type\": \"track\", \"event\": \"Ticket Sold\", \"properties\": {\"seats\": 2}}";
 *     footfall_record(client, event, strlen(event), NULL);
 *
 * event_json: UTF-8; it needs no NUL. length: in bytes; 0 is refused.
 */
footfall_status footfall_record(footfall_client *client, const char *event_json, size_t length,
                                const footfall_options *options);

/* Forgets the user: later events have a new anonymousId, no userId and no traits. */
footfall_status footfall_reset(footfall_client *client);

/* ---- Sessions and visits -------------------------------------------------------------------------------------- */

/* The session of the last stored event, in milliseconds since 1970; -1 when none is open. */
int64_t footfall_session_id(const footfall_client *client);

/* Ends the session, if one is open, and begins another at once. With "session": false in the configuration this and
 * footfall_session_end do nothing. */
void footfall_session_start(footfall_client *client);

/* Ends the session; the next event opens another. */
void footfall_session_end(footfall_client *client);

/* A visitor of a shared device, such as a kiosk, begins. The visitor gets a session and an anonymousId of their own;
 * an open visit ends. */
void footfall_visitor_begin(footfall_client *client);

/* The visitor left. reason: a word for session_end, as "cancelled"; NULL is "completed". */
void footfall_visitor_end(footfall_client *client, const char *reason);

/* Values of footfall_visitor_set. */
enum {
    FOOTFALL_VISITOR_IDLE_PAUSED = 1, /* Idleness does not end the visit, as while a film plays; for 4 hours at most. */
    FOOTFALL_VISITOR_ATTRACT = 2      /* What is shown attracts passers-by: events open no session. */
};

/* Switches a mode of the visit on or off. An unknown mode changes nothing. */
void footfall_visitor_set(footfall_client *client, int32_t mode, bool on);

/* ---- What is known -------------------------------------------------------------------------------------------- */

/* Subjects of footfall_get. */
enum {
    FOOTFALL_ANONYMOUS_ID = 1,
    FOOTFALL_USER_ID = 2,         /* Empty when there is none. */
    FOOTFALL_TRAITS = 3,          /* A JSON object. */
    FOOTFALL_VISITOR_ID = 4,      /* Empty when no visit is open. */
    FOOTFALL_STATE_DIRECTORY = 5, /* The path of the store's directory. */
    FOOTFALL_COUNTERS = 6,        /* A JSON object: stored, delivered, dropped by reason, since the client was made. */
    FOOTFALL_STATUS = 7,          /* A JSON object, as `footfall status --json`. It opens the store. */
    FOOTFALL_DOCTOR = 8           /* A JSON array of {verdict, thing, text}, as `footfall doctor`. It opens the store. */
};

/*
 * Copies a text about the client, as snprintf does: at most `size` bytes with the NUL, cut between characters.
 *
 *     char id[64];
 *     footfall_get(client, FOOTFALL_ANONYMOUS_ID, id, sizeof id);
 *
 * buffer: may be NULL when size is 0.
 * Returns the length of the whole text without the NUL; 0 for an unknown subject or on failure.
 */
size_t footfall_get(const footfall_client *client, int32_t subject, char *buffer, size_t size);

/* ---- Delivering ----------------------------------------------------------------------------------------------- */

/* Stores everything that was called, safe from a power cut, and begins to deliver. It returns at once. */
void footfall_flush(footfall_client *client);

/*
 * As footfall_flush, and waits until everything is delivered, nothing more can be delivered in time, or the time is
 * over. Not on the thread of a user interface.
 *
 * timeout_ms: the longest wait. report: NULL, or a struct whose `size` is set.
 * FOOTFALL_OK: everything is delivered. FOOTFALL_TIMEOUT: events still wait. FOOTFALL_BLOCKED: they wait for
 * destinations that refuse. FOOTFALL_UNAVAILABLE: the store cannot be read, or there is no destination.
 * FOOTFALL_WOULD_DEADLOCK: called from a callback of this client.
 */
footfall_status footfall_flush_wait(footfall_client *client, int32_t timeout_ms, footfall_flush_report *report);

/* Values of footfall_set_network_use. */
enum { FOOTFALL_NETWORK_OPEN = 0, FOOTFALL_NETWORK_METERED = 1, FOOTFALL_NETWORK_CLOSED = 2 };

/* Says what may be sent over the network that the device is on now. Metered: no request begins once the month's
 * budget is used up. Closed: none is made. An unknown value changes nothing. */
void footfall_set_network_use(footfall_client *client, int32_t use);

/* ---- The program's life --------------------------------------------------------------------------------------- */

/* The program got the focus: call it when a window becomes active. These three need the plugin LinuxLifecycle to make
 * events. Each fits g_signal_connect_swapped(object, signal, G_CALLBACK(footfall_did_become_active), client). */
void footfall_did_become_active(footfall_client *client);

/* The program lost the focus: no window of it is active. */
void footfall_will_resign_active(footfall_client *client);

/* The program ends. Call footfall_close after it. */
void footfall_will_terminate(footfall_client *client);

/* With `on`, SIGTERM, SIGINT and SIGHUP first store everything and then do what they did before. Only for a program
 * that leaves these signals to the library. */
void footfall_handle_signals(footfall_client *client, bool on);

/* ---- Consent -------------------------------------------------------------------------------------------------- */

/* What the user wishes, kept over restarts and for all programs on the store. With false nothing is recorded or sent,
 * and what is stored is removed. With true recording begins again, under a new identity. */
void footfall_set_recording(footfall_client *client, bool on);

/* Whether events are recorded: false after an opt-out, under DO_NOT_TRACK=1, after close and without a client. */
bool footfall_is_recording(const footfall_client *client);

/* Asks the destinations to delete what they have of this user, removes what is stored, and goes on with a new
 * identity. */
void footfall_forget(footfall_client *client);

/* ---- Plugins -------------------------------------------------------------------------------------------------- */

/* Values of footfall_plugin.stage: where in the chain a plugin runs. */
enum {
    FOOTFALL_STAGE_BEFORE = 0,     /* First: before the client adds context. */
    FOOTFALL_STAGE_ENRICHMENT = 1, /* Then: adds to events or changes them. */
    FOOTFALL_STAGE_AFTER = 2       /* Sees each event once it is stored; what it changes or returns has no effect. */
};

/* Values of footfall_plugin.on_failure: what becomes of events while the plugin is off, because the process died in it
 * again and again. */
enum {
    FOOTFALL_ON_FAILURE_DEFAULT = 0, /* Hold for the stage "before", else pass. */
    FOOTFALL_ON_FAILURE_HOLD = 1,    /* They wait in files until the plugin can run. */
    FOOTFALL_ON_FAILURE_PASS = 2     /* They go on without the plugin. */
};

/* What execute of footfall_plugin returns. Another number counts as FOOTFALL_EXECUTE_FAILED. */
enum {
    FOOTFALL_EXECUTE_KEEP = 0,  /* The event goes on. */
    FOOTFALL_EXECUTE_DROP = 1,  /* It ends here, and is counted as dropped, reason "plugin". */
    FOOTFALL_EXECUTE_FAILED = 2 /* It goes on as it was before the plugin; the failure is counted and told to on_error. */
};

/* Functions that every event passes, on one thread of the client, one event at a time. */
typedef struct {
    size_t size;         /* sizeof(footfall_plugin) */
    const char *name;    /* In errors and in `footfall status`; it never changes. NULL is "c-plugin". */
    const char *version; /* For `footfall status`; may be NULL. */
    int32_t stage;       /* FOOTFALL_STAGE_… */
    int32_t on_failure;  /* FOOTFALL_ON_FAILURE_… */
    /* Looks at an event, or changes it. `event` is valid until it returns. It may call footfall; no exception and no
     * longjmp may leave it. */
    int32_t (*execute)(void *user, footfall_event *event);
    void (*flush)(void *user);   /* The program asked for a flush. May be NULL. */
    void (*reset)(void *user);   /* footfall_reset was called, in its place among the events. May be NULL. */
    void (*release)(void *user); /* Called once, when no function of the plugin will be called any more. May be NULL. */
    void *user;                  /* The first argument of all of them. */
} footfall_plugin;

/*
 * Adds a plugin. It sees the events that are called afterwards.
 *
 *     static int32_t add_store(void *user, footfall_event *event) {
 *         footfall_property store = footfall_text(NULL, user);
 *         footfall_event_set(event, "properties.store", &store);
 *         return FOOTFALL_EXECUTE_KEEP;
 *     }
 *
 *     footfall_plugin plugin = {.size = sizeof plugin};
 *     plugin.name = "add-store";
 *     plugin.stage = FOOTFALL_STAGE_ENRICHMENT;
 *     plugin.execute = add_store;
 *     plugin.user = "Brixton";
 *     footfall_add_plugin(client, &plugin);
 *
 * The struct is copied. `execute` is required.
 * Returns an id for footfall_remove; 0 when it was refused, and then `release` is called at once.
 */
uint64_t footfall_add_plugin(footfall_client *client, const footfall_plugin *plugin);

/*
 * Reads a field of an event. Only inside execute.
 *
 * path: the field, as "event", "userId" or "properties.total"; NULL is the whole event as JSON.
 * out: the name is `path`. A text, an integer, a number or a boolean has its kind; all else is FOOTFALL_JSON; a field
 * that is missing is FOOTFALL_END. The texts live until execute returns.
 */
footfall_status footfall_event_get(footfall_event *event, const char *path, footfall_property *out);

/*
 * Sets a field of an event, or removes it with footfall_end(). Only inside execute. Objects on the way are made.
 * path: NULL sets the whole event, from a JSON object.
 * FOOTFALL_INVALID: the field cannot have such a value, or never changes, as "type".
 */
footfall_status footfall_event_set(footfall_event *event, const char *path, const footfall_property *value);

/* ---- Destinations --------------------------------------------------------------------------------------------- */

/* What deliver of footfall_destination returns, and what footfall_batch_finish is given. Another number counts as
 * FOOTFALL_DELIVERY_RETRY. */
enum {
    FOOTFALL_DELIVERY_ACCEPTED = 0, /* All events but those that footfall_batch_refuse named. */
    FOOTFALL_DELIVERY_RETRY = 1,    /* The batch is offered again, later and later. */
    FOOTFALL_DELIVERY_REFUSED = 2,  /* Something in the batch is wrong: smaller batches find out which event. */
    FOOTFALL_DELIVERY_BLOCKED = 3,  /* Nothing can be delivered, as with a wrong key: it is tried each hour. */
    FOOTFALL_DELIVERY_PENDING = 4   /* footfall_batch_finish tells later, within an hour; else as "retry". */
};

/* A place that events are delivered to. Its events are stored until it takes them. */
typedef struct {
    size_t size;        /* sizeof(footfall_destination) */
    const char *name;   /* Its identity in the store, and its key in `integrations`; required. It never changes. */
    int32_t max_events; /* The largest batch; 0 is 100. */
    int32_t max_bytes;  /* The largest batch, in bytes; 0 is 500,000. */
    /* Delivers a batch, on the one thread that delivers for all destinations. While it runs nothing is delivered to
     * any other, so it must not wait, for example for a server: give the batch to a thread of your own, return
     * FOOTFALL_DELIVERY_PENDING, and call footfall_batch_finish later. attempt: 1 for the first. `batch` is valid
     * until deliver returns; after FOOTFALL_DELIVERY_PENDING until footfall_batch_finish. */
    int32_t (*deliver)(void *user, footfall_batch *batch, int32_t attempt);
    void (*release)(void *user); /* Called once, when deliver will not be called any more. May be NULL. */
    void *user;                  /* The first argument of both. */
} footfall_destination;

/* Adds a destination. The struct is copied; `name` and `deliver` are required.
 * Returns an id for footfall_remove; 0 when it was refused, and then `release` is called at once. */
uint64_t footfall_add_destination(footfall_client *client, const footfall_destination *destination);

/* Removes a plugin or a destination. A plugin still sees the events called before. A destination gets no batch any more:
 * its events wait in the store until a destination of that name is added again. An unknown id changes nothing. */
void footfall_remove(footfall_client *client, uint64_t id);

/* How many events a batch has. */
size_t footfall_batch_count(const footfall_batch *batch);

/* An event of a batch as JSON, in UTF-8. It does not end with a NUL: `length` gets its bytes. It lives as long as the
 * batch. NULL for an index that does not exist. */
const char *footfall_batch_event(const footfall_batch *batch, size_t index, size_t *length);

/* Refuses one event of a batch; the others are accepted. It becomes a dead letter, with the reason. Before deliver
 * returns, or before footfall_batch_finish. */
void footfall_batch_refuse(footfall_batch *batch, size_t index, const char *reason);

/*
 * Ends a batch that deliver answered with FOOTFALL_DELIVERY_PENDING. From any thread, also before deliver has
 * returned. The batch must not be used any more.
 *
 * outcome: FOOTFALL_DELIVERY_…, not "pending". reason: for `footfall status`; may be NULL.
 * retry_after_ms: when the next attempt is made; 0 leaves that to the library.
 */
void footfall_batch_finish(footfall_batch *batch, int32_t outcome, const char *reason, int32_t retry_after_ms);

/* ---- Sizes ---------------------------------------------------------------------------------------------------- */

#if defined(__cplusplus)
#define FOOTFALL_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define FOOTFALL_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#else
#define FOOTFALL_ASSERT_SIZE(type, bytes) typedef char type##_has_its_size[sizeof(type) == (bytes) ? 1 : -1]
#endif

/* A compiler with other sizes could not call the library. */
FOOTFALL_ASSERT_SIZE(footfall_status, 4);
FOOTFALL_ASSERT_SIZE(footfall_kind, 4);
#if UINTPTR_MAX == 0xFFFFFFFFFFFFFFFF
FOOTFALL_ASSERT_SIZE(footfall_property, 24);
FOOTFALL_ASSERT_SIZE(footfall_host, 64);
FOOTFALL_ASSERT_SIZE(footfall_options, 72);
FOOTFALL_ASSERT_SIZE(footfall_flush_report, 40);
FOOTFALL_ASSERT_SIZE(footfall_plugin, 72);
FOOTFALL_ASSERT_SIZE(footfall_destination, 48);
#endif
#undef FOOTFALL_ASSERT_SIZE

#ifdef __cplusplus
}
#endif

#endif
