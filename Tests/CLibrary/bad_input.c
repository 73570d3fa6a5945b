// SPDX-License-Identifier: MIT
// Every function with every input that it cannot use, from every place that a program may call it from.
#include "check.h"

static char long_text[40 * 1024 + 1];
static footfall_property endless[1001], thousand[1001];
static const char bad_utf8[] = {'a', (char)0xFF, 'b', 0};
static const char nan_text[] = "{\"a\": NaN}";

// A sanitizer's build is not optimised, and its frames are ten times as large.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { small_stack = 1024 * 1024 };
#else
enum { small_stack = 64 * 1024 };
#endif
#else
enum { small_stack = 64 * 1024 };
#endif

enum place { MAIN, CALLBACK, CLOSED, CHILD, THREAD, SMALL_STACK };

// What a call gives that is refused, and one that is taken.
static footfall_status refused(enum place place) { return place == CLOSED ? FOOTFALL_CLOSED : FOOTFALL_INVALID; }
static footfall_status taken(enum place place) { return place == CLOSED ? FOOTFALL_CLOSED : FOOTFALL_OK; }

typedef footfall_status (*with_properties)(footfall_client *, const char *, const footfall_property *,
                                           const footfall_options *);
static footfall_status screen(footfall_client *c, const char *n, const footfall_property *p, const footfall_options *o) {
    return footfall_screen(c, n, "category", p, o);
}
static footfall_status screen_category(footfall_client *c, const char *n, const footfall_property *p, const footfall_options *o) {
    return footfall_screen(c, "name", n, p, o);
}
static footfall_status page(footfall_client *c, const char *n, const footfall_property *p, const footfall_options *o) {
    return footfall_page(c, n, "category", p, o);
}
static footfall_status page_category(footfall_client *c, const char *n, const footfall_property *p, const footfall_options *o) {
    return footfall_page(c, "name", n, p, o);
}
static footfall_status alias(footfall_client *c, const char *n, const footfall_property *p, const footfall_options *o) {
    (void)p;
    return footfall_alias(c, n, NULL, o);
}
static footfall_status alias_previous(footfall_client *c, const char *n, const footfall_property *p, const footfall_options *o) {
    (void)p;
    return footfall_alias(c, "new", n, o);
}

static const struct {
    const char *name;
    with_properties call;
    bool needs_text, reads_properties;
} recorders[] = {
    {"track", footfall_track, true, true},     {"identify", footfall_identify, false, true},
    {"screen", screen, false, true},           {"screen category", screen_category, false, true},
    {"page", page, false, true},               {"page category", page_category, false, true},
    {"group", footfall_group, true, true},     {"alias", alias, true, false},
    {"alias previous", alias_previous, false, false},
};

static void options(footfall_client *client, enum place place, with_properties call) {
    footfall_options good = {.size = sizeof good}, bad = good;
    char large[sizeof good + 64];
    CHECK_STATUS(taken(place), call(client, "name", NULL, &good));
    bad.size = 0;
    CHECK_STATUS(refused(place), call(client, "name", NULL, &bad));
    memset(large, 0x5A, sizeof large);
    good.size = sizeof large;
    memcpy(large, &good, sizeof good);
    CHECK_STATUS(taken(place), call(client, "name", NULL, (footfall_options *)large));
    // A version whose struct ended after the timestamp: the rest of the memory is not read.
    memset(large, 0x5A, sizeof large);
    *(size_t *)large = 16;
    *(int64_t *)(large + 8) = 1700000000000;
    CHECK_STATUS(taken(place), call(client, "name", NULL, (footfall_options *)large));
    good.size = sizeof good;
    for (int32_t value = -1; value <= 5; value += 1) {
        bad = good, bad.priority = value;
        CHECK_STATUS(value >= 0 && value <= 3 ? taken(place) : refused(place), call(client, "name", NULL, &bad));
        bad = good, bad.durability = value == 3 ? 7 : value;
        CHECK_STATUS(value >= 0 && value <= 2 ? taken(place) : refused(place), call(client, "name", NULL, &bad));
        bad = good, bad.flags = value << 4;
        CHECK_STATUS(value == 0 ? taken(place) : refused(place), call(client, "name", NULL, &bad));
    }
    const char **texts[] = {&bad.message_id, &bad.anonymous_id, &bad.context, &bad.integrations, &bad.user_id};
    for (size_t i = 0; i < 5; i++) {
        bad = good, *texts[i] = bad_utf8;
        CHECK_STATUS(refused(place), call(client, "name", NULL, &bad));
        bad = good, *texts[i] = long_text;
        // Identify and alias do not use the user_id.
        footfall_status status = call(client, "name", NULL, &bad);
        CHECK(status == refused(place) || (i == 4 && status == taken(place)), "text %zu gave %d", i, status);
        bool is_object = i == 2 || i == 3;
        bad = good, *texts[i] = "";
        CHECK_STATUS(is_object ? refused(place) : taken(place), call(client, "name", NULL, &bad));
        bad = good, *texts[i] = is_object ? "{\"a\": 1" : "x";
        CHECK_STATUS(is_object ? refused(place) : taken(place), call(client, "name", NULL, &bad));
        bad = good, *texts[i] = is_object ? "[1]" : "x";
        CHECK_STATUS(is_object ? refused(place) : taken(place), call(client, "name", NULL, &bad));
    }
    int64_t times[] = {INT64_MIN, -1, 1, INT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        bad = good, bad.timestamp_ms = times[i];
        CHECK_STATUS(taken(place), call(client, "name", NULL, &bad));
    }
}

