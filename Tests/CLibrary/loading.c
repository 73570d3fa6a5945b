// SPDX-License-Identifier: MIT
// dlopen, use, dlclose, ten times: loading LIBRARY. It is not linked to the library.
#include "check.h"

#include <dlfcn.h>

int main(int count, char **arguments) {
    if (count < 2) return 64;
    const char *directory = scratch();
    for (int round = 0; round < 10; round++) {
        double begin = now_ms();
        void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        if (!library) fprintf(stderr, "%s\n", dlerror());
        if (!library) return 70;
        double took = now_ms() - begin;
#define FIND(name) __typeof__(&name) name##_ = (__typeof__(&name))dlsym(library, #name)
        FIND(footfall_new);
        FIND(footfall_track);
        FIND(footfall_close);
        FIND(footfall_free);
        footfall_host host = {.size = sizeof host};
        host.application_id = "com.example.Loading", host.state_directory = directory;
        footfall_client *client = footfall_new_("{}", &host);
        CHECK(client, "no client");
        CHECK(footfall_track_(client, "x", NULL, NULL) == FOOTFALL_OK, "track");
        // In half of the rounds the threads of the library run when it is closed.
        if (round % 2) CHECK(footfall_close_(client, 5000) == FOOTFALL_OK, "close");
        if (round % 2) footfall_free_(client);
        CHECK(dlclose(library) == 0, "dlclose");
        if (round == 0) printf("the first dlopen took %.1f ms\n", took);
    }
    printf("loading: %ld checks, %ld failed\n", atomic_load(&checks_made), atomic_load(&checks_failed));
    return atomic_load(&checks_failed) != 0;
}
