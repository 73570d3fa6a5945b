// SPDX-License-Identifier: MIT
// Two copies of the library in one process, on one store: copies DIRECTORY EVENTS LIBRARY LIBRARY.
// A line of the store's file has "copy" and "n". What on_error of a copy is told is printed.
#include "check.h"

#include <dlfcn.h>

typedef struct {
    footfall_client *client;
    __typeof__(&footfall_track) track;
    __typeof__(&footfall_flush_wait) flush_wait;
    __typeof__(&footfall_close) close;
    int number, events;
} copy;

static void on_error(void *user, const char *code, const char *message) {
    printf("error %d %s %s\n", ((copy *)user)->number, code, message);
    fflush(stdout);
}

static void *record(void *user) {
    copy *self = user;
    for (int i = 0; i < self->events; i++) {
        footfall_property properties[] = {footfall_integer("copy", self->number), footfall_integer("n", i), footfall_end()};
        CHECK(self->track(self->client, "x", properties, NULL) == FOOTFALL_OK, "copy %d", self->number);
        if (i % 10 == 9) sleep_ms(2);
    }
    for (int i = 0; i < 5 && self->flush_wait(self->client, 10000, NULL) != FOOTFALL_OK; i++) sleep_ms(50);
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 5) return 64;
    static copy copies[2];
    char configuration[8192];
    snprintf(configuration, sizeof configuration,
             "{\"destinations\": [{\"type\": \"file\", \"path\": \"%s/events.ndjson\"}]}", arguments[1]);
    for (int i = 0; i < 2; i++) {
        void *library = dlopen(arguments[3 + i], RTLD_NOW | RTLD_LOCAL);
        if (!library) fprintf(stderr, "%s\n", dlerror());
        if (!library) return 70;
        copies[i].number = i, copies[i].events = atoi(arguments[2]);
        copies[i].track = (__typeof__(&footfall_track))dlsym(library, "footfall_track");
        copies[i].flush_wait = (__typeof__(&footfall_flush_wait))dlsym(library, "footfall_flush_wait");
        copies[i].close = (__typeof__(&footfall_close))dlsym(library, "footfall_close");
        footfall_host host = {.size = sizeof host};
        host.application_id = "com.example.Copies", host.state_directory = arguments[1];
        host.on_error = on_error, host.user = &copies[i];
        copies[i].client = ((__typeof__(&footfall_new))dlsym(library, "footfall_new"))(configuration, &host);
        if (!copies[i].client) return 70;
        // The first has its store before the second comes.
        if (i == 0) copies[0].track(copies[0].client, "first", NULL, NULL), copies[0].flush_wait(copies[0].client, 5000, NULL);
    }
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, record, &copies[i]);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) copies[i].close(copies[i].client, 10000);
    return atomic_load(&checks_failed) != 0;
}