static void events(footfall_client *client, enum place place) {
    for (size_t i = 0; i < sizeof recorders / sizeof *recorders; i++) {
        with_properties call = recorders[i].call;
        bool needs = recorders[i].needs_text, reads = recorders[i].reads_properties;
        footfall_status bad = refused(place), good = taken(place);
        CHECK_STATUS(FOOTFALL_INVALID, call(NULL, "name", NULL, NULL));
        CHECK_STATUS(good, call(client, "name", NULL, NULL));
        CHECK_STATUS(needs ? bad : good, call(client, NULL, NULL, NULL));
        CHECK_STATUS(needs ? bad : good, call(client, "", NULL, NULL));
        CHECK_STATUS(needs ? bad : good, call(client, " \t", NULL, NULL));
        CHECK_STATUS(bad, call(client, bad_utf8, NULL, NULL));
        CHECK_STATUS(bad, call(client, long_text, NULL, NULL));
        options(client, place, call);
        if (!reads) continue;
        footfall_property list[2] = {footfall_text("a", "b"), footfall_end()};
        CHECK_STATUS(good, call(client, "name", list, NULL));
        list[0] = footfall_end();
        CHECK_STATUS(good, call(client, "name", list, NULL));
        list[0] = footfall_number("a", strtod("nan", NULL));
        CHECK_STATUS(good, call(client, "name", list, NULL));
        list[0] = footfall_number("a", strtod("inf", NULL));
        CHECK_STATUS(good, call(client, "name", list, NULL));
        list[0] = footfall_text("a", NULL);
        CHECK_STATUS(good, call(client, "name", list, NULL));
        list[0] = footfall_text(NULL, "b");
        CHECK_STATUS(bad, call(client, "name", list, NULL));
        list[0] = footfall_text(bad_utf8, "b");
        CHECK_STATUS(bad, call(client, "name", list, NULL));
        list[0] = footfall_text("a", bad_utf8);
        CHECK_STATUS(bad, call(client, "name", list, NULL));
        list[0] = footfall_text("a", long_text);
        CHECK_STATUS(bad, call(client, "name", list, NULL));
        const char *broken[] = {"", "{", "{\"a\":}", "{\"a\": 1e400}", nan_text, bad_utf8, "\"\\ud8", "[[[[", "{} {}"};
        for (size_t j = 0; j < sizeof broken / sizeof *broken; j++) {
            list[0] = footfall_json("a", broken[j]);
            CHECK_STATUS(bad, call(client, "name", list, NULL));
            list[0] = footfall_members(broken[j]);
            CHECK_STATUS(bad, call(client, "name", list, NULL));
        }
        list[0] = footfall_members("[1]");
        CHECK_STATUS(bad, call(client, "name", list, NULL));
        list[0] = footfall_members(NULL);
        CHECK_STATUS(good, call(client, "name", list, NULL));
        char deep[200] = {0};
        memset(deep, '[', 64), memset(deep + 64, ']', 64);
        list[0] = footfall_json("a", deep);
        CHECK_STATUS(good, call(client, "name", list, NULL));
        memset(deep, '[', 65), memset(deep + 65, ']', 65);
        CHECK_STATUS(bad, call(client, "name", list, NULL));
        list[0] = footfall_text("a", "b"), list[0].kind = (footfall_kind)99;
        CHECK_STATUS(bad, call(client, "name", list, NULL));
        CHECK_STATUS(bad, call(client, "name", endless, NULL));
        CHECK_STATUS(good, call(client, "name", thousand, NULL));
    }
    const char *event = "{\"type\": \"track\", \"event\": \"x\"}";
    CHECK_STATUS(FOOTFALL_INVALID, footfall_record(NULL, event, strlen(event), NULL));
    CHECK_STATUS(taken(place), footfall_record(client, event, strlen(event), NULL));
    const char *wrong[] = {"", "{}", "[]", "{", "{\"type\": \"dance\"}", "{\"type\": \"track\"}", bad_utf8,
                           "{\"type\": \"track\", \"event\": \"\xFF\"}", "{\"type\": \"track\", \"event\": \" \"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(refused(place), footfall_record(client, wrong[i], strlen(wrong[i]), NULL));
    }
    CHECK_STATUS(refused(place), footfall_record(client, NULL, 0, NULL));
    CHECK_STATUS(refused(place), footfall_record(client, NULL, 9, NULL));
    CHECK_STATUS(refused(place), footfall_record(client, long_text, sizeof long_text - 1, NULL));
    CHECK_STATUS(refused(place), footfall_record(client, event, SIZE_MAX, NULL));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_reset(NULL));
    CHECK_STATUS(taken(place), footfall_reset(client));
}

