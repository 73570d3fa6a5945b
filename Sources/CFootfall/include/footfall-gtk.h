/* SPDX-License-Identifier: MIT */
/**
 * Footfall for GTK 4 apps: the lifecycle, and errors on the main thread. Everything is in this header.
 *
 *     footfall_client *client = footfall_new_from_file("footfall.json", NULL);
 *     footfall_gtk_watch(G_APPLICATION(app), client);
 *     int status = g_application_run(G_APPLICATION(app), argc, argv);
 *     footfall_close(client, 2000);
 *     footfall_free(client);
 *
 * Compile with `pkg-config --cflags --libs gtk4 footfall`.
 */
#ifndef FOOTFALL_GTK_H
#define FOOTFALL_GTK_H

#include "footfall.h"

#include <gtk/gtk.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether one of the app's windows, dialogs included, has the focus. */
static inline gboolean footfall_gtk_is_active(void) {
    GListModel *windows = gtk_window_get_toplevels();
    gboolean active = FALSE;
    guint count = g_list_model_get_n_items(windows);
    for (guint index = 0; index < count && !active; index++) {
        gpointer window = g_list_model_get_item(windows, index);
        active = gtk_window_is_active(GTK_WINDOW(window));
        g_object_unref(window);
    }
    return active;
}

/* What `footfall_gtk_watch` keeps of a client. It is data of the app, so it ends with the app at the latest. */
typedef struct {
    footfall_client *client;
    guint leaving;       /* The timer that waits to see whether the app was left; 0 for none. */
    gboolean is_active;  /* What the client was told last. */
    gboolean is_started; /* Whether the list of windows is watched. */
} footfall_gtk_watcher;

static inline GQuark footfall_gtk_key(footfall_client *client) {
    char name[64];
    g_snprintf(name, sizeof name, "footfall-watcher-%p", (void *)client);
    return g_quark_from_string(name);
}

static inline gboolean footfall_gtk_leave(gpointer user) {
    footfall_gtk_watcher *watcher = (footfall_gtk_watcher *)user;
    watcher->leaving = 0;
    watcher->is_active = FALSE;
    footfall_will_resign_active(watcher->client);
    return G_SOURCE_REMOVE;
}

/* Tells the client whether the app has the focus, if that has changed. */
static inline void footfall_gtk_look(footfall_gtk_watcher *watcher) {
    gboolean is_active = footfall_gtk_is_active();
    if (is_active && watcher->leaving != 0) {
        g_source_remove(watcher->leaving);
        watcher->leaving = 0;
    }
    if (is_active == watcher->is_active) return;
    if (is_active) {
        watcher->is_active = TRUE;
        footfall_did_become_active(watcher->client);
    } else if (watcher->leaving == 0) {
        /* A window loses the focus just before it closes, also when the app ends by that. That is no leaving, so the
         * client hears of it 0.2 s later, unless the app has ended or the focus is back. */
        watcher->leaving = g_timeout_add(200, footfall_gtk_leave, watcher);
    }
}

static inline void footfall_gtk_focus_changed(GObject *window, GParamSpec *property, gpointer user) {
    (void)window;
    (void)property;
    footfall_gtk_look((footfall_gtk_watcher *)user);
}

static inline void footfall_gtk_windows_changed(
    GListModel *windows, guint position, guint removed, guint added, gpointer user) {
    for (guint index = position; index < position + added; index++) {
        gpointer window = g_list_model_get_item(windows, index);
        g_signal_connect(window, "notify::is-active", G_CALLBACK(footfall_gtk_focus_changed), user);
        g_object_unref(window);
    }
    /* A window that is destroyed while it has the focus does not say that it loses it. */
    if (removed > 0) footfall_gtk_look((footfall_gtk_watcher *)user);
}

static inline void footfall_gtk_started(GApplication *app, gpointer user) {
    footfall_gtk_watcher *watcher = (footfall_gtk_watcher *)user;
    GListModel *windows = gtk_window_get_toplevels();
    (void)app;
    if (watcher->is_started) return;
    watcher->is_started = TRUE;
    g_signal_connect(windows, "items-changed", G_CALLBACK(footfall_gtk_windows_changed), watcher);
    footfall_gtk_windows_changed(windows, 0, 0, g_list_model_get_n_items(windows), watcher);
    footfall_gtk_look(watcher);
}

