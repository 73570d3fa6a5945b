// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_curl.h"
#include "functions.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

struct ftf_curl_functions ftf_curl;

// The result of the last attempt to load libcurl. Protected by `lock`.
static int state = FOOTFALL_CURL_UNAVAILABLE;
static char why[512];
static int64_t tried_at = INT64_MIN;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic pid_t lock_owner;

// After a failure libcurl is not loaded again sooner than this.
static const int64_t pause_nanoseconds = 2000000000;

int ftf_curl_is_privileged(void) { return getauxval(AT_SECURE) != 0; }

// Whether dlopen failed with this errno. dlopen leaves only a text, in the language
// of the process; strerror's is in the same language.
static int names_error(const char *text, int number) {
    char buffer[128];
    const char *name = strerror_r(number, buffer, sizeof buffer);
    return name && strstr(text, name) != NULL;
}

static int is_passing(const char *text) {
    static const int passing[] = {EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR, EIO};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        if (names_error(text, passing[i])) return 1;
    }
    // For a lack of memory ld.so has its own texts.
    return strstr(text, "cannot allocate memory") != NULL || strstr(text, "out of memory") != NULL;
}

static int fail(int kind, const char *format, const char *text) {
    snprintf(why, sizeof why, format, text);
    return kind;
}

static int failed_to_open(const char *text) {
    if (!text) text = "no reason is given";
    if (is_passing(text)) return fail(FOOTFALL_CURL_PASSING, "libcurl cannot be loaded now (%s)", text);
    if (names_error(text, ENOENT)) {
        return fail(FOOTFALL_CURL_UNAVAILABLE, "libcurl is not on this machine (%s): install libcurl4", text);
    }
    return fail(FOOTFALL_CURL_UNAVAILABLE, "libcurl cannot be used (%s): install libcurl4 again", text);
}

static int load(void) {
    // libcurl would write the session keys of its connections to that file, which another
    // user named.
    if (ftf_curl_is_privileged() && getenv("SSLKEYLOGFILE")) {
        return fail(
            FOOTFALL_CURL_UNAVAILABLE, "libcurl is not loaded (%s)",
            "SSLKEYLOGFILE is set in a set-user-id process: start it without that variable");
    }
    // Tests hide the library by this name.
    const char *named = secure_getenv("FOOTFALL_LIBCURL");
    int is_named = named && *named;
    void *library = dlopen(is_named ? named : "libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        char first[256];
        const char *text = dlerror();
        snprintf(first, sizeof first, "%s", text ? text : "no reason is given");
        if (is_named || is_passing(first)) return failed_to_open(first);
        library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            const char *second = dlerror();
            // The error of a broken library tells more than that of a missing one.
            int is_second = names_error(first, ENOENT) && second && !names_error(second, ENOENT);
            return failed_to_open(is_second ? second : first);
        }
    }
#define FIND(name)                                                                                                     \
    ftf_curl.name = (__typeof__(name) *)dlsym(library, #name);                                                    \
    if (!ftf_curl.name) {                                                                                         \
        dlclose(library);                                                                                              \
        return fail(FOOTFALL_CURL_UNAVAILABLE, "libcurl is too old, it has no %s: install 7.62 or newer", #name);      \
    }
    FOOTFALL_CURL_FUNCTIONS(FIND)
#undef FIND
    // OPENSSL_INIT_NO_ATEXIT. The function is looked up in libcurl and its dependencies.
    int (*init_crypto)(uint64_t, const void *) = (int (*)(uint64_t, const void *))dlsym(library, "OPENSSL_init_crypto");
    if (init_crypto) init_crypto(0x00080000L, NULL);
    CURLcode begun = ftf_curl.curl_global_init(CURL_GLOBAL_DEFAULT);
    if (begun == CURLE_OK) return FOOTFALL_CURL_LOADED;
    // libcurl stays loaded: a part of its set-up may already point into it.
    return fail(FOOTFALL_CURL_PASSING, "libcurl cannot be set up now (%s)", ftf_curl.curl_easy_strerror(begun));
}

int ftf_curl_load(char *text, size_t size) {
    // In a forked child, a thread of the parent may have held the lock.
    pid_t owner = lock_owner;
    if (owner != 0 && owner != getpid() && atomic_compare_exchange_strong(&lock_owner, &owner, 0)) {
        pthread_mutex_init(&lock, NULL);
    }
    pthread_mutex_lock(&lock);
    lock_owner = getpid();
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    int64_t now = (int64_t)clock.tv_sec * 1000000000 + clock.tv_nsec;
    if (state != FOOTFALL_CURL_LOADED && (tried_at == INT64_MIN || now - tried_at >= pause_nanoseconds)) {
        state = load();
        tried_at = now;
    }
    int result = state;
    if (size) snprintf(text, size, "%s", result == FOOTFALL_CURL_LOADED ? "" : why);
    lock_owner = 0;
    pthread_mutex_unlock(&lock);
    return result;
}
