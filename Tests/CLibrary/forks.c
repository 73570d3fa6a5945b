// SPDX-License-Identifier: MIT
// 30 forks, with ten events on both sides of each: every event is delivered once. The longest fork is printed.
#include "check.h"

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void) {
    char file[4200], command[8600];
    const char *directory = scratch();
    snprintf(file, sizeof file, "%s/events.ndjson", directory);
    footfall_client *client = client_in(directory, file, NULL);
    double took[30];
    for (int round = 0; round < 30; round++) {
        fflush(NULL);
        double begin = now_ms();
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < 10; i++) {
                footfall_property properties[] = {footfall_integer("n", round * 100 + 50 + i), footfall_end()};
                CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "child", properties, NULL));
            }
            footfall_close(client, 5000);
            _exit(atomic_load(&checks_failed) != 0);
        }
        took[round] = now_ms() - begin;
        for (int i = 0; i < 10; i++) {
            footfall_property properties[] = {footfall_integer("n", round * 100 + i), footfall_end()};
            CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "parent", properties, NULL));
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(status == 0, "a child ended with %d", status);
    }
    CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 10000));
    footfall_free(client);
    // A child that was forked amid a transaction leaves its events in its spool, for the next start.
    client = client_in(directory, file, NULL);
    footfall_track(client, "last", NULL, NULL);
    for (int i = 0; i < 10 && footfall_flush_wait(client, 10000, NULL) != FOOTFALL_OK; i++) sleep_ms(100);
    footfall_close(client, 10000), footfall_free(client);
    snprintf(command, sizeof command, "cat %s* | grep -o '\"n\":[0-9]*' | sort | uniq -c | awk '{n++; if ($1 > 1) d++} END {print n + 0, d + 0}'", file);
    FILE *pipe = popen(command, "r");
    int once = 0, doubled = 0;
    if (!pipe || fscanf(pipe, "%d %d", &once, &doubled) != 2) once = -1;
    if (pipe) pclose(pipe);
    CHECK(once == 600, "%d of 600 arrived", once);
    CHECK(doubled == 0, "%d arrived twice", doubled);
    qsort(took, 30, sizeof *took, compare);
    // Decision 0010: fork waits 50 ms for each of two threads, and 250 ms for calls.
    CHECK(took[29] < 350 || getenv("UNDER"), "a fork took %.1f ms", took[29]);
    printf("fork: median %.2f ms, longest %.2f ms; %d events once, %d twice\n", took[15], took[29], once, doubled);
    return finish("forks");
}
