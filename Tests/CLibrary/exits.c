// SPDX-License-Identifier: MIT
// Ends of a process amid delivery: exits WAY DIRECTORY ADDRESS is one of them; `run` starts many.
//
// return: from main. exit: with handlers. thread: exit() on a thread, while others record. close: after a close.
// abandoned: a client without a close, with a plugin that runs. blocked: with a plugin that does not return.
#include "check.h"

static footfall_client *client;

static int32_t touch(void *user, footfall_event *event) {
    (void)event;
    ++*(volatile long *)user;
    return FOOTFALL_EXECUTE_KEEP;
}

static int32_t block(void *user, footfall_event *event) {
    (void)user, (void)event;
    for (;;) pause();
    return FOOTFALL_EXECUTE_KEEP;
}

static void *go_on(void *unused) {
    (void)unused;
    for (;;) footfall_track(client, "late", NULL, NULL), sleep_ms(1);
    return NULL;
}

static void *leave(void *unused) {
    (void)unused;
    exit(0);
}

int main(int count, char **arguments) {
    if (count < 4) return 64;
    const char *way = arguments[1];
    char configuration[4096];
    snprintf(configuration, sizeof configuration,
             "{\"flushAt\": 1, \"writeKey\": \"k\", \"destinations\": [{\"type\": \"webhook\", \"endpoint\": \"%s\", "
             "\"allowInsecure\": true}]}", arguments[3]);
    footfall_host host = {.size = sizeof host};
    host.application_id = "com.example.Exits", host.state_directory = arguments[2];
    // `none` is the program itself, for comparison.
    if (!strcmp(way, "none")) return 0;
    client = footfall_new(configuration, &host);
    if (!client) fprintf(stderr, "%s\n", footfall_last_error());
    if (!client) return 70;
    static long touched;
    if (!strcmp(way, "abandoned") || !strcmp(way, "blocked")) {
        footfall_plugin plugin = {.size = sizeof plugin};
        plugin.execute = strcmp(way, "blocked") ? touch : block, plugin.user = &touched;
        footfall_add_plugin(client, &plugin);
    }
    for (int i = 0; i < 20; i++) footfall_track(client, "x", NULL, NULL);
    footfall_flush(client);
    // The end comes at another moment of the delivery each time.
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    sleep_ms(now.tv_nsec / 1000 % 12);
    if (count > 4) printf("%.3f\n", now_ms()), fflush(stdout);
    if (!strcmp(way, "return") || !strcmp(way, "abandoned") || !strcmp(way, "blocked")) return 0;
    if (!strcmp(way, "exit")) exit(0);
    if (!strcmp(way, "close")) {
        footfall_close(client, 2000);
        footfall_free(client);
        return 0;
    }
    pthread_t threads[3];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, go_on, NULL);
    pthread_create(&threads[2], NULL, leave, NULL);
    pause();
    return 70;
}
