// SPDX-License-Identifier: MIT
// libcurl, loaded when the first upload starts: linking it would add 4 ms to every start
// of the process.
#ifndef FOOTFALL_CURL_H
#define FOOTFALL_CURL_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FOOTFALL_CURL_LOADED = 0,
    /// libcurl is missing or cannot be used, until it is installed.
    FOOTFALL_CURL_UNAVAILABLE = 1,
    /// There are no descriptors or no memory at the moment.
    FOOTFALL_CURL_PASSING = 2,
};

/// Loads and initialises libcurl, and writes the reason of a failure into `text`. After a
/// failure, a later call tries again, two seconds later at the earliest. OpenSSL is set up
/// without its exit handler, which would run while the uploader may still use OpenSSL.
int ftf_curl_load(char *text, size_t size);

typedef struct ftf_transfer ftf_transfer;

/// A set of transfers for one thread. NULL when there is no memory.
CURLM *ftf_curl_multi_new(void);
void ftf_curl_multi_free(CURLM *multi);

/// How to reach a server; NULL means the default.
typedef struct {
    /// The PEM file of the trusted certificate authorities; the default is the system's.
    const char *ca_file;
    /// The proxy in curl's form. By default the environment decides (`https_proxy`, …), but
    /// not in a set-user-id process. Not used for 127.0.0.0/8, ::1 and localhost.
    const char *proxy;
    /// Hosts that are reached without the proxy, separated by commas.
    const char *no_proxy;
} ftf_transfer_options;

/// Begins a POST, or a HEAD when `body` is NULL. The body is copied. Returns NULL when there
/// is no memory.
ftf_transfer *ftf_transfer_start(CURLM *multi, const char *url, const char *const *headers, int header_count,
                                           const void *body, size_t count, const ftf_transfer_options *options,
                                           uint64_t tag, size_t response_limit);

/// Whether the TLS connection to the server was made.
int ftf_transfer_was_connected(const ftf_transfer *transfer);

/// Continues all transfers without waiting.
void ftf_curl_perform(CURLM *multi);

/// Waits until a transfer can continue or one of up to 16 descriptors can be read.
void ftf_curl_poll(CURLM *multi, const int *fds, int fd_count, int milliseconds);

/// The next transfer that ended; NULL when there is none.
ftf_transfer *ftf_curl_finished(CURLM *multi);

uint64_t ftf_transfer_tag(const ftf_transfer *transfer);
/// The HTTP status; 0 when there was no complete answer.
long ftf_transfer_status(const ftf_transfer *transfer);
/// Why there was no complete answer.
const char *ftf_transfer_error(const ftf_transfer *transfer);
const unsigned char *ftf_transfer_body(const ftf_transfer *transfer, size_t *count);
/// The header block of the last answer.
const char *ftf_transfer_headers(const ftf_transfer *transfer, size_t *count);
/// Removes a transfer from its set, if it is still in it, and frees it.
void ftf_transfer_free(CURLM *multi, ftf_transfer *transfer);

#endif
