// SPDX-License-Identifier: MIT
// The library installs no handler and blocks no signal, through a whole life of a client; footfall_handle_signals does.
#include "check.h"

enum { last_signal = 31 };

static struct sigaction actions[last_signal + 1];
static sigset_t blocked;

static void note(void) {
    for (int signal = 1; signal <= last_signal; signal++) sigaction(signal, NULL, &actions[signal]);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
}

// How many signals below 32 have another handler, flags or mask than when they were noted.
static int changed(const char *after) {
    int count = 0;
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    for (int signal = 1; signal <= last_signal; signal++) {
        struct sigaction action;
        if (sigaction(signal, NULL, &action) != 0) continue;
        bool same = action.sa_handler == actions[signal].sa_handler && action.sa_flags == actions[signal].sa_flags &&
                    sigismember(&now, signal) == sigismember(&blocked, signal);
        for (int other = 1; other <= last_signal; other++) {
            same = same && sigismember(&action.sa_mask, other) == sigismember(&actions[signal].sa_mask, other);
        }
        if (same) continue;
        count++;
        if (after) fprintf(stderr, "after %s: the action of signal %d has changed\n", after, signal);
    }
    return count;
}

static int handler_calls;
static void count_call(int signal) { (void)signal, handler_calls++; }

static int32_t keep(void *user, footfall_event *event) {
    (void)user, (void)event;
    return FOOTFALL_EXECUTE_KEEP;
}

int main(void) {
    // A shell may have started this with signals that are ignored. One handler is the program's own.
    signal(SIGTERM, SIG_DFL), signal(SIGINT, SIG_DFL), signal(SIGHUP, SIG_DFL);
    struct sigaction own = {.sa_handler = count_call, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &own, NULL);
    signal(SIGPIPE, SIG_DFL), signal(SIGCHLD, SIG_IGN);
    note();
    // The webhook makes the client load libcurl and meet a refused connection; the file is a whole delivery.
    const char *directory = scratch();
    char configuration[9000];
    snprintf(configuration, sizeof configuration,
             "{\"flushAt\": 1, \"application\": {\"id\": \"com.example.Signals\"}, \"stateDirectory\": \"%s\", "
             "\"plugins\": [{\"type\": \"LinuxContext\"}, {\"type\": \"LinuxLifecycle\"}], \"destinations\": ["
             "{\"type\": \"webhook\", \"endpoint\": \"http://127.0.0.1:9/\", \"allowInsecure\": true}, "
             "{\"type\": \"file\", \"path\": \"%s/events.ndjson\"}]}", directory, directory);
    footfall_client *client = footfall_new(configuration, NULL);
    CHECK(client, "%s", footfall_last_error());
    CHECK(changed("new") == 0, "footfall_new");
    footfall_plugin plugin = {.size = sizeof plugin};
    plugin.execute = keep;
    CHECK(footfall_add_plugin(client, &plugin), "%s", footfall_last_error());
    CHECK_STATUS(FOOTFALL_OK, footfall_track(client, "Started", NULL, NULL));
    footfall_did_become_active(client);
    CHECK(changed("track") == 0, "footfall_track");
    footfall_flush_wait(client, 3000, NULL);
    CHECK(changed("flush") == 0, "footfall_flush_wait");
    char text[16384];
    footfall_get(client, FOOTFALL_STATUS, text, sizeof text);
    CHECK(number_in(text, "stored") > 0, "%s", text);
    CHECK(changed("get") == 0, "footfall_get");

    // A program that asks for it has three handlers, until it asks for none.
    footfall_handle_signals(client, true);
    for (int i = 0; i < 1000 && changed(NULL) < 3; i++) sleep_ms(5);
    CHECK(changed(NULL) == 3, "%d signals are handled", changed(NULL));
    footfall_handle_signals(client, false);
    for (int i = 0; i < 1000 && changed(NULL) > 0; i++) sleep_ms(5);
    CHECK(changed("handle_signals") == 0, "footfall_handle_signals");

    CHECK_STATUS(FOOTFALL_OK, footfall_close(client, 5000));
    CHECK(changed("close") == 0, "footfall_close");
    footfall_free(client);
    CHECK(changed("free") == 0, "footfall_free");
    raise(SIGUSR1);
    CHECK(handler_calls == 1, "the handler of the program was called %d times", handler_calls);
    return finish("signals");
}
