/* SPDX-License-Identifier: MIT */
/* Prints what a program with Footfall has after each step: threads, memory, descriptors, signal handlers.
 *
 *     footprint CONFIGURATION [EVENTS]
 */
#include <footfall.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void show_status(const char *key) {
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) != 0) continue;
        line[strcspn(line, "\n")] = 0;
        printf("\t%s", line + strcspn(line, "\t") + 1);
    }
    if (file != NULL) fclose(file);
}

/* One line: the step, threads, memory, handled signals, descriptors. */
static void show(const char *step) {
    printf("%s", step);
    show_status("Threads:");
    show_status("VmRSS:");
    show_status("SigCgt:");
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char path[300];
        char target[256];
        if (atoi(entry->d_name) <= 2 || atoi(entry->d_name) == dirfd(directory)) continue;
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        printf("\t%s", target);
    }
    if (directory != NULL) closedir(directory);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    int events = argc > 2 ? atoi(argv[2]) : 1;
    show("start");
    footfall_client *client = footfall_new_from_file(argv[1], NULL);
    if (client == NULL) {
        fprintf(stderr, "%s\n", footfall_last_error());
        return 1;
    }
    show("new");
    for (int index = 0; index < events; index++) {
        footfall_track(client, "Ticket Sold",
                       FOOTFALL_PROPERTIES(footfall_integer("index", index), footfall_number("total", 59.9)), NULL);
    }
    show("track");
    footfall_flush_wait(client, 30000, NULL);
    show("delivered");
    footfall_close(client, 5000);
    show("closed");
    footfall_free(client);
    show("freed");
    return 0;
}
