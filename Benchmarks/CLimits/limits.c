// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "ftf_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

int64_t ftf_limits_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int ftf_limits_paced_write(const char *path, size_t bytes, int calls, int64_t pace, int64_t *took) {
    char *record = malloc(bytes);
    if (!record) return ENOMEM;
    memset(record, 'x', bytes);
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int failed = fd < 0 ? errno : 0;
    int64_t next = ftf_limits_now();
    for (int i = 0; i < calls && !failed; i++) {
        while (ftf_limits_now() < next) {
        }
        int64_t begin = ftf_limits_now();
        if (write(fd, record, bytes) != (ssize_t)bytes) failed = errno ? errno : ENOSPC;
        took[i] = ftf_limits_now() - begin;
        next = begin + pace;
    }
    if (fd >= 0) close(fd);
    unlink(path);
    free(record);
    return failed;
}

double ftf_limits_sqlite(const char *path, int rows, int per_transaction, size_t bytes) {
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    double result = -1;
    char *body = malloc(bytes);
    if (!body) return -1;
    memset(body, 'x', bytes);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL)) goto end;
    // The settings of Footfall's own store.
    if (sqlite3_exec(db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 1000;"
                     "PRAGMA journal_size_limit = 1048576;"
                     "CREATE TABLE event (id INTEGER PRIMARY KEY, routes INTEGER NOT NULL, priority INTEGER NOT NULL,"
                     "stored INTEGER NOT NULL, body BLOB NOT NULL)",
                     NULL, NULL, NULL))
        goto end;
    if (sqlite3_prepare_v2(db, "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5)", -1, &insert, NULL)) goto end;
    int64_t begin = ftf_limits_now();
    for (int row = 0; row < rows; row++) {
        if (row % per_transaction == 0 && sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL)) goto end;
        sqlite3_bind_int64(insert, 1, row + 1);
        sqlite3_bind_int64(insert, 2, 1);
        sqlite3_bind_int64(insert, 3, 1);
        sqlite3_bind_int64(insert, 4, 1700000000000);
        sqlite3_bind_blob(insert, 5, body, (int)bytes, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert)) goto end;
        if (row % per_transaction == per_transaction - 1 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL)) goto end;
    }
    if (!sqlite3_get_autocommit(db) && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL)) goto end;
    result = rows * 1e9 / (double)(ftf_limits_now() - begin);
end:
    sqlite3_finalize(insert);
    sqlite3_close(db);
    free(body);
    return result;
}

double ftf_limits_gzip(const unsigned char *body, size_t bytes, int times, size_t *compressed) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return -1;
    size_t room = deflateBound(&stream, bytes) + 32;
    unsigned char *target = malloc(room);
    int64_t begin = ftf_limits_now();
    int failed = target == NULL;
    for (int i = 0; i < times && !failed; i++) {
        deflateReset(&stream);
        stream.next_in = (unsigned char *)body;
        stream.avail_in = (unsigned)bytes;
        stream.next_out = target;
        stream.avail_out = (unsigned)room;
        failed = deflate(&stream, Z_FINISH) != Z_STREAM_END;
        *compressed = room - stream.avail_out;
    }
    double seconds = (double)(ftf_limits_now() - begin) / 1e9 / times;
    deflateEnd(&stream);
    free(target);
    return failed ? -1 : seconds;
}

int ftf_limits_log_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void ftf_limits_drain(int socket) {
    char message[8192];
    while (recv(socket, message, sizeof message, 0) >= 0) {
    }
}

int64_t ftf_limits_sync(const char *path, size_t bytes) {
    int64_t took = -1;
    char *content = calloc(1, bytes);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (content && fd >= 0 && pwrite(fd, content, bytes, 0) == (ssize_t)bytes) {
        int64_t begin = ftf_limits_now();
        if (fdatasync(fd) == 0) took = ftf_limits_now() - begin;
    }
    if (fd >= 0) close(fd);
    free(content);
    return took;
}
