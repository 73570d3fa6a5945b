/* SPDX-License-Identifier: MIT */
/* A library that records what it is called with, for tests of the binding alone. */
#include <footfall.h>
#include <string.h>

#ifndef FAKE_VERSION
#define FAKE_VERSION 1000
#endif

static char event[4096];
static footfall_options options;
static footfall_host host;
static footfall_status next;

const char *fake_event(void) { return event; }
const footfall_options *fake_options(void) { return &options; }
void fake_answer(footfall_status status) { next = status; }
void fake_report(const char *code, const char *message) { host.on_error(host.user, code, message); }
void fake_release(void) { host.release(host.user); }

/* Size of each struct, then the place of each field. */
const size_t fake_layout[] = {
    sizeof(footfall_property), offsetof(footfall_property, name), offsetof(footfall_property, kind),
    offsetof(footfall_property, value),
    sizeof(footfall_host), offsetof(footfall_host, size), offsetof(footfall_host, application_id),
    offsetof(footfall_host, application_version), offsetof(footfall_host, application_build),
    offsetof(footfall_host, state_directory), offsetof(footfall_host, on_error), offsetof(footfall_host, release),
    offsetof(footfall_host, user),
    sizeof(footfall_options), offsetof(footfall_options, size), offsetof(footfall_options, timestamp_ms),
    offsetof(footfall_options, message_id), offsetof(footfall_options, anonymous_id),
    offsetof(footfall_options, user_id), offsetof(footfall_options, context),
    offsetof(footfall_options, integrations), offsetof(footfall_options, priority),
    offsetof(footfall_options, durability), offsetof(footfall_options, flags),
    sizeof(footfall_flush_report), offsetof(footfall_flush_report, size), offsetof(footfall_flush_report, delivered),
    offsetof(footfall_flush_report, queued), offsetof(footfall_flush_report, dropped),
    offsetof(footfall_flush_report, dead_lettered),
    sizeof(footfall_plugin), offsetof(footfall_plugin, size), offsetof(footfall_plugin, name),
    offsetof(footfall_plugin, version), offsetof(footfall_plugin, stage), offsetof(footfall_plugin, on_failure),
    offsetof(footfall_plugin, execute), offsetof(footfall_plugin, flush), offsetof(footfall_plugin, reset),
    offsetof(footfall_plugin, release), offsetof(footfall_plugin, user),
};
const size_t fake_layout_count = sizeof fake_layout / sizeof *fake_layout;

const char *footfall_version(void) { return "fake"; }
int32_t footfall_version_number(void) { return FAKE_VERSION; }
const char *footfall_last_error(void) { return "the fake refuses"; }
footfall_client *footfall_new(const char *configuration, const footfall_host *given) {
    (void)configuration;
    memcpy(&host, given, sizeof host);
    return next == FOOTFALL_OK ? (footfall_client *)&host : NULL;
}
footfall_client *footfall_new_from_file(const char *path, const footfall_host *given) { return footfall_new(path, given); }
footfall_client *footfall_new_from_profile(const char *name, const footfall_host *given) { return footfall_new(name, given); }
footfall_status footfall_record(footfall_client *client, const char *json, size_t length, const footfall_options *given) {
    (void)client;
    if (length >= sizeof event) return FOOTFALL_INVALID;
    memcpy(event, json, length);
    event[length] = 0;
    memset(&options, 0, sizeof options);
    if (given) options = *given;
    return next;
}
footfall_status footfall_close(footfall_client *client, int32_t timeout) { (void)client; (void)timeout; return next; }
size_t footfall_get(const footfall_client *client, int32_t subject, char *buffer, size_t size) {
    (void)client; (void)subject;
    size_t length = 1000;
    if (size > 0) {
        size_t copied = length < size - 1 ? length : size - 1;
        memset(buffer, 'x', copied);
        buffer[copied] = 0;
    }
    return length;
}
footfall_status footfall_flush_wait(footfall_client *client, int32_t timeout, footfall_flush_report *report) {
    (void)client;
    report->delivered = timeout;
    return next;
}
