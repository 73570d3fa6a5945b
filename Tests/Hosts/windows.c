/* SPDX-License-Identifier: MIT */
/* A GTK 4 app with two windows that goes on without a window. desktop_tests.py closes them and sends signals:
 * SIGUSR1 opens a third window, SIGUSR2 frees the client while the app runs, SIGTERM ends the app.
 *
 *     windows CONFIGURATION
 */
#include <footfall-gtk.h>

#include <glib-unix.h>

typedef struct {
    GtkApplication *app;
    footfall_client *client;
} Host;

static void open_window(Host *host, const char *title) {
    GtkWidget *window = gtk_application_window_new(host->app);
    gtk_window_set_title(GTK_WINDOW(window), title);
    gtk_window_set_default_size(GTK_WINDOW(window), 200, 100);
    gtk_window_present(GTK_WINDOW(window));
}

static gboolean open_third(gpointer host) {
    open_window(host, "Three");
    return G_SOURCE_CONTINUE;
}

static gboolean free_client(gpointer user) {
    Host *host = user;
    footfall_gtk_unwatch(G_APPLICATION(host->app), host->client);
    footfall_close(host->client, 2000);
    footfall_free(host->client);
    host->client = NULL;
    return G_SOURCE_REMOVE;
}

static gboolean end(gpointer host) {
    g_application_quit(G_APPLICATION(((Host *)host)->app));
    return G_SOURCE_REMOVE;
}

static void activate(GtkApplication *app, gpointer host) {
    g_application_hold(G_APPLICATION(app));
    open_window(host, "One");
    open_window(host, "Two");
}

int main(int argc, char **argv) {
    Host host = {.client = footfall_new_from_file(argc > 1 ? argv[1] : "", NULL)};
    if (host.client == NULL) {
        g_printerr("%s\n", footfall_last_error());
        return 1;
    }
    host.app = gtk_application_new("org.example.TicketCounter", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(host.app, "activate", G_CALLBACK(activate), &host);
    footfall_gtk_watch(G_APPLICATION(host.app), host.client);
    footfall_gtk_watch(G_APPLICATION(host.app), host.client); /* does nothing */
    g_unix_signal_add(SIGUSR1, open_third, &host);
    g_unix_signal_add(SIGUSR2, free_client, &host);
    g_unix_signal_add(SIGTERM, end, &host);
    int status = g_application_run(G_APPLICATION(host.app), 1, argv);
    if (host.client != NULL) {
        footfall_close(host.client, 2000);
        footfall_free(host.client);
    }
    g_object_unref(host.app);
    return status;
}
