// SPDX-License-Identifier: MIT
#include "disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t blocks(int64_t size) { return (size + BLOCK - 1) / BLOCK * BLOCK; }

bool disk_take(ftf_disk *disk, int64_t bytes) {
    if (disk->room < 0 || bytes <= 0) return true;
    if (bytes > disk->room && disk->reserve > 0 && access(disk->reserve_path, F_OK) != 0) {
        disk->room += disk->reserve;
        disk->reserve = 0;
    }
    if (bytes > disk->room) return false;
    disk->room -= bytes;
    return true;
}

static void give(ftf_disk *disk, int64_t bytes) {
    if (disk->room >= 0) disk->room += bytes;
}

struct disk_file *disk_find(ftf_disk *disk, const char *name, bool makes) {
    struct disk_file *unused = NULL;
    for (int index = 0; index < FILES; index++) {
        struct disk_file *file = &disk->files[index];
        if (file->exists && strcmp(file->name, name) == 0) return file;
        if (!file->exists && unused == NULL) unused = file;
    }
    if (!makes || unused == NULL || strlen(name) >= sizeof unused->name) return NULL;
    strcpy(unused->name, name);
    unused->exists = true;
    return unused;
}

/// The bytes behind the end are always 0.
static bool reserve(struct disk_file *file, int64_t size) {
    if (size <= file->capacity) return true;
    int64_t capacity = file->capacity ? file->capacity : 64 << 10;
    while (capacity < size) capacity *= 2;
    unsigned char *bytes = calloc(1, capacity), *synced = calloc(1, capacity), *dirty = calloc(1, capacity / SECTOR);
    if (!bytes || !synced || !dirty) {
        free(bytes), free(synced), free(dirty);
        return false;
    }
    if (file->capacity) {
        memcpy(bytes, file->bytes, file->capacity);
        memcpy(synced, file->synced, file->capacity);
        memcpy(dirty, file->dirty, file->capacity / SECTOR);
    }
    free(file->bytes), free(file->synced), free(file->dirty);
    file->bytes = bytes, file->synced = synced, file->dirty = dirty, file->capacity = capacity;
    return true;
}

static void mark(struct disk_file *file, int64_t begin, int64_t end) {
    if (begin >= end) return;
    int64_t first = begin / SECTOR, last = (end - 1) / SECTOR + 1;
    memset(file->dirty + first, 1, last - first);
    bool is_clean = file->first_dirty == file->last_dirty;
    if (is_clean || first < file->first_dirty) file->first_dirty = first;
    if (is_clean || last > file->last_dirty) file->last_dirty = last;
}

/// Counts down to a cut; whether the power is gone.
static bool is_off(ftf_disk *disk) {
    if (disk->steps_left > 0 && --disk->steps_left == 0) ftf_disk_cut(disk, disk->seed);
    return disk->is_off;
}

int disk_write(ftf_disk *disk, struct disk_file *file, const void *bytes, int64_t count, int64_t offset) {
    if (is_off(disk)) return SQLITE_IOERR_WRITE;
    int64_t end = offset + count;
    if (!disk_take(disk, blocks(end) - blocks(file->size))) return SQLITE_FULL;
    if (!reserve(file, end)) return SQLITE_IOERR_NOMEM;
    memcpy(file->bytes + offset, bytes, count);
    // A gap before it is zeroes, on the disk as well.
    mark(file, offset < file->size ? offset : file->size, end);
    if (end > file->size) file->size = end;
    return SQLITE_OK;
}

int disk_truncate(ftf_disk *disk, struct disk_file *file, int64_t size) {
    if (is_off(disk)) return SQLITE_IOERR_TRUNCATE;
    if (size >= file->size) return SQLITE_OK;
    memset(file->bytes + size, 0, file->size - size);
    mark(file, size, file->size);
    give(disk, blocks(file->size) - blocks(size));
    file->size = size;
    if (size < file->least_size) file->least_size = size;
    return SQLITE_OK;
}

/// Each sector that differs is as it was synced, or as it was written, where
/// `is_new` has it.
static void settle(struct disk_file *file, bool (*is_new)(int64_t, void *), void *context) {
    for (int64_t sector = file->first_dirty; sector < file->last_dirty; sector++) {
        if (!file->dirty[sector]) continue;
        unsigned char *now = file->bytes + sector * SECTOR, *before = file->synced + sector * SECTOR;
        bool takes = !is_new || is_new(sector, context);
        memcpy(takes ? before : now, takes ? now : before, SECTOR);
        file->dirty[sector] = 0;
    }
    file->first_dirty = file->last_dirty = 0;
}

