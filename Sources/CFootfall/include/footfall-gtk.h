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

/* The number of the timer that waits to see whether the app was left; 0 for none. */
#define FOOTFALL_GTK_LEAVING "footfall-leaving"

static inline void footfall_gtk_keep(GListModel *windows) {
    guint timer = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(windows), FOOTFALL_GTK_LEAVING));
    if (timer != 0) g_source_remove(timer);
    g_object_set_data(G_OBJECT(windows), FOOTFALL_GTK_LEAVING, NULL);
}

static inline gboolean footfall_gtk_leave(gpointer client) {
    g_object_set_data(G_OBJECT(gtk_window_get_toplevels()), FOOTFALL_GTK_LEAVING, NULL);
    if (!footfall_gtk_is_active()) footfall_will_resign_active((footfall_client *)client);
    return G_SOURCE_REMOVE;
}

static inline void footfall_gtk_focus_changed(GObject *window, GParamSpec *property, gpointer client) {
    GListModel *windows = gtk_window_get_toplevels();
    (void)window;
    (void)property;
    footfall_gtk_keep(windows);
    if (footfall_gtk_is_active()) {
        footfall_did_become_active((footfall_client *)client);
    } else {
        /* A window loses the focus just before it closes, also when the app ends by that. That is no leaving, so the
         * client hears of it 0.2 s later, unless the app has ended or the focus is back. */
        guint timer = g_timeout_add(200, footfall_gtk_leave, client);
        g_object_set_data(G_OBJECT(windows), FOOTFALL_GTK_LEAVING, GUINT_TO_POINTER(timer));
    }
}

static inline void footfall_gtk_windows_changed(
    GListModel *windows, guint position, guint removed, guint added, gpointer client) {
    (void)removed;
    for (guint index = position; index < position + added; index++) {
        gpointer window = g_list_model_get_item(windows, index);
        if (g_signal_handler_find(window, (GSignalMatchType)(G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA), 0, 0, NULL,
                                  (gpointer)(guintptr)footfall_gtk_focus_changed, client) == 0) {
            g_signal_connect(window, "notify::is-active", G_CALLBACK(footfall_gtk_focus_changed), client);
        }
        g_object_unref(window);
    }
}

static inline void footfall_gtk_ended(GApplication *app, gpointer client) {
    GListModel *windows = gtk_window_get_toplevels();
    guint count = g_list_model_get_n_items(windows);
    for (guint index = 0; index < count; index++) {
        gpointer window = g_list_model_get_item(windows, index);
        g_signal_handlers_disconnect_by_func(window, (gpointer)(guintptr)footfall_gtk_focus_changed, client);
        g_object_unref(window);
    }
    footfall_gtk_keep(windows);
    g_signal_handlers_disconnect_by_func(windows, (gpointer)(guintptr)footfall_gtk_windows_changed, client);
    g_signal_handlers_disconnect_by_func(app, (gpointer)(guintptr)footfall_gtk_ended, client);
    footfall_will_terminate((footfall_client *)client);
}

static inline void footfall_gtk_started(GApplication *app, gpointer client) {
    (void)app;
    GListModel *windows = gtk_window_get_toplevels();
    g_signal_connect(windows, "items-changed", G_CALLBACK(footfall_gtk_windows_changed), client);
    footfall_gtk_windows_changed(windows, 0, 0, g_list_model_get_n_items(windows), client);
}

/**
 * Tells the client when the app comes to the front, is left, and ends.
 *
 * All windows count, so going from a window to its dialog is not leaving. Call it once, on the main thread, before
 * `g_application_run` or in the signal `activate`. It keeps the pointer to the client until the app's signal `shutdown`: close and free the
 * client after `g_application_run` has returned. With a NULL client it does nothing.
 */
static inline void footfall_gtk_watch(GApplication *app, footfall_client *client) {
    if (client == NULL) return;
    /* There is no list of windows before GTK is initialised, which `startup` does. */
    if (gtk_is_initialized()) {
        footfall_gtk_started(app, client);
    } else {
        g_signal_connect_after(app, "startup", G_CALLBACK(footfall_gtk_started), client);
    }
    g_signal_connect(app, "shutdown", G_CALLBACK(footfall_gtk_ended), client);
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
 * The handler must live as long as the main loop.
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
