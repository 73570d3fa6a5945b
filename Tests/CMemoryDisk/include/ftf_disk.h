// SPDX-License-Identifier: MIT
// A disk in memory for SQLite, whose power can be cut and that can be full.
#ifndef FOOTFALL_DISK_H
#define FOOTFALL_DISK_H

#include <stdint.h>

typedef struct ftf_disk ftf_disk;

/// A disk for the databases in a directory. The directory is a real one, and so
/// is all else in it; paths elsewhere are SQLite's as before. For one connection
/// at a time. NULL without memory.
ftf_disk *ftf_disk_make(const char *directory);

/// Its databases must be closed.
void ftf_disk_free(ftf_disk *disk);

/// Takes over the files of another, all of them synced, with no limit on room.
/// Its databases must be closed.
void ftf_disk_copy(ftf_disk *disk, const ftf_disk *other);

/// How many bytes the files may grow by, in blocks of 4 KiB; negative for no limit.
/// What `name` in the directory is there for, so many bytes, comes on top as soon
/// as it is removed.
void ftf_disk_set_room(ftf_disk *disk, int64_t bytes, const char *name, int64_t reserve);

/// The power goes: from here on nothing is written. What was not synced may be on
/// the disk or not, sector by sector, as `seed` has it.
void ftf_disk_cut(ftf_disk *disk, uint64_t seed);

/// The power goes in the midst of something: at the `count`th write or sync from now.
void ftf_disk_cut_later(ftf_disk *disk, int64_t count, uint64_t seed);

/// Whether the power is gone.
int ftf_disk_is_off(const ftf_disk *disk);

/// The power is back, or does not go after all.
void ftf_disk_start(ftf_disk *disk);

#endif