int disk_sync(ftf_disk *disk, struct disk_file *file) {
    if (is_off(disk)) return SQLITE_IOERR_FSYNC;
    settle(file, NULL, NULL);
    file->synced_size = file->least_size = file->size;
    return SQLITE_OK;
}

void disk_delete(ftf_disk *disk, struct disk_file *file) {
    disk_truncate(disk, file, 0);
    disk_sync(disk, file);
    file->exists = false;
}

/// What a cut does to the sectors of a file.
struct fate {
    uint64_t state;
    enum { NONE, ALL, BEGINNING, SOME } kind;
    int64_t end;
};

static uint64_t next(struct fate *fate) {
    uint64_t mixed = fate->state += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
}

static bool survives(int64_t sector, void *context) {
    struct fate *fate = context;
    switch (fate->kind) {
    case NONE: return false;
    case ALL: return true;
    case BEGINNING: return sector < fate->end;
    default: return next(fate) & 1;
    }
}

void ftf_disk_cut(ftf_disk *disk, uint64_t seed) {
    disk->is_off = true;
    disk->steps_left = 0;
    struct fate fate = {.state = seed};
    for (int index = 0; index < FILES; index++) {
        struct disk_file *file = &disk->files[index];
        if (!file->exists) continue;
        fate.kind = next(&fate) % 4;
        // A file is shortened as a whole or not at all, and then nothing of what came after is there.
        bool is_shortened = file->least_size < file->synced_size;
        if (is_shortened && next(&fate) & 1) fate.kind = NONE;
        if (is_shortened && fate.kind != NONE) {
            memset(file->synced + file->least_size, 0, file->synced_size - file->least_size);
            file->synced_size = file->least_size;
        }
        int64_t range = file->last_dirty - file->first_dirty;
        fate.end = range > 0 ? file->first_dirty + (int64_t)(next(&fate) % (uint64_t)range) : 0;
        bool keeps_size = fate.kind == ALL || (fate.kind != NONE && next(&fate) & 1);
        int64_t size = keeps_size ? file->size : file->synced_size;
        settle(file, survives, &fate);
        int64_t longest = file->size > file->synced_size ? file->size : file->synced_size;
        if (longest > size) {
            memset(file->bytes + size, 0, longest - size);
            memset(file->synced + size, 0, longest - size);
        }
        give(disk, blocks(file->size) - blocks(size));
        file->size = file->synced_size = file->least_size = size;
    }
}

void ftf_disk_cut_later(ftf_disk *disk, int64_t count, uint64_t seed) {
    disk->steps_left = count;
    disk->seed = seed;
}

int ftf_disk_is_off(const ftf_disk *disk) { return disk->is_off; }

void ftf_disk_start(ftf_disk *disk) {
    disk->is_off = false;
    disk->steps_left = 0;
}

void ftf_disk_set_room(ftf_disk *disk, int64_t bytes, const char *name, int64_t reserve) {
    disk->room = bytes;
    disk->reserve = reserve;
    snprintf(disk->reserve_path, sizeof disk->reserve_path, "%s/%s", disk->directory, name);
}

void ftf_disk_copy(ftf_disk *disk, const ftf_disk *other) {
    disk->room = -1;
    ftf_disk_start(disk);
    disk->region_count = 0;
    for (int index = 0; index < FILES; index++)
        if (disk->files[index].exists) disk_delete(disk, &disk->files[index]);
    for (int index = 0; index < FILES; index++) {
        const struct disk_file *file = &other->files[index];
        struct disk_file *mine = file->exists ? disk_find(disk, file->name, true) : NULL;
        if (!mine || file->size == 0) continue;
        disk_write(disk, mine, file->bytes, file->size, 0);
        disk_sync(disk, mine);
    }
}

ftf_disk *ftf_disk_make(const char *directory) {
    ftf_disk *disk = calloc(1, sizeof *disk);
    if (!disk || disk_register() != SQLITE_OK) return free(disk), NULL;
    snprintf(disk->directory, sizeof disk->directory, "%s", directory);
    disk->room = -1;
    disk_add(disk);
    return disk;
}

void ftf_disk_free(ftf_disk *disk) {
    disk_remove(disk);
    for (int index = 0; index < FILES; index++) {
        struct disk_file *file = &disk->files[index];
        free(file->bytes), free(file->synced), free(file->dirty);
    }
    for (int index = 0; index < REGIONS; index++) free(disk->regions[index]);
    free(disk);
}
