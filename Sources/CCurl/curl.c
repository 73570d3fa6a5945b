// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "footfall_curl.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// curl.h defines these as macros that check types. Here the functions are needed.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define FOOTFALL_CURL_FUNCTIONS(X)                                                                                     \
    X(curl_global_init)                                                                                                \
    X(curl_easy_init)                                                                                                  \
    X(curl_easy_cleanup)                                                                                               \
    X(curl_easy_setopt)                                                                                                \
    X(curl_easy_getinfo)                                                                                               \
    X(curl_easy_strerror)                                                                                              \
    X(curl_slist_append)                                                                                               \
    X(curl_slist_free_all)                                                                                             \
    X(curl_url)                                                                                                        \
    X(curl_url_set)                                                                                                    \
    X(curl_url_get)                                                                                                    \
    X(curl_url_cleanup)                                                                                                \
    X(curl_free)                                                                                                       \
    X(curl_multi_init)                                                                                                 \
    X(curl_multi_cleanup)                                                                                              \
    X(curl_multi_setopt)                                                                                               \
    X(curl_multi_add_handle)                                                                                           \
    X(curl_multi_remove_handle)                                                                                        \
    X(curl_multi_perform)                                                                                              \
    X(curl_multi_poll)                                                                                                 \
    X(curl_multi_info_read)

static struct {
#define DECLARE(name) __typeof__(name) *name;
    FOOTFALL_CURL_FUNCTIONS(DECLARE)
#undef DECLARE
} curl;

// The result of the last attempt to load libcurl. Protected by `lock`.
static int state = FOOTFALL_CURL_UNAVAILABLE;
static char why[512];
static int64_t tried_at = INT64_MIN;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic pid_t lock_owner;

// After a failure libcurl is not loaded again sooner than this.
static const int64_t pause_nanoseconds = 2000000000;

// Set-user-id, set-group-id or with capabilities: another user set the environment.
static int is_privileged(void) { return getauxval(AT_SECURE) != 0; }

// Whether dlopen failed with this errno. dlopen leaves only a text, in the language
// of the process; strerror's is in the same language.
static int names_error(const char *text, int number) {
    char buffer[128];
    const char *name = strerror_r(number, buffer, sizeof buffer);
    return name && strstr(text, name) != NULL;
}

static int is_passing(const char *text) {
    static const int passing[] = {EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR, EIO};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        if (names_error(text, passing[i])) return 1;
    }
    // For a lack of memory ld.so has its own texts.
    return strstr(text, "cannot allocate memory") != NULL || strstr(text, "out of memory") != NULL;
}

static int fail(int kind, const char *format, const char *text) {
    snprintf(why, sizeof why, format, text);
    return kind;
}

static int failed_to_open(const char *text) {
    if (!text) text = "no reason is given";
    if (is_passing(text)) return fail(FOOTFALL_CURL_PASSING, "libcurl cannot be loaded now (%s)", text);
    if (names_error(text, ENOENT)) {
        return fail(FOOTFALL_CURL_UNAVAILABLE, "libcurl is not on this machine (%s): install libcurl4", text);
    }
    return fail(FOOTFALL_CURL_UNAVAILABLE, "libcurl cannot be used (%s): install libcurl4 again", text);
}

static int load(void) {
    // libcurl would write the session keys of its connections to that file, which another
    // user named.
    if (is_privileged() && getenv("SSLKEYLOGFILE")) {
        return fail(
            FOOTFALL_CURL_UNAVAILABLE, "libcurl is not loaded (%s)",
            "SSLKEYLOGFILE is set in a set-user-id process: start it without that variable");
    }
    // Tests hide the library by this name.
    const char *named = secure_getenv("FOOTFALL_LIBCURL");
    int is_named = named && *named;
    void *library = dlopen(is_named ? named : "libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        char first[256];
        const char *text = dlerror();
        snprintf(first, sizeof first, "%s", text ? text : "no reason is given");
        if (is_named || is_passing(first)) return failed_to_open(first);
        library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            const char *second = dlerror();
            // The error of a broken library tells more than that of a missing one.
            int is_second = names_error(first, ENOENT) && second && !names_error(second, ENOENT);
            return failed_to_open(is_second ? second : first);
        }
    }
