// SPDX-License-Identifier: MIT
// Many threads, and many events: load THREADS EVENTS PACED. The paced events are delivered to a file while they come.
#include "check.h"

static footfall_client *client;
static long each;

static void *track_all(void *unused) {
    (void)unused;
    for (long i = 0; i < each; i++) {
        footfall_property properties[] = {footfall_integer("i", i), footfall_text("zone", "A"), footfall_end()};
        if (footfall_track(client, "Ticket Sold", properties, NULL) != FOOTFALL_OK) CHECK(0, "%s", footfall_last_error());
    }
    return NULL;
}

static void counts_are_exact(int threads) {
    client = client_in(scratch(), NULL, NULL);
    pthread_t list[256];
    double begin = now_ms();
    for (int i = 0; i < threads; i++) pthread_create(&list[i], NULL, track_all, NULL);
    for (int i = 0; i < threads; i++) pthread_join(list[i], NULL);
    double took = now_ms() - begin;
    footfall_flush_wait(client, 60000, NULL);
    char counters[4096];
    footfall_get(client, FOOTFALL_COUNTERS, counters, sizeof counters);
    int64_t stored = number_in(counters, "stored"), dropped = dropped_in(counters), calls = (int64_t)threads * each;
    // An event that was stored and then made room for others counts as both.
    dropped -= number_in(counters, "evicted");
    CHECK(stored + dropped == calls, "%" PRId64 " calls: %s", calls, counters);
    CHECK(stored > 0, "%s", counters);
    printf("%d threads x %ld: %" PRId64 " stored + %" PRId64 " dropped, %.2f us a call, RSS %ld KiB\n", threads, each, stored,
           dropped, took * 1e3 / (double)calls, resident_kib());
    CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 60000));
    footfall_free(client);
}

// The lines of a file.
static long lines(const char *path) {
    FILE *file = fopen(path, "r");
    char buffer[65536];
    long count = 0;
    size_t got;
    while (file && (got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        for (size_t i = 0; i < got; i++) count += buffer[i] == '\n';
    }
    if (file) fclose(file);
    return count;
}

static void nothing_is_lost(long events) {
    char file[4200], counters[4096];
    const char *directory = scratch();
    snprintf(file, sizeof file, "%s/events.ndjson", directory);
    footfall_host host = {.size = sizeof host};
    client = client_in(directory, file, &host);
    long tenth = 0;
    double begin = now_ms();
    for (long i = 0; i < events; i++) {
        footfall_property properties[] = {footfall_integer("i", i), footfall_number("total", 59.90), footfall_end()};
        CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "Ticket Sold", properties, NULL));
        // About as fast as the store and the file take them, so that neither becomes full.
        if (i % 100 == 99) sleep_ms(4);
        // Both are measured when nothing waits: how much does is a matter of the machine.
        if (i == events / 10) footfall_flush_wait(client, 30000, NULL), tenth = resident_kib();
    }
    footfall_flush_report report = {.size = sizeof report};
    for (int i = 0; i < 20; i++) {
        if (footfall_flush_wait(client, 30000, &report) == FOOTFALL_OK) break;
    }
    long end = resident_kib();
    footfall_get(client, FOOTFALL_COUNTERS, counters, sizeof counters);
    CHECK(number_in(counters, "stored") == events, "%s", counters);
    CHECK(dropped_in(counters) == 0, "%s", counters);
    CHECK(end <= tenth + 2048, "RSS was %ld KiB after a tenth, and is %ld", tenth, end);
    CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 60000));
    footfall_free(client);
    // The file is changed for a new one when it is full.
    char command[8600];
    snprintf(command, sizeof command, "cat %s* | grep -o '\"messageId\":\"[^\"]*\"' | sort -u | wc -l", file);
    FILE *pipe = popen(command, "r");
    long unique = 0;
    if (!pipe || fscanf(pipe, "%ld", &unique) != 1) unique = -1;
    if (pipe) pclose(pipe);
    CHECK(unique == events, "%ld of %ld are in the file, in %ld lines", unique, events, lines(file));
    printf("%ld paced: %ld delivered, RSS %ld KiB after a tenth, %ld at the end, %.1f s\n", events, unique, tenth, end,
           (now_ms() - begin) / 1e3);
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : 64;
    each = count > 2 ? atol(arguments[2]) : 16000;
    long paced = count > 3 ? atol(arguments[3]) : 100000;
    if (threads > 256) return 64;
    if (paced) nothing_is_lost(paced);
    if (threads) counts_are_exact(threads);
    return finish("load");
}
