// SPDX-License-Identifier: MIT
// What a thread keeps for the C library: the text of its last error, and the callbacks that it is in.
#ifndef FOOTFALL_MESSAGE_H
#define FOOTFALL_MESSAGE_H

#include <stddef.h>

/// Keeps the last error of this thread: at most 511 bytes, cut between characters.
void ftf_set_message(const char *utf8, size_t count);
/// The last error of this thread; empty before the first.
const char *ftf_message(void);

/// A callback of a client that this thread is in. It lies on the stack of the thread.
typedef struct ftf_call {
    const void *client;
    const struct ftf_call *outer;
} ftf_call;

/// The thread is in a callback until ftf_call_end.
void ftf_call_begin(ftf_call *call, const void *client);
void ftf_call_end(const ftf_call *call);
/// Whether the thread is in a callback of the client.
int ftf_is_in_call(const void *client);

#endif