static void others(footfall_client *client, enum place place) {
    char text[64];
    const char *texts[] = {NULL, "", bad_utf8, long_text};
    for (size_t i = 0; i < 4; i++) {
        footfall_visitor_end(client, texts[i]);
        footfall_visitor_end(NULL, texts[i]);
    }
    footfall_visitor_begin(client), footfall_visitor_begin(NULL);
    for (int32_t value = -1; value < 5; value++) {
        footfall_visitor_set(client, value, true), footfall_visitor_set(NULL, value, true);
        footfall_visitor_set(client, value, false);
        footfall_set_network_use(client, value), footfall_set_network_use(NULL, value);
    }
    footfall_visitor_end(client, NULL);
    footfall_session_start(client), footfall_session_start(NULL);
    footfall_session_end(client), footfall_session_end(NULL);
    CHECK(footfall_session_id(NULL) == -1, "a session without a client");
    (void)footfall_session_id(client);
    for (int32_t subject = -1; subject <= 10; subject++) {
        memset(text, 'x', sizeof text);
        size_t length = footfall_get(client, subject, text, sizeof text);
        CHECK(strnlen(text, sizeof text) < sizeof text, "subject %d has no end", subject);
        bool known = subject >= 1 && subject <= 8;
        if (!known || (place == CLOSED && subject != FOOTFALL_COUNTERS)) CHECK(length == 0, "subject %d: %zu", subject, length);
        if (subject == FOOTFALL_STATUS || subject == FOOTFALL_DOCTOR) continue;
        CHECK(footfall_get(client, subject, NULL, 0) == length, "subject %d", subject);
        CHECK(footfall_get(client, subject, NULL, 9) == 0, "subject %d", subject);
        text[0] = 'x';
        (void)footfall_get(client, subject, text, 1);
        CHECK(text[0] == 0, "subject %d with room for the NUL alone", subject);
        CHECK(footfall_get(NULL, subject, text, sizeof text) == 0, "subject %d without a client", subject);
    }
    footfall_flush(client), footfall_flush(NULL);
    footfall_did_become_active(client), footfall_did_become_active(NULL);
    footfall_will_resign_active(client), footfall_will_resign_active(NULL);
    footfall_will_terminate(NULL);
    footfall_handle_signals(NULL, true);
    footfall_set_recording(NULL, false);
    CHECK(!footfall_is_recording(NULL), "recording without a client");
    CHECK(footfall_is_recording(client) == (place != CLOSED), "recording");
    footfall_forget(NULL);
    footfall_remove(client, 0), footfall_remove(client, UINT64_MAX), footfall_remove(NULL, 1);
    CHECK_STATUS(FOOTFALL_INVALID, footfall_flush_wait(NULL, 0, NULL));
    footfall_flush_report report = {sizeof report, 1, 1, 1, 1};
    footfall_status status = footfall_flush_wait(client, -5, &report);
    if (place == CLOSED) CHECK(status == FOOTFALL_CLOSED, "%d", status);
    if (place == CALLBACK) CHECK(status == FOOTFALL_WOULD_DEADLOCK, "%d", status);
    report.size = 0;
    CHECK_STATUS(refused(place), footfall_flush_wait(client, 0, &report));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_close(NULL, 0));
    footfall_free(NULL);
    CHECK(!strcmp(footfall_status_name((footfall_status)77), "unknown"), "a status");
    CHECK(!strcmp(footfall_status_name(FOOTFALL_OK), "ok"), "a status");
    CHECK(strlen(footfall_last_error()) < 512, "the last error");
    CHECK(footfall_version_number() >= 1000, "the version");
    if (place == CALLBACK) CHECK_STATUS(FOOTFALL_WOULD_DEADLOCK, footfall_close(client, 100));
}

