// SPDX-License-Identifier: MIT
// What a close promises: it is in time, no callback begins afterwards, release is called once, later calls are counted.
#include "check.h"

static atomic_int executed, running, after_close, closed;

static int32_t slow(void *user, footfall_event *event) {
    (void)user, (void)event;
    atomic_fetch_add(&running, 1);
    if (atomic_load(&closed)) atomic_fetch_add(&after_close, 1);
    sleep_ms(20);
    atomic_fetch_add(&executed, 1);
    atomic_fetch_sub(&running, 1);
    return FOOTFALL_EXECUTE_KEEP;
}

static void notice(void *user) {
    (void)user;
    if (atomic_load(&closed)) atomic_fetch_add(&after_close, 1);
}

static void release(void *user) { atomic_fetch_add((atomic_int *)user, 1); }

static void on_error(void *user, const char *code, const char *message) {
    (void)user;
    if (atomic_load(&closed)) {
        atomic_fetch_add(&after_close, 1);
        fprintf(stderr, "after the close: %s %s\n", code, message);
    }
}

static int32_t deliver(void *user, footfall_batch *batch, int32_t attempt) {
    (void)user, (void)batch, (void)attempt;
    if (atomic_load(&closed)) atomic_fetch_add(&after_close, 1);
    return FOOTFALL_DELIVERY_RETRY;
}

static atomic_int host_released, plugin_released, destination_released;

static footfall_client *client_with_slow_plugin(const char *directory) {
    footfall_host host = {.size = sizeof host};
    host.on_error = on_error, host.release = release, host.user = &host_released;
    footfall_client *client = client_in(directory, NULL, &host);
    footfall_plugin plugin = {.size = sizeof plugin};
    plugin.name = "slow", plugin.stage = FOOTFALL_STAGE_ENRICHMENT, plugin.execute = slow;
    plugin.flush = notice, plugin.reset = notice, plugin.release = release, plugin.user = &plugin_released;
    CHECK(footfall_add_plugin(client, &plugin), "%s", footfall_last_error());
    footfall_destination destination = {.size = sizeof destination};
    destination.name = "never", destination.deliver = deliver, destination.release = release;
    destination.user = &destination_released;
    CHECK(footfall_add_destination(client, &destination), "%s", footfall_last_error());
    return client;
}

static void closes_in_time(void) {
    const char *directory = scratch();
    footfall_client *client = client_with_slow_plugin(directory);
    for (int i = 0; i < 100; i++) CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "queued", NULL, NULL));
    footfall_flush(client);
    double begin = now_ms();
    CHECK_STATUS(FOOTFALL_TIMEOUT, footfall_close(client, 100));
    double took = now_ms() - begin;
    atomic_store(&closed, 1);
    // Under valgrind everything takes ten times as long.
    CHECK(took < 150 || getenv("UNDER"), "the close took %.1f ms", took);
    CHECK(atomic_load(&running) == 0, "a callback runs after the close");
    int seen = atomic_load(&executed);
    CHECK(seen > 0 || getenv("UNDER"), "the plugin was not called before the close");
    CHECK(atomic_load(&host_released) == 1, "%d", atomic_load(&host_released));
    CHECK(atomic_load(&plugin_released) == 1, "%d", atomic_load(&plugin_released));
    CHECK(atomic_load(&destination_released) == 1, "%d", atomic_load(&destination_released));

    char counters[4096];
    for (int i = 0; i < 10; i++) CHECK_STATUS(FOOTFALL_CLOSED, footfall_track(client, "late", NULL, NULL));
    footfall_get(client, FOOTFALL_COUNTERS, counters, sizeof counters);
    CHECK(number_in(counters, "closed") == 10, "%s", counters);
    sleep_ms(300);
    CHECK(atomic_load(&executed) == seen, "%d calls of the plugin after the close", atomic_load(&executed) - seen);
    CHECK(atomic_load(&after_close) == 0, "%d callbacks after the close", atomic_load(&after_close));
    footfall_free(client);
    CHECK(atomic_load(&plugin_released) == 1 && atomic_load(&host_released) == 1, "released again");
    printf("close(100) took %.1f ms with %d of 100 events seen\n", took, seen);

    // The next start has what the first one did not store.
    atomic_store(&closed, 0);
    atomic_store(&executed, 0);
    client = client_in(directory, NULL, NULL);
    footfall_track(client, "next", NULL, NULL);
    footfall_flush_wait(client, 20000, NULL);
    char status[16384];
    footfall_get(client, FOOTFALL_STATUS, status, sizeof status);
    CHECK(number_in(strstr(status, "\"counters\""), "stored") == 101, "%s", status);
    footfall_close(client, 5000), footfall_free(client);
}

static void *track_until_closed(void *client) {
    long calls = 0;
    while (footfall_track(client, "x", NULL, NULL) == FOOTFALL_OK) calls++;
    return (void *)calls;
}

