// SPDX-License-Identifier: MIT
// What a plugin reads and changes in an event, and a destination that answers later.
#include "check.h"

static atomic_int executed, delivered, asked;
static _Atomic(footfall_batch *) pending;

static int32_t change(void *user, footfall_event *event) {
    (void)user;
    footfall_property p;
    CHECK_STATUS(FOOTFALL_OK, footfall_event_get(event, "event", &p));
    if (p.kind != FOOTFALL_TEXT) return FOOTFALL_EXECUTE_KEEP;
    atomic_fetch_add(&executed, 1);
    if (!strcmp(p.value.text, "Dropped")) return FOOTFALL_EXECUTE_DROP;
    bool fails = !strcmp(p.value.text, "Failed");
    CHECK_STATUS(FOOTFALL_OK, footfall_event_get(event, "properties.seats", &p));
    CHECK(p.kind == FOOTFALL_INTEGER && p.value.integer == 2 && !strcmp(p.name, "properties.seats"), "seats");
    CHECK_STATUS(FOOTFALL_OK, footfall_event_get(event, "properties.total", &p));
    CHECK(p.kind == FOOTFALL_NUMBER && p.value.number == 59.90, "total");
    CHECK_STATUS(FOOTFALL_OK, footfall_event_get(event, "properties.isPaid", &p));
    CHECK(p.kind == FOOTFALL_BOOLEAN && p.value.integer == 1, "isPaid");
    CHECK_STATUS(FOOTFALL_OK, footfall_event_get(event, "properties.items", &p));
    CHECK(p.kind == FOOTFALL_JSON && !strcmp(p.value.text, "[1,2]"), "items: %s", p.kind == FOOTFALL_JSON ? p.value.text : "");
    CHECK_STATUS(FOOTFALL_OK, footfall_event_get(event, "properties.nothing", &p));
    CHECK(p.kind == FOOTFALL_END, "a field that is missing");
    CHECK_STATUS(FOOTFALL_OK, footfall_event_get(event, NULL, &p));
    CHECK(p.kind == FOOTFALL_JSON && strstr(p.value.text, "\"seats\":2"), "the whole event");
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_get(event, "event", NULL));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_get(event, "", &p));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_get(event, "a\xFF", &p));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_set(event, "properties.store", NULL));
    p = footfall_text(NULL, "Brixton");
    CHECK_STATUS(FOOTFALL_OK, footfall_event_set(event, "properties.store", &p));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_set(event, "type", &p));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_set(event, "properties", &p));
    p.kind = (footfall_kind)50;
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_set(event, "properties.x", &p));
    p = footfall_end();
    CHECK_STATUS(FOOTFALL_OK, footfall_event_set(event, "properties.items", &p));
    CHECK_STATUS(FOOTFALL_INVALID, footfall_event_set(event, NULL, &p));
    return fails ? FOOTFALL_EXECUTE_FAILED : FOOTFALL_EXECUTE_KEEP;
}

static int32_t later(void *user, footfall_batch *batch, int32_t attempt) {
    (void)user;
    CHECK(attempt == 1, "attempt %d", attempt);
    CHECK(footfall_batch_count(batch) == 3, "%zu", footfall_batch_count(batch));
    size_t length = 0;
    const char *event = footfall_batch_event(batch, 0, &length);
    CHECK(event && length > 2 && event[0] == '{' && event[length - 1] == '}', "the first event");
    atomic_fetch_add(&asked, 1);
    atomic_store(&pending, batch);
    return FOOTFALL_DELIVERY_PENDING;
}

static int32_t at_once(void *user, footfall_batch *batch, int32_t attempt) {
    (void)user, (void)attempt;
    atomic_fetch_add(&delivered, (int)footfall_batch_count(batch));
    return FOOTFALL_DELIVERY_ACCEPTED;
}

static void *finish_later(void *unused) {
    (void)unused;
    for (int i = 0; i < 500 && !atomic_load(&pending); i++) sleep_ms(10);
    sleep_ms(3000);
    footfall_batch *batch = atomic_load(&pending);
    footfall_batch_refuse(batch, 1, "the warehouse does not know it");
    footfall_batch_finish(batch, FOOTFALL_DELIVERY_ACCEPTED, NULL, 0);
    return NULL;
}

int main(void) {
    footfall_client *client = client_in(scratch(), NULL, NULL);
    footfall_plugin plugin = {.size = sizeof plugin};
    plugin.name = "change", plugin.version = "1", plugin.stage = FOOTFALL_STAGE_ENRICHMENT, plugin.execute = change;
    CHECK(footfall_add_plugin(client, &plugin), "%s", footfall_last_error());
    footfall_destination slow = {.size = sizeof slow}, fast = slow;
    slow.name = "slow", slow.deliver = later;
    fast.name = "fast", fast.deliver = at_once;
    CHECK(footfall_add_destination(client, &slow), "%s", footfall_last_error());
    CHECK(footfall_add_destination(client, &fast), "%s", footfall_last_error());
    const char *names[] = {"Sold", "Dropped", "Failed", "Sold"};
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(FOOTFALL_OK, footfall_track(client, names[i], FOOTFALL_PROPERTIES(
            footfall_integer("seats", 2), footfall_number("total", 59.90), footfall_boolean("isPaid", true),
            footfall_json("items", "[1, 2]")), NULL));
    }
    pthread_t thread;
    pthread_create(&thread, NULL, finish_later, NULL);
    footfall_flush(client);
    double begin = now_ms();
    while (atomic_load(&delivered) < 3 && now_ms() < begin + 20000) sleep_ms(5);
    double took = now_ms() - begin;
    CHECK(took < 1000 || getenv("UNDER"), "the fast destination waited for %.0f ms", took);
    pthread_join(thread, NULL);
    footfall_flush_report report = {.size = sizeof report};
    CHECK_STATUS(FOOTFALL_OK, footfall_flush_wait(client, 10000, &report));
    CHECK(atomic_load(&asked) == 1 && atomic_load(&delivered) == 3, "%d %d", atomic_load(&asked), atomic_load(&delivered));
    char text[32768];
    footfall_get(client, FOOTFALL_STATUS, text, sizeof text);
    const char *row = strstr(text, "\"name\":\"slow\",\"routed\"");
    CHECK(row && number_in(row, "delivered") == 2 && number_in(row, "deadLettered") == 1, "%s", text);
    footfall_get(client, FOOTFALL_COUNTERS, text, sizeof text);
    CHECK(number_in(text, "pluginErrors") == 1 && number_in(text, "plugin") == 1, "%s", text);
    CHECK(atomic_load(&executed) == 4, "%d", atomic_load(&executed));
    CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 5000));
    footfall_free(client);
    return finish("plugins");
}