static atomic_int executed;
/// Counts in the counter that `user` points to: each call of a test has its own, since 64 threads run it.
static void release(void *user) { atomic_fetch_add((atomic_int *)user, 1); }
static int32_t execute(void *user, footfall_event *event) {
    (void)user, (void)event, atomic_fetch_add(&executed, 1);
    return 0;
}
static int32_t deliver(void *user, footfall_batch *batch, int32_t attempt) {
    (void)user, (void)attempt;
    size_t length;
    CHECK(!footfall_batch_event(batch, 1000000, &length), "an event beyond the end");
    CHECK(!footfall_batch_event(batch, SIZE_MAX, NULL), "an event beyond the end");
    footfall_batch_refuse(batch, SIZE_MAX, "x"), footfall_batch_refuse(batch, 0, bad_utf8);
    return 0;
}

static void structs(footfall_client *client, enum place place) {
    // Whatever is wrong, the struct is released at once.
    atomic_int counter = 0, *released = &counter;
    footfall_plugin plugin = {.size = sizeof plugin}, bad;
    plugin.execute = execute, plugin.release = release, plugin.user = released;
    CHECK(footfall_add_plugin(client, NULL) == 0, "NULL");
    bad = plugin, bad.size = 0;
    CHECK(footfall_add_plugin(client, &bad) == 0, "size 0");
    CHECK(atomic_load(released) == 0, "nothing is known of a struct without a size");
    int wrong = 0;
#define REFUSED(change) bad = plugin; change; wrong++; CHECK(footfall_add_plugin(client, &bad) == 0, #change)
    REFUSED(bad.execute = NULL);
    REFUSED(bad.name = bad_utf8);
    REFUSED(bad.name = "");
    REFUSED(bad.version = bad_utf8);
    REFUSED(bad.stage = 3);
    REFUSED(bad.stage = -1);
    REFUSED(bad.on_failure = 9);
    wrong++;
    CHECK(footfall_add_plugin(NULL, &plugin) == 0, "without a client");
    footfall_destination destination = {.size = sizeof destination}, other;
    destination.name = "c", destination.deliver = deliver, destination.release = release, destination.user = released;
    CHECK(footfall_add_destination(client, NULL) == 0, "NULL");
#define NO_PLACE(change) other = destination; change; wrong++; CHECK(footfall_add_destination(client, &other) == 0, #change)
    NO_PLACE(other.deliver = NULL);
    NO_PLACE(other.name = NULL);
    NO_PLACE(other.name = "");
    NO_PLACE(other.name = bad_utf8);
    NO_PLACE(other.name = long_text);
    NO_PLACE(other.name = "all");
    NO_PLACE(other.max_events = -1);
    NO_PLACE(other.max_bytes = -1);
    wrong++;
    CHECK(footfall_add_destination(NULL, &destination) == 0, "without a client");
    if (place == CLOSED) {
        wrong++;
        CHECK(footfall_add_plugin(client, &plugin) == 0, "closed");
        wrong++;
        CHECK(footfall_add_destination(client, &destination) == 0, "closed");
    }
    CHECK(atomic_load(released) == wrong, "%d of %d", atomic_load(released), wrong);
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_get(NULL, "event", NULL));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_set(NULL, "event", NULL));
    CHECK(footfall_batch_count(NULL) == 0, "no batch");
    CHECK(footfall_batch_event(NULL, 0, NULL) == NULL, "no batch");
    footfall_batch_refuse(NULL, 0, "x");
    footfall_batch_finish(NULL, 0, "x", 0);
}

