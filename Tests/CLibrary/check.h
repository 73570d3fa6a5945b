// SPDX-License-Identifier: MIT
// What the programs of this directory share: checks, a directory of their own, and a client.
#ifndef CHECK_H
#define CHECK_H

#define _GNU_SOURCE
#include <footfall.h>

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_long checks_made, checks_failed;

// Counts a check; one that fails is printed and does not end the program.
#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        atomic_fetch_add(&checks_made, 1);                                                                             \
        if (!(condition)) {                                                                                            \
            atomic_fetch_add(&checks_failed, 1);                                                                       \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                                            \
            fprintf(stderr, __VA_ARGS__);                                                                              \
            fprintf(stderr, "\n");                                                                                     \
        }                                                                                                              \
    } while (0)

#define CHECK_STATUS(expected, call)                                                                                   \
    do {                                                                                                               \
        footfall_status status_ = (call);                                                                              \
        CHECK(status_ == (expected), "%s: it is %s, expected %s (%s)", #call, footfall_status_name(status_),           \
              footfall_status_name(expected), footfall_last_error());                                                  \
    } while (0)

static inline int finish(const char *name) {
    printf("%s: %ld checks, %ld failed\n", name, atomic_load(&checks_made), atomic_load(&checks_failed));
    fflush(stdout);
    return atomic_load(&checks_failed) != 0;
}

static inline double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static inline void sleep_ms(long milliseconds) {
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

// A new directory in $SCRATCH, which `run` makes and removes.
static inline const char *scratch(void) {
    static _Thread_local char path[4096];
    const char *parent = getenv("SCRATCH");
    snprintf(path, sizeof path, "%s/store-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(path)) perror("mkdtemp"), exit(70);
    return path;
}

// A client that delivers to a file in its directory, or to nothing. Without sessions, whose markers are events as well.
static inline footfall_client *client_in(const char *directory, const char *file, const footfall_host *given) {
    footfall_host host = {.size = sizeof host};
    if (given) host = *given;
    host.application_id = "com.example.Test";
    host.state_directory = directory;
    char configuration[8192] = "{\"session\": false}";
    if (file) {
        snprintf(configuration, sizeof configuration,
                 "{\"session\": false, \"flushInterval\": \"1s\", \"destinations\": [{\"type\": \"file\", \"path\": \"%s\"}]}", file);
    }
    footfall_client *client = footfall_new(configuration, &host);
    if (!client) fprintf(stderr, "footfall_new: %s\n", footfall_last_error()), exit(70);
    return client;
}

// A number of a JSON text, by its key; 0 when it has none.
static inline int64_t number_in(const char *json, const char *key) {
    char pattern[128];
    snprintf(pattern, sizeof pattern, "\"%s\":", key);
    const char *found = strstr(json, pattern);
    return found ? strtoll(found + strlen(pattern), NULL, 10) : 0;
}

// The sum of the numbers of `dropped` in the counters.
static inline int64_t dropped_in(const char *counters) {
    const char *at = strstr(counters, "\"dropped\":{");
    int64_t sum = 0;
    if (!at) return 0;
    for (at += 11; *at && *at != '}'; at++) {
        if (*at == ':') sum += strtoll(at + 1, NULL, 10);
    }
    return sum;
}

// The resident memory of this process, in KiB, without what malloc keeps free after a load: how much that is, is chance.
static inline long resident_kib(void) {
    malloc_trim(0);
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

#endif
