// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_curl.h"
#include "functions.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct ftf_transfer {
    CURL *easy;
    struct curl_slist *headers;
    uint64_t tag;
    unsigned char *body;
    size_t body_count, body_sent;
    unsigned char *response;
    size_t response_count, response_limit;
    char *header_block;
    size_t header_count;
    CURLcode result;
    long status;
    int is_added;
    char error[CURL_ERROR_SIZE];
};

// Without a seek function libcurl cannot send the body a second time on its own, after
// a connection turned out to be dead.
static size_t read_body(char *target, size_t size, size_t count, void *opaque) {
    ftf_transfer *transfer = opaque;
    size_t room = size * count, left = transfer->body_count - transfer->body_sent;
    if (left > room) left = room;
    memcpy(target, transfer->body + transfer->body_sent, left);
    transfer->body_sent += left;
    return left;
}

static size_t take_response(char *bytes, size_t size, size_t count, void *opaque) {
    ftf_transfer *transfer = opaque;
    size_t got = size * count, room = transfer->response_limit - transfer->response_count;
    size_t kept = got < room ? got : room;
    if (kept) {
        unsigned char *larger = realloc(transfer->response, transfer->response_count + kept);
        if (!larger) return 0;
        transfer->response = larger;
        memcpy(larger + transfer->response_count, bytes, kept);
        transfer->response_count += kept;
    }
    // An answer beyond the limit ends the transfer, and its beginning is kept.
    return kept;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *opaque) {
    ftf_transfer *transfer = opaque;
    size_t got = size * count;
    if (got >= 5 && memcmp(bytes, "HTTP/", 5) == 0) transfer->header_count = 0;
    if (transfer->header_count + got > 65536) return got;
    char *larger = realloc(transfer->header_block, transfer->header_count + got);
    if (!larger) return 0;
    transfer->header_block = larger;
    memcpy(larger + transfer->header_count, bytes, got);
    transfer->header_count += got;
    return got;
}

// SOCK_CLOEXEC: a program that the host starts must not inherit the connection.
static curl_socket_t open_socket(void *opaque, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)opaque;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Whether a URL leads to this machine, as libcurl reads it; -1 when there is no memory.
static int is_loopback(const char *url) {
    CURLU *parts = ftf_curl.curl_url();
    if (!parts) return -1;
    char *host = NULL;
    int result = 0;
    if (ftf_curl.curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        ftf_curl.curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && host) {
        size_t count = strlen(host);
        struct in_addr four;
        struct in6_addr six;
        if (host[0] == '[' && count > 2) {
            host[count - 1] = 0;
            if (inet_pton(AF_INET6, host + 1, &six) == 1) {
                result = IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
            }
        } else if (inet_aton(host, &four)) {
            result = ntohl(four.s_addr) >> 24 == 127;
        } else {
            if (count && host[count - 1] == '.') host[--count] = 0;
            result = strcasecmp(host, "localhost") == 0 || (count > 10 && strcasecmp(host + count - 10, ".localhost") == 0);
        }
    }
    ftf_curl.curl_free(host);
    ftf_curl.curl_url_cleanup(parts);
    return result;
}

CURLM *ftf_curl_multi_new(void) {
    CURLM *multi = ftf_curl.curl_multi_init();
    if (multi) ftf_curl.curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 8L);
    return multi;
}

void ftf_curl_multi_free(CURLM *multi) {
    if (multi) ftf_curl.curl_multi_cleanup(multi);
}