static void makers(void) {
    footfall_host host = {.size = sizeof host};
    host.application_id = "com.example.Bad", host.state_directory = getenv("SCRATCH"), host.release = release;
    atomic_int released = 0;
    host.user = &released;
    const char *wrong[] = {"{", "[]", "1", "{\"writeKey\": 1}", "{\"wirteKey\": \"x\"}", bad_utf8, long_text,
                           "{\"plugins\": [{\"type\": \"LinuxContex\"}]}", "{\"flushAt\": -1}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(!footfall_new(wrong[i], &host), "%.40s", wrong[i]);
        CHECK(*footfall_last_error(), "no error");
    }
    CHECK(atomic_load(&released) == 9, "%d", atomic_load(&released));
    const char *paths[] = {NULL, "", bad_utf8, long_text, "/nowhere/at/all", "/"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CHECK(!footfall_new_from_file(paths[i], &host), "path %zu", i);
        if (paths[i]) CHECK(!footfall_new_from_profile(paths[i], &host), "profile %zu", i);
    }
    footfall_host bad = host;
    bad.size = 0;
    CHECK(!footfall_new("{}", &bad), "size 0");
    bad = host, bad.application_id = NULL;
    CHECK(!footfall_new("{}", &bad), "no application");
    CHECK(strstr(footfall_last_error(), "application.id"), "%s", footfall_last_error());
    CHECK(!footfall_new("{}", NULL), "no application");
    CHECK(!footfall_new(NULL, NULL), "no application");
    bad = host, bad.application_id = bad_utf8;
    CHECK(!footfall_new("{}", &bad), "bad UTF-8");
    bad = host, bad.state_directory = "~/x";
    CHECK(!footfall_new("{}", &bad), "a directory with ~");
}

static void all(footfall_client *client, enum place place) {
    events(client, place);
    others(client, place);
    structs(client, place);
}

static atomic_int callback_done;
static int32_t call_everything(void *client, footfall_event *event) {
    (void)event;
    int none = 0;
    if (atomic_compare_exchange_strong(&callback_done, &none, 1)) {
        all(client, CALLBACK);
        atomic_store(&callback_done, 2);
    }
    return FOOTFALL_EXECUTE_KEEP;
}

static void *in_thread(void *client) { return all(client, THREAD), NULL; }
static void *in_small_stack(void *client) { return makers(), all(client, SMALL_STACK), NULL; }

// The client takes events after all of it, and each is in its store.
static void is_usable(footfall_client *client, const char *where) {
    char counters[4096];
    footfall_flush_wait(client, 20000, NULL);
    footfall_get(client, FOOTFALL_COUNTERS, counters, sizeof counters);
    int64_t before = number_in(counters, "stored");
    CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "usable", NULL, NULL));
    footfall_flush_wait(client, 20000, NULL);
    footfall_get(client, FOOTFALL_COUNTERS, counters, sizeof counters);
    CHECK(number_in(counters, "stored") > before, "%s: %s", where, counters);
}

int main(void) {
    memset(long_text, 'x', sizeof long_text - 1);
    for (int i = 0; i <= 1000; i++) endless[i] = thousand[i] = footfall_integer("n", i);
    thousand[1000] = footfall_end();
    makers();
    const char *directory = scratch();
    footfall_client *client = client_in(directory, NULL, NULL);
    all(client, MAIN);
    is_usable(client, "main");

    footfall_client *second = client_in(directory, NULL, NULL);
    is_usable(second, "second client");
    CHECK_STATUS(FOOTFALL_OK, footfall_close(second, 5000));
    footfall_free(second);
    is_usable(client, "after a second client");

    footfall_plugin plugin = {.size = sizeof plugin};
    plugin.name = "calls-everything", plugin.execute = call_everything, plugin.user = client;
    uint64_t id = footfall_add_plugin(client, &plugin);
    CHECK(id != 0, "%s", footfall_last_error());
    footfall_track(client, "to the plugin", NULL, NULL);
    for (int i = 0; i < 2000 && atomic_load(&callback_done) != 2; i++) sleep_ms(10);
    CHECK(atomic_load(&callback_done) == 2, "the plugin was not called");
    footfall_remove(client, id);
    is_usable(client, "after the callback");

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, small_stack);
    pthread_t threads[64];
    CHECK(pthread_create(&threads[0], &attributes, in_small_stack, client) == 0, "no thread");
    pthread_join(threads[0], NULL);
    is_usable(client, "after a small stack");
    for (int i = 0; i < 64; i++) pthread_create(&threads[i], NULL, in_thread, client);
    for (int i = 0; i < 64; i++) pthread_join(threads[i], NULL);
    is_usable(client, "after 64 threads");

    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        all(client, CHILD);
        is_usable(client, "child");
        CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 20000));
        _exit(finish("bad input, child"));
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0, "the child ended with %d", status);
    is_usable(client, "parent");

    CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 20000));
    CHECK_STATUS(FOOTFALL_CLOSED, footfall_close(client, 100));
    all(client, CLOSED);
    footfall_set_recording(client, true), footfall_forget(client), footfall_will_terminate(client);
    footfall_handle_signals(client, true);
    footfall_free(client);
    return finish("bad input");
}