/* Disconnects a watcher from the windows and frees it. Its handlers at the app have ended before. */
static inline void footfall_gtk_end_watcher(gpointer user) {
    footfall_gtk_watcher *watcher = (footfall_gtk_watcher *)user;
    if (watcher->is_started) {
        GListModel *windows = gtk_window_get_toplevels();
        guint count = g_list_model_get_n_items(windows);
        for (guint index = 0; index < count; index++) {
            gpointer window = g_list_model_get_item(windows, index);
            g_signal_handlers_disconnect_by_data(window, watcher);
            g_object_unref(window);
        }
        g_signal_handlers_disconnect_by_data(windows, watcher);
    }
    if (watcher->leaving != 0) g_source_remove(watcher->leaving);
    g_free(watcher);
}

/**
 * Ends `footfall_gtk_watch`: the client's pointer is not used any more. Call it on the main thread, before a client is
 * freed while its app still runs, as after an opt-out. Without a watch it does nothing.
 */
static inline void footfall_gtk_unwatch(GApplication *app, footfall_client *client) {
    GQuark key = footfall_gtk_key(client);
    gpointer watcher = g_object_get_qdata(G_OBJECT(app), key);
    if (watcher == NULL) return;
    g_signal_handlers_disconnect_by_data(app, watcher);
    g_object_set_qdata(G_OBJECT(app), key, NULL);
}

static inline void footfall_gtk_ended(GApplication *app, gpointer user) {
    footfall_client *client = ((footfall_gtk_watcher *)user)->client;
    footfall_gtk_unwatch(app, client);
    footfall_will_terminate(client);
}

/**
 * Tells the client when the app comes to the front, is left, and ends.
 *
 * All windows count, so going from a window to its dialog is not leaving. Call it on the main thread, before
 * `g_application_run` or in the signal `startup` or `activate`; a second call for the same client does nothing. It keeps
 * the pointer to the client until the app's signal `shutdown`: close and free the client after `g_application_run` has
 * returned, or call `footfall_gtk_unwatch` first. With a NULL client it does nothing.
 */
static inline void footfall_gtk_watch(GApplication *app, footfall_client *client) {
    if (client == NULL || g_object_get_qdata(G_OBJECT(app), footfall_gtk_key(client)) != NULL) return;
    footfall_gtk_watcher *watcher = g_new0(footfall_gtk_watcher, 1);
    watcher->client = client;
    g_object_set_qdata_full(G_OBJECT(app), footfall_gtk_key(client), watcher, footfall_gtk_end_watcher);
    /* There is no list of windows before GTK is initialised, which `startup` does. */
    if (gtk_is_initialized()) {
        footfall_gtk_started(app, watcher);
    } else {
        g_signal_connect_after(app, "startup", G_CALLBACK(footfall_gtk_started), watcher);
    }
    g_signal_connect(app, "shutdown", G_CALLBACK(footfall_gtk_ended), watcher);
}

/** A function that is to have the client's errors on the main thread; see `footfall_gtk_on_error`. */
typedef struct {
    void (*function)(const char *code, const char *message, gpointer data);
    gpointer data;
} footfall_gtk_error_handler;

typedef struct {
    footfall_gtk_error_handler *handler;
    char *code;
    char *message;
} footfall_gtk_error;

static inline gboolean footfall_gtk_show_error(gpointer user) {
    footfall_gtk_error *error = (footfall_gtk_error *)user;
    error->handler->function(error->code, error->message, error->handler->data);
    return G_SOURCE_REMOVE;
}

static inline void footfall_gtk_free_error(gpointer user) {
    footfall_gtk_error *error = (footfall_gtk_error *)user;
    g_free(error->code);
    g_free(error->message);
    g_free(error);
}

/**
 * Takes an error of the client to the main thread. The client calls it on threads of its own, where no GTK function
 * may be called.
 *
 *     static footfall_gtk_error_handler handler = {show_error, NULL};
 *     footfall_host host = {.size = sizeof host, .on_error = footfall_gtk_on_error, .user = &handler};
 *
 * The handler must live as long as the main loop. What its `data` points to may end earlier if `data` is NULL then, as
 * with `g_object_add_weak_pointer`.
 */
static inline void footfall_gtk_on_error(void *user, const char *code, const char *message) {
    footfall_gtk_error *error = g_new(footfall_gtk_error, 1);
    error->handler = (footfall_gtk_error_handler *)user;
    error->code = g_strdup(code);
    error->message = g_strdup(message);
    g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, footfall_gtk_show_error, error, footfall_gtk_free_error);
}

#ifdef __cplusplus
}
#endif

#endif
