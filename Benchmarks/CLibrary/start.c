// SPDX-License-Identifier: MIT
// Prints what a start costs: start nothing|library|new|track DIRECTORY. The caller measures until the line comes.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef WITH_LIBRARY
#include <footfall.h>
#endif

int main(int count, char **arguments) {
    if (count < 3) return 64;
#ifdef WITH_LIBRARY
    const char *until = arguments[1];
    footfall_client *client = NULL;
    if (strcmp(until, "library") != 0) {
        footfall_host host = {.size = sizeof host};
        host.application_id = "com.example.Bench", host.state_directory = arguments[2];
        client = footfall_new("{}", &host);
        if (!client) return 70;
    }
    if (!strcmp(until, "track")) {
        if (footfall_track(client, "Start", FOOTFALL_PROPERTIES(footfall_integer("n", 1)), NULL) != FOOTFALL_OK) return 70;
    }
    if (!strcmp(until, "rss")) {
        footfall_track(client, "Start", NULL, NULL);
        footfall_flush_wait(client, 5000, NULL);
        long pages = 0, resident = 0;
        FILE *file = fopen("/proc/self/statm", "r");
        if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2) return 70;
        printf("%ld ", resident * (sysconf(_SC_PAGESIZE) / 1024));
    }
#endif
    puts("ready");
    fflush(stdout);
    // What an end costs is not what is measured.
    _exit(0);
}
