// SPDX-License-Identifier: MIT
// The functions of libcurl, found when it is loaded.
#ifndef FOOTFALL_CURL_FUNCTIONS_H
#define FOOTFALL_CURL_FUNCTIONS_H

#include <curl/curl.h>

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

struct ftf_curl_functions {
#define DECLARE(name) __typeof__(name) *name;
    FOOTFALL_CURL_FUNCTIONS(DECLARE)
#undef DECLARE
};

/// Filled by ftf_curl_load; not to be used before it succeeded.
extern struct ftf_curl_functions ftf_curl;

/// Whether the process is set-user-id, set-group-id or got capabilities from its file:
/// then another user set the environment.
int ftf_curl_is_privileged(void);

#endif