ftf_transfer *ftf_transfer_start(CURLM *multi, const char *url, const char *const *headers, int header_count,
                                           const void *body, size_t count, const ftf_transfer_options *options,
                                           uint64_t tag, size_t response_limit) {
    ftf_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) return NULL;
    transfer->tag = tag;
    transfer->response_limit = response_limit;
    transfer->body = malloc(count ? count : 1);
    transfer->easy = ftf_curl.curl_easy_init();
    if (!transfer->body || !transfer->easy) {
        ftf_transfer_free(multi, transfer);
        return NULL;
    }
    if (count) memcpy(transfer->body, body, count);
    transfer->body_count = count;
    for (int i = 0; i < header_count; i++) {
        struct curl_slist *longer = ftf_curl.curl_slist_append(transfer->headers, headers[i]);
        if (!longer) {
            ftf_transfer_free(multi, transfer);
            return NULL;
        }
        transfer->headers = longer;
    }

    int is_local = is_loopback(url);
    if (is_local < 0) {
        ftf_transfer_free(multi, transfer);
        return NULL;
    }

    CURL *easy = transfer->easy;
    ftf_curl.curl_easy_setopt(easy, CURLOPT_URL, url);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    if (body) {
        ftf_curl.curl_easy_setopt(easy, CURLOPT_POST, 1L);
        ftf_curl.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    } else {
        ftf_curl.curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    ftf_curl.curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_response);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    // libcurl must not install signal handlers, and SIGPIPE must not reach the host.
    ftf_curl.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (options->ca_file) {
        ftf_curl.curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
        ftf_curl.curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    // Requests to this machine use no proxy. For others, the environment decides if the
    // configuration does not; in a set-user-id process it is another user's and is not used.
    const char *unset = ftf_curl_is_privileged() ? "" : NULL;
    const char *proxy = is_local ? "" : options->proxy ? options->proxy : unset;
    const char *no_proxy = options->no_proxy ? options->no_proxy : unset;
    if (proxy) ftf_curl.curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
    if (no_proxy) ftf_curl.curl_easy_setopt(easy, CURLOPT_NOPROXY, no_proxy);
    // CURLAUTH_ANY asks the proxy with a first request. For plain http that request would
    // carry the body, which cannot be sent twice; for https it is the tunnel's, without one.
    int is_tunnel = strncmp(url, "https:", 6) == 0;
    ftf_curl.curl_easy_setopt(easy, CURLOPT_PROXYAUTH, is_tunnel ? (long)CURLAUTH_ANY : (long)CURLAUTH_BASIC);
    // 15 s to connect, two minutes in all, and 30 s below 100 bytes a second: libcurl
    // averages over five seconds, so 24 s here end a slow transfer after about 30.
    ftf_curl.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 15000L);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 120000L);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 100L);
    ftf_curl.curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 24L);

    if (ftf_curl.curl_multi_add_handle(multi, easy) != CURLM_OK) {
        ftf_transfer_free(multi, transfer);
        return NULL;
    }
    transfer->is_added = 1;
    return transfer;
}

void ftf_curl_perform(CURLM *multi) {
    int running;
    ftf_curl.curl_multi_perform(multi, &running);
}

void ftf_curl_poll(CURLM *multi, const int *fds, int fd_count, int milliseconds) {
    struct curl_waitfd waited[16];
    if (fd_count > 16) fd_count = 16;
    for (int i = 0; i < fd_count; i++) {
        waited[i].fd = fds[i];
        waited[i].events = CURL_WAIT_POLLIN;
        waited[i].revents = 0;
    }
    int ready;
    ftf_curl.curl_multi_poll(multi, waited, (unsigned)fd_count, milliseconds, &ready);
}

ftf_transfer *ftf_curl_finished(CURLM *multi) {
    int left;
    CURLMsg *message;
    while ((message = ftf_curl.curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        ftf_transfer *transfer = NULL;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        ftf_curl.curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        if (!transfer) continue;
        transfer->result = result;
        long status = 0;
        ftf_curl.curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        // A write error comes from the limit in take_response: the answer is only long.
        int is_cut = result == CURLE_WRITE_ERROR && transfer->response_count == transfer->response_limit;
        transfer->status = result == CURLE_OK || is_cut ? status : 0;
        return transfer;
    }
    return NULL;
}

int ftf_transfer_was_connected(const ftf_transfer *transfer) {
    curl_off_t connected = 0;
    ftf_curl.curl_easy_getinfo(transfer->easy, CURLINFO_APPCONNECT_TIME_T, &connected);
    return connected > 0;
}

uint64_t ftf_transfer_tag(const ftf_transfer *transfer) { return transfer->tag; }
long ftf_transfer_status(const ftf_transfer *transfer) { return transfer->status; }

const char *ftf_transfer_error(const ftf_transfer *transfer) {
    return transfer->error[0] ? transfer->error : ftf_curl.curl_easy_strerror(transfer->result);
}

const unsigned char *ftf_transfer_body(const ftf_transfer *transfer, size_t *count) {
    *count = transfer->response_count;
    return transfer->response;
}

const char *ftf_transfer_headers(const ftf_transfer *transfer, size_t *count) {
    *count = transfer->header_count;
    return transfer->header_block;
}

void ftf_transfer_free(CURLM *multi, ftf_transfer *transfer) {
    if (!transfer) return;
    if (transfer->is_added) ftf_curl.curl_multi_remove_handle(multi, transfer->easy);
    if (transfer->easy) ftf_curl.curl_easy_cleanup(transfer->easy);
    if (transfer->headers) ftf_curl.curl_slist_free_all(transfer->headers);
    free(transfer->body);
    free(transfer->response);
    free(transfer->header_block);
    free(transfer);
}
