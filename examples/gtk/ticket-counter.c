/* SPDX-License-Identifier: MIT */
/* A ticket counter with two buttons, in GTK 4.
 *
 *     footfall collect &
 *     make && ./ticket-counter footfall.json            # for a clerk: one session, and its lifecycle
 *     make && ./ticket-counter --kiosk kiosk.json       # for visitors: the first touch begins a visit
 */
#include <footfall-gtk.h>

#include <string.h>

typedef struct {
    footfall_client *analytics;
    gboolean is_kiosk;
    gboolean is_visited;
    int sold;
    GtkLabel *label;
} Counter;

static void show(Counter *counter) {
    char text[64];
    g_snprintf(text, sizeof text, "%d sold", counter->sold);
    gtk_label_set_text(counter->label, counter->is_kiosk && !counter->is_visited ? "Touch to begin" : text);
}

static void sell(Counter *counter, const char *kind, double price) {
    if (counter->is_kiosk && !counter->is_visited) {
        counter->is_visited = TRUE;
        footfall_visitor_begin(counter->analytics);
    }
    counter->sold += 1;
    footfall_track(counter->analytics, "Ticket Sold",
                   FOOTFALL_PROPERTIES(footfall_text("kind", kind), footfall_number("price", price)), NULL);
    show(counter);
}

static void sell_adult(GtkButton *button, gpointer counter) {
    (void)button;
    sell(counter, "adult", 12.5);
}

static void sell_child(GtkButton *button, gpointer counter) {
    (void)button;
    sell(counter, "child", 6.0);
}

/* A visitor who walked away: the session's limit is over and the client has ended the visit, so the next visitor
 * finds the first screen. */
static gboolean look_for_visitor(gpointer user) {
    Counter *counter = user;
    char visitor[64];
    if (counter->is_visited && footfall_get(counter->analytics, FOOTFALL_VISITOR_ID, visitor, sizeof visitor) == 0) {
        counter->is_visited = FALSE;
        counter->sold = 0;
        show(counter);
    }
    return G_SOURCE_CONTINUE;
}

/* On the main thread, so it may use GTK. */
static void show_error(const char *code, const char *message, gpointer user) {
    (void)user;
    g_printerr("ticket-counter: analytics: %s: %s\n", code, message);
}

static void activate(GtkApplication *app, gpointer user) {
    Counter *counter = user;
    GtkWidget *window = gtk_application_window_new(app);
    gtk_window_set_title(GTK_WINDOW(window), "Tickets");
    gtk_window_set_default_size(GTK_WINDOW(window), 360, 240);

    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_set_homogeneous(GTK_BOX(box), TRUE);
    counter->label = GTK_LABEL(gtk_label_new(NULL));
    GtkWidget *adult = gtk_button_new_with_label("Adult, 12.50");
    GtkWidget *child = gtk_button_new_with_label("Child, 6.00");
    g_signal_connect(adult, "clicked", G_CALLBACK(sell_adult), counter);
    g_signal_connect(child, "clicked", G_CALLBACK(sell_child), counter);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(counter->label));
    gtk_box_append(GTK_BOX(box), adult);
    gtk_box_append(GTK_BOX(box), child);
    gtk_window_set_child(GTK_WINDOW(window), box);

    show(counter);
    if (counter->is_kiosk) g_timeout_add_seconds(1, look_for_visitor, counter);
    gtk_window_present(GTK_WINDOW(window));
}

int main(int argc, char **argv) {
    Counter counter = {.is_kiosk = argc > 1 && strcmp(argv[1], "--kiosk") == 0};
    const char *configuration = argc > 1 ? argv[argc - 1] : "footfall.json";

    static footfall_gtk_error_handler handler = {show_error, NULL};
    footfall_host host = {.size = sizeof host, .on_error = footfall_gtk_on_error, .user = &handler};
    counter.analytics = footfall_new_from_file(configuration, &host);
    if (counter.analytics == NULL) g_printerr("ticket-counter: no analytics: %s\n", footfall_last_error());

    GtkApplication *app = gtk_application_new("org.example.TicketCounter", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(app, "activate", G_CALLBACK(activate), &counter);
    footfall_gtk_watch(G_APPLICATION(app), counter.analytics);
    int status = g_application_run(G_APPLICATION(app), 1, argv);

    footfall_close(counter.analytics, 2000);
    footfall_free(counter.analytics);
    g_object_unref(app);
    return status;
}
