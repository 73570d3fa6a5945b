// SPDX-License-Identifier: MIT
#include "ftf_microhttpd.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char load_failure[256];
static _Thread_local char messages[512];

static const char *failure(const char *name) {
    const char *why = dlerror();
    snprintf(load_failure, sizeof load_failure, "%s", why ? why : name);
    return load_failure;
}

const char *ftf_microhttpd_load(const char *name, struct ftf_microhttpd *table) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) return failure(name);

    // The library is never closed: gnutls keeps state that does not survive dlclose.
#define FIND(function)                                               \
    table->function = (__typeof__(table->function))dlsym(library, "MHD_" #function); \
    if (!table->function) return failure("MHD_" #function);
    FIND(start_daemon)
    FIND(stop_daemon)
    FIND(get_daemon_info)
    FIND(get_connection_info)
    FIND(lookup_connection_value)
    FIND(create_response_from_buffer)
    FIND(create_response_from_callback)
    FIND(add_response_header)
    FIND(queue_response)
    FIND(destroy_response)
    FIND(suspend_connection)
    FIND(resume_connection)
    FIND(get_version)
#undef FIND
    return NULL;
}

static struct ftf_microhttpd shared;
static char shared_failure[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load_shared(void) {
    const char *why = ftf_microhttpd_load("libmicrohttpd.so.12", &shared);
    if (why) snprintf(shared_failure, sizeof shared_failure, "%s", why);
}

const struct ftf_microhttpd *ftf_microhttpd_table(const char **why) {
    pthread_once(&once, load_shared);
    *why = shared_failure[0] ? shared_failure : NULL;
    return shared_failure[0] ? NULL : &shared;
}

void ftf_microhttpd_log(void *unused, const char *format, va_list arguments) {
    (void)unused;
    size_t used = strlen(messages);
    vsnprintf(messages + used, sizeof messages - used, format, arguments);
}

const char *ftf_microhttpd_messages(void) { return messages; }
void ftf_microhttpd_clear_messages(void) { messages[0] = 0; }
