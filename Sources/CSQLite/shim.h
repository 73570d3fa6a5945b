// SPDX-License-Identifier: MIT
#ifndef FOOTFALL_CSQLITE_SHIM_H
#define FOOTFALL_CSQLITE_SHIM_H

#include <sqlite3.h>

// Swift does not import constants that are computed from others.
static const int footfall_SQLITE_IOERR_SHMSIZE = SQLITE_IOERR_SHMSIZE;
static const int footfall_SQLITE_IOERR_NOMEM = SQLITE_IOERR_NOMEM;
static const int footfall_SQLITE_CANTOPEN_SYMLINK = SQLITE_CANTOPEN_SYMLINK;
static const int footfall_SQLITE_CANTOPEN_ISDIR = SQLITE_CANTOPEN_ISDIR;
static const int footfall_SQLITE_READONLY_ROLLBACK = SQLITE_READONLY_ROLLBACK;

/// Where the code of SQLite is that this copy of the library calls.
static inline const void *ftf_sqlite3_address(void) { return (const void *)sqlite3_open_v2; }

// SQLITE_STATIC and SQLITE_TRANSIENT are casts, which Swift does not import.

/// Binds bytes that must stay in place until the statement is reset.
static inline int ftf_sqlite3_bind_blob_static(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

/// Binds a text, which SQLite copies.
static inline int ftf_sqlite3_bind_text_copied(sqlite3_stmt *statement, int index, const char *text, int count) {
    return sqlite3_bind_text(statement, index, text ? text : "", count, SQLITE_TRANSIENT);
}

/// Makes the database file grow in steps of so many bytes.
static inline void ftf_sqlite3_set_growth(sqlite3 *db, int bytes) {
    sqlite3_file_control(db, "main", SQLITE_FCNTL_CHUNK_SIZE, &bytes);
}

/// Gets disk blocks for the first bytes of the database file. Returns SQLITE_NOTFOUND when
/// the file system cannot do that.
static inline int ftf_sqlite3_reserve(sqlite3 *db, sqlite3_int64 bytes) {
    return sqlite3_file_control(db, "main", SQLITE_FCNTL_SIZE_HINT, &bytes);
}

/// sqlite3_db_config is variadic, which Swift does not import.
static inline int ftf_sqlite3_db_config_flag(sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)0);
}

#endif
