// SPDX-License-Identifier: MIT
// Loads libmicrohttpd with dlopen. Linked, it would load nine libraries and cost every
// start 2.4 ms, even when nothing is collected.
#ifndef FOOTFALL_MICROHTTPD_H
#define FOOTFALL_MICROHTTPD_H

#include <microhttpd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#pragma clang assume_nonnull begin

/// The functions that are used, with their types from <microhttpd.h>.
struct ftf_microhttpd {
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_stop_daemon) *stop_daemon;
    __typeof__(MHD_get_daemon_info) *get_daemon_info;
    __typeof__(MHD_get_connection_info) *get_connection_info;
    __typeof__(MHD_lookup_connection_value) *lookup_connection_value;
    __typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
    __typeof__(MHD_create_response_from_callback) *create_response_from_callback;
    __typeof__(MHD_add_response_header) *add_response_header;
    __typeof__(MHD_queue_response) *queue_response;
    __typeof__(MHD_destroy_response) *destroy_response;
    __typeof__(MHD_suspend_connection) *suspend_connection;
    __typeof__(MHD_resume_connection) *resume_connection;
    __typeof__(MHD_get_version) *get_version;
};

/// Fills the table from the library with this file name. Returns NULL, or the reason why the
/// library cannot be loaded: a text that is valid until the calling thread ends.
const char *_Nullable ftf_microhttpd_load(const char *name, struct ftf_microhttpd *table);

/// The table of libmicrohttpd.so.12, which the first call loads. Returns NULL and sets `why`
/// when the library cannot be loaded. Any thread may call it.
const struct ftf_microhttpd *_Nullable ftf_microhttpd_table(const char *_Nullable *_Nonnull why);

/// The options of a daemon.
struct ftf_microhttpd_options {
    unsigned int flags;
    /// The address to listen on.
    const struct sockaddr *address;
    size_t connection_memory;
    unsigned int connection_limit;
    /// Seconds without traffic after which a connection is closed.
    unsigned int connection_timeout;
    /// Threads in the pool; 0 and 1 both mean one thread.
    unsigned int threads;
    /// Both as PEM text; only with MHD_USE_TLS.
    const char *_Nullable certificate;
    const char *_Nullable key;
    MHD_AccessHandlerCallback access;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connected;
    /// The first argument of all callbacks.
    void *argument;
};

/// Collects the messages of libmicrohttpd on the calling thread, for the text of an error,
/// instead of printing them.
void ftf_microhttpd_log(void *_Nullable unused, const char *format, va_list arguments);
/// The messages of the calling thread since they were last cleared.
const char *ftf_microhttpd_messages(void);
void ftf_microhttpd_clear_messages(void);

/// Calls MHD_start_daemon, which is variadic, so Swift cannot call it. On failure it returns
/// NULL, and errno and ftf_microhttpd_messages() have the reason.
static inline struct MHD_Daemon *_Nullable ftf_microhttpd_start(
    const struct ftf_microhttpd *table, const struct ftf_microhttpd_options *options) {
    struct MHD_OptionItem more[4] = {{MHD_OPTION_END, 0, NULL}};
    int count = 0;
    if (options->threads > 1) {
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, options->threads, NULL};
    }
    if (options->certificate && options->key) {
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)options->certificate};
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)options->key};
    }
    more[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return table->start_daemon(
        options->flags, 0, NULL, NULL, options->access, options->argument,
        MHD_OPTION_EXTERNAL_LOGGER, ftf_microhttpd_log, NULL,
        MHD_OPTION_SOCK_ADDR, options->address,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory,
        MHD_OPTION_CONNECTION_LIMIT, options->connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, options->connection_timeout,
        MHD_OPTION_NOTIFY_COMPLETED, options->completed, options->argument,
        MHD_OPTION_NOTIFY_CONNECTION, options->connected, options->argument,
        MHD_OPTION_ARRAY, more,
        MHD_OPTION_END);
}

/// The port that a daemon listens on; 0 when libmicrohttpd cannot tell.
static inline uint16_t ftf_microhttpd_port(const struct ftf_microhttpd *table, struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = table->get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

/// Whether the notification says that a connection was opened. Otherwise it is being closed.
static inline int ftf_microhttpd_is_opened(enum MHD_ConnectionNotificationCode change) {
    return change == MHD_CONNECTION_NOTIFY_STARTED;
}

/// The socket of a connection; -1 when it has none.
static inline int ftf_microhttpd_descriptor(
    const struct ftf_microhttpd *table, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        table->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? (int)info->connect_fd : -1;
}

#pragma clang assume_nonnull end

#endif
