// SPDX-License-Identifier: MIT
// What calls say near the end of a client, and where nothing can be stored.
#include "check.h"

static footfall_client *client;
static atomic_int released, handled;

// Nothing can be stored below a file: events are in memory only.
static void nowhere(void) {
    footfall_host host = {.size = sizeof host};
    host.application_id = "com.example.Nowhere";
    host.state_directory = "/dev/null/footfall";
    footfall_client *nowhere = footfall_new("{\"session\": false}", &host);
    CHECK(nowhere, "%s", footfall_last_error());
    footfall_options options = {.size = sizeof options};
    options.durability = FOOTFALL_DURABILITY_IMMEDIATE;
    CHECK_STATUS(FOOTFALL_OK, footfall_track(nowhere, "Kept while the process lives", NULL, NULL));
    CHECK_STATUS(FOOTFALL_UNAVAILABLE, footfall_track(nowhere, "On no disk", NULL, &options));
    CHECK_STATUS(FOOTFALL_UNAVAILABLE, footfall_close(nowhere, 2000));
    footfall_free(nowhere);
}

static int32_t keep(void *user, footfall_event *event) {
    (void)user, (void)event;
    return FOOTFALL_EXECUTE_KEEP;
}

static void release(void *user) {
    (void)user;
    CHECK_STATUS(FOOTFALL_WOULD_DEADLOCK, footfall_flush_wait(client, 1000, NULL));
    CHECK_STATUS(FOOTFALL_WOULD_DEADLOCK, footfall_close(client, 1000));
    atomic_fetch_add(&released, 1);
}

// `release` is a callback as well.
static void releasing(void) {
    footfall_plugin plugin = {.size = sizeof plugin};
    plugin.execute = keep, plugin.release = release;
    uint64_t id = footfall_add_plugin(client, &plugin);
    CHECK(id, "%s", footfall_last_error());
    footfall_remove(client, id);
    footfall_flush_wait(client, 5000, NULL);
    for (int i = 0; i < 1000 && !atomic_load(&released); i++) sleep_ms(5);
    CHECK(atomic_load(&released) == 1, "%d", atomic_load(&released));
    CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "Goes on", NULL, NULL));
}

static void *track_for_ever(void *began) {
    for (;;) {
        footfall_track(client, "Cancelled", NULL, NULL);
        atomic_store((atomic_int *)began, 1);
        pthread_testcancel();
    }
    return NULL;
}

// A thread that is cancelled in a call keeps no lock.
static void cancelled(void) {
    for (int round = 0; round < 20; round++) {
        atomic_int began = 0;
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, track_for_ever, &began) == 0, "no thread");
        while (!atomic_load(&began)) sleep_ms(1);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "Goes on", NULL, NULL));
    }
}

static int32_t block(void *user, footfall_batch *batch, int32_t attempt) {
    (void)batch, (void)attempt;
    while (!atomic_load((atomic_int *)user)) sleep_ms(5);
    return FOOTFALL_DELIVERY_ACCEPTED;
}

// A flush that the uploader does not answer ran out of time; the client is not closed.
static void blocked(void) {
    static atomic_int goes_on;
    footfall_destination destination = {.size = sizeof destination};
    destination.name = "blocks", destination.deliver = block, destination.user = &goes_on;
    CHECK(footfall_add_destination(client, &destination), "%s", footfall_last_error());
    CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "Waits", NULL, NULL));
    CHECK_STATUS(FOOTFALL_TIMEOUT, footfall_flush_wait(client, 300, NULL));
    atomic_store(&goes_on, 1);
    CHECK_STATUS(FOOTFALL_OK, footfall_flush_wait(client, 20000, NULL));
}

static void note(int signal) { (void)signal, atomic_fetch_add(&handled, 1); }

// The handlers are there when the call returns, and the program's own comes afterwards.
static void signalled(void) {
    struct sigaction own = {.sa_handler = note}, now;
    sigaction(SIGTERM, &own, NULL);
    footfall_handle_signals(client, true);
    sigaction(SIGTERM, NULL, &now);
    CHECK(now.sa_handler != note, "the handler is not installed");
    kill(getpid(), SIGTERM);
    for (int i = 0; i < 2000 && !atomic_load(&handled); i++) sleep_ms(5);
    CHECK(atomic_load(&handled) == 1, "%d", atomic_load(&handled));
}

static int32_t accept_all(void *user, footfall_batch *batch, int32_t attempt) {
    (void)attempt;
    atomic_fetch_add((atomic_long *)user, (long)footfall_batch_count(batch));
    return FOOTFALL_DELIVERY_ACCEPTED;
}

// What a destination accepted is not offered again at the next start. Each process ends right after its close.
static void once(void) {
    enum { rounds = 20, events = 20 };
    const char *directory = scratch();
    long offered = 0;
    for (int round = 0; round < 2 * rounds; round++) {
        int ends[2];
        if (pipe(ends) != 0) perror("pipe"), exit(70);
        pid_t child = fork();
        if (child == 0) {
            atomic_long accepted = 0;
            footfall_client *own = client_in(directory, NULL, NULL);
            footfall_destination destination = {.size = sizeof destination};
            destination.name = "once", destination.deliver = accept_all, destination.user = &accepted;
            footfall_add_destination(own, &destination);
            for (int i = 0; round % 2 == 0 && i < events; i++) footfall_track(own, "Once", NULL, NULL);
            footfall_flush(own);
            for (int i = 0; round % 2 == 0 && i < 2000 && !atomic_load(&accepted); i++) sleep_ms(1);
            if (round % 2 == 1) footfall_flush_wait(own, 10000, NULL);
            footfall_close(own, 10000);
            long count = atomic_load(&accepted);
            if (write(ends[1], &count, sizeof count) != sizeof count) _exit(1);
            _exit(0);
        }
        close(ends[1]);
        long count = 0;
        CHECK(read(ends[0], &count, sizeof count) == sizeof count, "the child said nothing");
        close(ends[0]);
        waitpid(child, NULL, 0);
        offered += count;
    }
    CHECK(offered == rounds * events, "%ld events were offered, %d were called", offered, rounds * events);
}

int main(void) {
    once();
    nowhere();
    client = client_in(scratch(), NULL, NULL);
    releasing();
    cancelled();
    blocked();
    signalled();
    CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 10000));
    footfall_free(client);
    return finish("endings");
}