#define FIND(name)                                                                                                     \
    curl.name = (__typeof__(name) *)dlsym(library, #name);                                                             \
    if (!curl.name) {                                                                                                  \
        dlclose(library);                                                                                              \
        return fail(FOOTFALL_CURL_UNAVAILABLE, "libcurl is too old, it has no %s: install 7.62 or newer", #name);      \
    }
    FOOTFALL_CURL_FUNCTIONS(FIND)
#undef FIND
    // OPENSSL_INIT_NO_ATEXIT. The function is looked up in libcurl and its dependencies.
    int (*init_crypto)(uint64_t, const void *) = (int (*)(uint64_t, const void *))dlsym(library, "OPENSSL_init_crypto");
    if (init_crypto) init_crypto(0x00080000L, NULL);
    CURLcode begun = curl.curl_global_init(CURL_GLOBAL_DEFAULT);
    if (begun == CURLE_OK) return FOOTFALL_CURL_LOADED;
    // libcurl stays loaded: a part of its set-up may already point into it.
    return fail(FOOTFALL_CURL_PASSING, "libcurl cannot be set up now (%s)", curl.curl_easy_strerror(begun));
}

int footfall_curl_load(char *text, size_t size) {
    // In a forked child, a thread of the parent may have held the lock.
    pid_t owner = lock_owner;
    if (owner != 0 && owner != getpid() && atomic_compare_exchange_strong(&lock_owner, &owner, 0)) {
        pthread_mutex_init(&lock, NULL);
    }
    pthread_mutex_lock(&lock);
    lock_owner = getpid();
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    int64_t now = (int64_t)clock.tv_sec * 1000000000 + clock.tv_nsec;
    if (state != FOOTFALL_CURL_LOADED && (tried_at == INT64_MIN || now - tried_at >= pause_nanoseconds)) {
        state = load();
        tried_at = now;
    }
    int result = state;
    if (size) snprintf(text, size, "%s", result == FOOTFALL_CURL_LOADED ? "" : why);
    lock_owner = 0;
    pthread_mutex_unlock(&lock);
    return result;
}

struct footfall_transfer {
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
    footfall_transfer *transfer = opaque;
    size_t room = size * count, left = transfer->body_count - transfer->body_sent;
    if (left > room) left = room;
    memcpy(target, transfer->body + transfer->body_sent, left);
    transfer->body_sent += left;
    return left;
}

static size_t take_response(char *bytes, size_t size, size_t count, void *opaque) {
    footfall_transfer *transfer = opaque;
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
    footfall_transfer *transfer = opaque;
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
    CURLU *parts = curl.curl_url();
    if (!parts) return -1;
    char *host = NULL;
    int result = 0;
    if (curl.curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl.curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && host) {
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
    curl.curl_free(host);
    curl.curl_url_cleanup(parts);
    return result;
}

CURLM *footfall_curl_multi_new(void) {
    CURLM *multi = curl.curl_multi_init();
    if (multi) curl.curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 8L);
    return multi;
}

void footfall_curl_multi_free(CURLM *multi) {
    if (multi) curl.curl_multi_cleanup(multi);
}

footfall_transfer *footfall_transfer_start(CURLM *multi, const char *url, const char *const *headers, int header_count,
                                           const void *body, size_t count, const footfall_transfer_options *options,
                                           uint64_t tag, size_t response_limit) {
    footfall_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) return NULL;
    transfer->tag = tag;
    transfer->response_limit = response_limit;
    transfer->body = malloc(count ? count : 1);
    transfer->easy = curl.curl_easy_init();
    if (!transfer->body || !transfer->easy) {
        footfall_transfer_free(multi, transfer);
        return NULL;
    }
    if (count) memcpy(transfer->body, body, count);
    transfer->body_count = count;
    for (int i = 0; i < header_count; i++) {
        struct curl_slist *longer = curl.curl_slist_append(transfer->headers, headers[i]);
        if (!longer) {
            footfall_transfer_free(multi, transfer);
            return NULL;
        }
        transfer->headers = longer;
    }

    int is_local = is_loopback(url);
    if (is_local < 0) {
        footfall_transfer_free(multi, transfer);
        return NULL;
    }

    CURL *easy = transfer->easy;
    curl.curl_easy_setopt(easy, CURLOPT_URL, url);
    curl.curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    if (body) {
        curl.curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    } else {
        curl.curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl.curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    curl.curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_response);
    curl.curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl.curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl.curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    // libcurl must not install signal handlers, and SIGPIPE must not reach the host.
    curl.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl.curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (options->ca_file) {
        curl.curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
        curl.curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    // Requests to this machine use no proxy. For others, the environment decides if the
    // configuration does not; in a set-user-id process it is another user's and is not used.
    const char *unset = is_privileged() ? "" : NULL;
    const char *proxy = is_local ? "" : options->proxy ? options->proxy : unset;
    const char *no_proxy = options->no_proxy ? options->no_proxy : unset;
    if (proxy) curl.curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
    if (no_proxy) curl.curl_easy_setopt(easy, CURLOPT_NOPROXY, no_proxy);
    // CURLAUTH_ANY asks the proxy with a first request. For plain http that request would
    // carry the body, which cannot be sent twice; for https it is the tunnel's, without one.
    int is_tunnel = strncmp(url, "https:", 6) == 0;
    curl.curl_easy_setopt(easy, CURLOPT_PROXYAUTH, is_tunnel ? (long)CURLAUTH_ANY : (long)CURLAUTH_BASIC);
    // 15 s to connect, two minutes in all, and 30 s below 100 bytes a second: libcurl
    // averages over five seconds, so 24 s here end a slow transfer after about 30.
    curl.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 15000L);
    curl.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 120000L);
    curl.curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 100L);
    curl.curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 24L);

    if (curl.curl_multi_add_handle(multi, easy) != CURLM_OK) {
        footfall_transfer_free(multi, transfer);
        return NULL;
    }
    transfer->is_added = 1;
    return transfer;
}

