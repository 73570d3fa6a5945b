// SPDX-License-Identifier: MIT
#include "ftf_message.h"

#include <string.h>

static _Thread_local char message[512];
static _Thread_local const ftf_call *innermost;

void ftf_set_message(const char *utf8, size_t count) {
    if (count >= sizeof message) {
        count = sizeof message - 1;
        // A character is not cut: its further bytes begin with the bits 10.
        while (count > 0 && ((unsigned char)utf8[count] & 0xC0) == 0x80) count--;
    }
    memcpy(message, utf8, count);
    message[count] = 0;
}

const char *ftf_message(void) { return message; }

void ftf_call_begin(ftf_call *call, const void *client) {
    call->client = client;
    call->outer = innermost;
    innermost = call;
}

void ftf_call_end(const ftf_call *call) { innermost = call->outer; }

int ftf_is_in_call(const void *client) {
    for (const ftf_call *call = innermost; call; call = call->outer) {
        if (call->client == client) return 1;
    }
    return 0;
}
