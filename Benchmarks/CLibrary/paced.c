// SPDX-License-Identifier: MIT
// A track of ten properties and a write(2) of as many bytes, in turn, one each millisecond. Prints microseconds.
#define _GNU_SOURCE
#include <footfall.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { times = 4000 };

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    if (count < 2) return 64;
    footfall_host host = {.size = sizeof host};
    host.application_id = "com.example.Bench", host.state_directory = arguments[1];
    footfall_client *client = footfall_new("{}", &host);
    char path[4096], record[500] = {0};
    snprintf(path, sizeof path, "%s/plain", arguments[1]);
    int file = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (!client || file < 0) return 70;
    footfall_property properties[11];
    for (int i = 0; i < 10; i++) properties[i] = footfall_text("property", "a value of some length");
    const char *names[] = {"zone", "line", "total", "currency", "seats", "method", "locale", "screen", "step", "printed"};
    for (int i = 0; i < 10; i++) properties[i].name = names[i];
    properties[2] = footfall_number("total", 59.90);
    properties[4] = footfall_integer("seats", 2);
    properties[9] = footfall_boolean("printed", true);
    properties[10] = footfall_end();
    static double track[times], plain[times];
    for (int i = 0; i < times; i++) {
        struct timespec pause = {0, 500000};
        nanosleep(&pause, NULL);
        double begin = now_us();
        if (write(file, record, sizeof record) < 0) return 70;
        plain[i] = now_us() - begin;
        nanosleep(&pause, NULL);
        begin = now_us();
        if (footfall_track(client, "Ticket Sold", properties, NULL) != FOOTFALL_OK) return 70;
        track[i] = now_us() - begin;
    }
    qsort(track, times, sizeof *track, compare);
    qsort(plain, times, sizeof *plain, compare);
    printf("%.1f %.1f %.1f %.1f\n", track[times / 2], track[times * 99 / 100], plain[times / 2], plain[times * 99 / 100]);
    footfall_close(client, 5000);
    footfall_free(client);
    return 0;
}
