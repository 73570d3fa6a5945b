// SPDX-License-Identifier: MIT
// libcurl, loaded when the first upload starts: linking it costs every start of
// the process 4 ms.
#ifndef FOOTFALL_CURL_H
#define FOOTFALL_CURL_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FOOTFALL_CURL_LOADED = 0,
    /// libcurl is missing or cannot be used: a person has to act.
    FOOTFALL_CURL_UNAVAILABLE = 1,
    /// No descriptors or no memory just now.
    FOOTFALL_CURL_PASSING = 2,
};

/// Loads libcurl and initialises it. What failed is tried again by a later call, two
/// seconds after that at the earliest; why it failed is put into `text`. Sets
/// OpenSSL up so that it leaves no exit handler behind: those run while the
/// uploader may still be inside OpenSSL.
int footfall_curl_load(char *text, size_t size);

typedef struct footfall_transfer footfall_transfer;

/// A set of transfers, driven by one thread. NULL when there is no memory.
CURLM *footfall_curl_multi_new(void);
void footfall_curl_multi_free(CURLM *multi);

/// How to reach a server; NULL leaves a thing to its default.
typedef struct {
    /// A PEM file of authorities instead of the system's.
    const char *ca_file;
    /// As curl takes it; without it the environment decides (`https_proxy`, …), but
    /// not in a set-user-id process. Not used for 127.0.0.0/8, ::1 and localhost.
    const char *proxy;
    /// Hosts that are reached without it, separated by commas.
    const char *no_proxy;
} footfall_transfer_options;

/// Begins a POST, or a HEAD where `body` is NULL. The body is copied. NULL when
/// it cannot be begun.
footfall_transfer *footfall_transfer_start(CURLM *multi, const char *url, const char *const *headers, int header_count,
                                           const void *body, size_t count, const footfall_transfer_options *options,
                                           uint64_t tag, size_t response_limit);

/// Whether the server was reached, with TLS if that was wanted.
int footfall_transfer_was_connected(const footfall_transfer *transfer);

/// Does what can be done without waiting.
void footfall_curl_perform(CURLM *multi);

/// Waits for the transfers and for up to 8 descriptors, at most so long.
void footfall_curl_poll(CURLM *multi, const int *fds, int fd_count, int milliseconds);

/// A transfer that ended; NULL when none did.
footfall_transfer *footfall_curl_finished(CURLM *multi);

uint64_t footfall_transfer_tag(const footfall_transfer *transfer);
/// The HTTP status, or 0 when there was no whole answer.
long footfall_transfer_status(const footfall_transfer *transfer);
/// Why there was none.
const char *footfall_transfer_error(const footfall_transfer *transfer);
const unsigned char *footfall_transfer_body(const footfall_transfer *transfer, size_t *count);
/// The header block of the last answer.
const char *footfall_transfer_headers(const footfall_transfer *transfer, size_t *count);
/// Removes it from its set, if it is still there, and frees it.
void footfall_transfer_free(CURLM *multi, footfall_transfer *transfer);

#endif