static void closes_amid_calls(void) {
    atomic_store(&closed, 0), atomic_store(&plugin_released, 0);
    footfall_client *client = client_with_slow_plugin(scratch());
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, track_until_closed, client);
    sleep_ms(50);
    footfall_close(client, 0);
    atomic_store(&closed, 1);
    CHECK(atomic_load(&running) == 0, "a callback runs after the close");
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK(atomic_load(&plugin_released) == 1, "%d", atomic_load(&plugin_released));
    footfall_free(client);
    CHECK(atomic_load(&after_close) == 0, "%d callbacks after the close", atomic_load(&after_close));
    CHECK(atomic_load(&plugin_released) == 1, "%d", atomic_load(&plugin_released));
}

static void releases_what_is_removed(void) {
    atomic_store(&closed, 0), atomic_store(&plugin_released, 0);
    footfall_client *client = client_in(scratch(), NULL, NULL);
    footfall_plugin plugin = {.size = sizeof plugin};
    plugin.execute = slow, plugin.release = release, plugin.user = &plugin_released;
    uint64_t id = footfall_add_plugin(client, &plugin);
    footfall_track(client, "x", NULL, NULL);
    footfall_remove(client, id);
    footfall_flush_wait(client, 5000, NULL);
    for (int i = 0; i < 500 && !atomic_load(&plugin_released); i++) sleep_ms(10);
    CHECK(atomic_load(&plugin_released) == 1, "%d", atomic_load(&plugin_released));
    footfall_remove(client, id);
    footfall_close(client, 5000);
    footfall_free(client);
    CHECK(atomic_load(&plugin_released) == 1, "%d", atomic_load(&plugin_released));
}

static atomic_int entered, may_return;

static void wait_for_ever(void) {
    atomic_fetch_add(&entered, 1);
    while (!atomic_load(&may_return)) sleep_ms(1);
}

static int32_t never_keep(void *user, footfall_event *event) {
    (void)user, (void)event;
    wait_for_ever();
    return FOOTFALL_EXECUTE_KEEP;
}

static int32_t never_deliver(void *user, footfall_batch *batch, int32_t attempt) {
    (void)user, (void)batch, (void)attempt;
    wait_for_ever();
    return FOOTFALL_DELIVERY_RETRY;
}

// A plugin or a destination that does not return: a close ends in time all the same, and the client can be freed.
static void closes_beside_a_callback_that_does_not_return(bool is_plugin, int32_t timeout) {
    atomic_store(&entered, 0), atomic_store(&may_return, 0), atomic_store(&plugin_released, 0);
    footfall_client *client = client_in(scratch(), NULL, NULL);
    if (is_plugin) {
        footfall_plugin plugin = {.size = sizeof plugin};
        plugin.execute = never_keep, plugin.release = release, plugin.user = &plugin_released;
        CHECK(footfall_add_plugin(client, &plugin), "%s", footfall_last_error());
    } else {
        footfall_destination destination = {.size = sizeof destination};
        destination.name = "never", destination.deliver = never_deliver, destination.release = release;
        destination.user = &plugin_released;
        CHECK(footfall_add_destination(client, &destination), "%s", footfall_last_error());
    }
    footfall_track(client, "x", NULL, NULL);
    footfall_flush(client);
    for (int i = 0; i < 2000 && !atomic_load(&entered); i++) sleep_ms(10);
    CHECK(atomic_load(&entered) == 1, "the callback was called %d times", atomic_load(&entered));
    double begin = now_ms();
    if (timeout < 0) {
        footfall_free(client);
    } else {
        CHECK_STATUS(FOOTFALL_TIMEOUT, footfall_close(client, timeout));
        CHECK(strstr(footfall_last_error(), "has not returned"), "%s", footfall_last_error());
        CHECK_STATUS(FOOTFALL_CLOSED, footfall_track(client, "late", NULL, NULL));
        footfall_free(client);
    }
    double took = now_ms() - begin, allowed = (timeout < 50 ? 50 : timeout) + 100;
    CHECK(took < allowed || getenv("UNDER"), "the end took %.1f ms, the timeout is %d", took, timeout);
    CHECK(atomic_load(&plugin_released) == 0, "released while the callback runs");
    atomic_store(&may_return, 1);
    for (int i = 0; i < 2000 && !atomic_load(&plugin_released); i++) sleep_ms(5);
    CHECK(atomic_load(&plugin_released) == 1, "%d", atomic_load(&plugin_released));
}

int main(void) {
    closes_in_time();
    closes_amid_calls();
    releases_what_is_removed();
    int32_t timeouts[] = {200, 0, -1};
    for (int i = 0; i < 3; i++) {
        closes_beside_a_callback_that_does_not_return(true, timeouts[i]);
        closes_beside_a_callback_that_does_not_return(false, timeouts[i]);
    }
    return finish("closing");
}
