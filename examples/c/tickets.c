/* SPDX-License-Identifier: MIT */
/* A ticket counter in a terminal. Each line that it reads sells tickets: "adult 2" or "child". An empty line is the
 * next customer, and the end of the input closes the counter.
 *
 *     footfall collect &
 *     make && ./tickets footfall.json
 */
#include <footfall.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { line_size = 128 };

/* Called on a thread of the library. stdio locks its streams, so this is allowed; most toolkits are not as kind. */
static void report(void *user, const char *code, const char *message) {
    (void)user;
    fprintf(stderr, "tickets: analytics: %s: %s\n", code, message);
}

static double price(const char *kind) {
    if (strcmp(kind, "adult") == 0) return 12.5;
    if (strcmp(kind, "child") == 0) return 6.0;
    return -1;
}

/* Sells what a line asks for, and returns the number of tickets. */
static int sell(footfall_client *analytics, const char *line) {
    char kind[line_size];
    int count = 1;
    if (sscanf(line, "%127s %d", kind, &count) < 1) return 0;
    if (count < 1 || count > 100 || price(kind) < 0) {
        footfall_track(analytics, "Sale Refused", FOOTFALL_PROPERTIES(footfall_text("kind", kind)), NULL);
        fprintf(stderr, "tickets: write \"adult\" or \"child\" and a number up to 100\n");
        return 0;
    }
    footfall_track(analytics, "Tickets Sold",
                   FOOTFALL_PROPERTIES(footfall_text("kind", kind), footfall_integer("count", count),
                                       footfall_number("total", count * price(kind)), footfall_boolean("cash", true)),
                   NULL);
    printf("%d %s: %.2f\n", count, kind, count * price(kind));
    return count;
}

int main(int argc, char **argv) {
    footfall_host host = {.size = sizeof host, .on_error = report};
    footfall_client *analytics = footfall_new_from_file(argc > 1 ? argv[1] : "footfall.json", &host);
    if (analytics == NULL) {
        /* The counter works without analytics: with NULL, every call below does nothing. */
        fprintf(stderr, "tickets: no analytics: %s\n", footfall_last_error());
    }
    /* SIGTERM and Ctrl-C end the program as always, but its events are stored first. */
    footfall_handle_signals(analytics, true);

    char line[line_size];
    int sold = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (line[0] == '\n') {
            footfall_reset(analytics); /* the next customer is another user */
        } else {
            sold += sell(analytics, line);
        }
    }
    footfall_track(analytics, "Counter Closed", FOOTFALL_PROPERTIES(footfall_integer("sold", sold)), NULL);

    /* Deliver what can be delivered now; the rest waits in the store for the next start. */
    footfall_flush_report report_of_flush = {.size = sizeof report_of_flush};
    if (footfall_flush_wait(analytics, 5000, &report_of_flush) == FOOTFALL_TIMEOUT) {
        fprintf(stderr, "tickets: %lld events wait for a network\n", (long long)report_of_flush.queued);
    }
    footfall_close(analytics, 2000);
    footfall_free(analytics);
    return 0;
}