void footfall_curl_perform(CURLM *multi) {
    int running;
    curl.curl_multi_perform(multi, &running);
}

void footfall_curl_poll(CURLM *multi, const int *fds, int fd_count, int milliseconds) {
    struct curl_waitfd waited[16];
    if (fd_count > 16) fd_count = 16;
    for (int i = 0; i < fd_count; i++) {
        waited[i].fd = fds[i];
        waited[i].events = CURL_WAIT_POLLIN;
        waited[i].revents = 0;
    }
    int ready;
    curl.curl_multi_poll(multi, waited, (unsigned)fd_count, milliseconds, &ready);
}

footfall_transfer *footfall_curl_finished(CURLM *multi) {
    int left;
    CURLMsg *message;
    while ((message = curl.curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        footfall_transfer *transfer = NULL;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        curl.curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        if (!transfer) continue;
        transfer->result = result;
        long status = 0;
        curl.curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        // A write error comes from the limit in take_response: the answer is only long.
        int is_cut = result == CURLE_WRITE_ERROR && transfer->response_count == transfer->response_limit;
        transfer->status = result == CURLE_OK || is_cut ? status : 0;
        return transfer;
    }
    return NULL;
}

int footfall_transfer_was_connected(const footfall_transfer *transfer) {
    curl_off_t connected = 0;
    curl.curl_easy_getinfo(transfer->easy, CURLINFO_APPCONNECT_TIME_T, &connected);
    return connected > 0;
}

uint64_t footfall_transfer_tag(const footfall_transfer *transfer) { return transfer->tag; }
long footfall_transfer_status(const footfall_transfer *transfer) { return transfer->status; }

const char *footfall_transfer_error(const footfall_transfer *transfer) {
    return transfer->error[0] ? transfer->error : curl.curl_easy_strerror(transfer->result);
}

const unsigned char *footfall_transfer_body(const footfall_transfer *transfer, size_t *count) {
    *count = transfer->response_count;
    return transfer->response;
}

const char *footfall_transfer_headers(const footfall_transfer *transfer, size_t *count) {
    *count = transfer->header_count;
    return transfer->header_block;
}

void footfall_transfer_free(CURLM *multi, footfall_transfer *transfer) {
    if (!transfer) return;
    if (transfer->is_added) curl.curl_multi_remove_handle(multi, transfer->easy);
    if (transfer->easy) curl.curl_easy_cleanup(transfer->easy);
    if (transfer->headers) curl.curl_slist_free_all(transfer->headers);
    free(transfer->body);
    free(transfer->response);
    free(transfer->header_block);
    free(transfer);
}
