// SPDX-License-Identifier: MIT
// Files of a disk in memory, as the VFS uses them. Results are SQLite's codes.
#ifndef FOOTFALL_DISK_FILES_H
#define FOOTFALL_DISK_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "ftf_disk.h"

enum { SECTOR = 512, BLOCK = 4096, FILES = 6, REGIONS = 16, REGION = 32768 };

struct disk_file {
    char name[32];
    bool exists;
    /// What is read.
    unsigned char *bytes;
    int64_t size;
    /// What a cut leaves at least.
    unsigned char *synced;
    int64_t synced_size;
    /// How short it has been since.
    int64_t least_size;
    /// Sectors in which the two differ, and the range in which these lie.
    unsigned char *dirty;
    int64_t first_dirty, last_dirty;
    int64_t capacity;
};

struct ftf_disk {
    char directory[512];
    struct disk_file files[FILES];
    /// Memory that the connections to a database share; one is enough here.
    void *regions[REGIONS];
    int64_t region_count;
    bool is_off;
    int64_t room;
    char reserve_path[560];
    int64_t reserve;
    /// Writes and syncs until the power goes; 0 when it stays.
    int64_t steps_left;
    uint64_t seed;
    ftf_disk *next;
};

/// The file of a name, made if wanted; NULL when it is not there, or too many are.
struct disk_file *disk_find(ftf_disk *disk, const char *name, bool makes);
int disk_write(ftf_disk *disk, struct disk_file *file, const void *bytes, int64_t count, int64_t offset);
int disk_truncate(ftf_disk *disk, struct disk_file *file, int64_t size);
int disk_sync(ftf_disk *disk, struct disk_file *file);
void disk_delete(ftf_disk *disk, struct disk_file *file);
/// Takes so much of the room, if there is as much.
bool disk_take(ftf_disk *disk, int64_t bytes);
/// Puts SQLite's own file system behind the disks, once.
int disk_register(void);
void disk_add(ftf_disk *disk);
void disk_remove(ftf_disk *disk);

#endif
