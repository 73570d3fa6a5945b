// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

/// An open file of a disk, as SQLite has it.
struct open_file {
    sqlite3_file base;
    ftf_disk *disk;
    struct disk_file *file;
    bool uses_regions;
};

static sqlite3_vfs *original;
static sqlite3_vfs vfs;
static ftf_disk *disks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int file_close(sqlite3_file *file) { return SQLITE_OK; }

static int file_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    struct disk_file *file = ((struct open_file *)base)->file;
    if (((struct open_file *)base)->disk->is_off) return SQLITE_IOERR_READ;
    int64_t there = file->size - offset;
    if (there >= count) {
        memcpy(bytes, file->bytes + offset, count);
        return SQLITE_OK;
    }
    if (there < 0) there = 0;
    if (there > 0) memcpy(bytes, file->bytes + offset, there);
    memset((char *)bytes + there, 0, count - there);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    struct open_file *open = (struct open_file *)base;
    return disk_write(open->disk, open->file, bytes, count, offset);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct open_file *open = (struct open_file *)base;
    return disk_truncate(open->disk, open->file, size);
}

static int file_sync(sqlite3_file *base, int flags) {
    struct open_file *open = (struct open_file *)base;
    return disk_sync(open->disk, open->file);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    *size = ((struct open_file *)base)->file->size;
    return SQLITE_OK;
}

// There is one connection: it has all locks.
static int file_lock(sqlite3_file *base, int level) { return SQLITE_OK; }

static int file_is_reserved(sqlite3_file *base, int *is_reserved) {
    *is_reserved = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument) { return SQLITE_NOTFOUND; }

// As those of a file on Linux.
static int file_sector_size(sqlite3_file *base) { return 4096; }
static int file_characteristics(sqlite3_file *base) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

static int file_region(sqlite3_file *base, int index, int size, int makes, void volatile **region) {
    struct open_file *open = (struct open_file *)base;
    ftf_disk *disk = open->disk;
    *region = NULL;
    if (index >= REGIONS || size != REGION) return SQLITE_IOERR_SHMMAP;
    if (!open->uses_regions) {
        // The first that opens it makes it empty.
        for (int64_t other = 0; other < REGIONS; other++)
            if (disk->regions[other]) free(disk->regions[other]), disk->regions[other] = NULL;
        open->uses_regions = true;
    }
    if (!disk->regions[index]) {
        if (!makes) return SQLITE_OK;
        if (index >= disk->region_count) {
            if (!disk_take(disk, REGION)) return SQLITE_IOERR_SHMSIZE;
            disk->region_count = index + 1;
        }
        disk->regions[index] = calloc(1, REGION);
        if (!disk->regions[index]) return SQLITE_IOERR_NOMEM;
    }
    *region = disk->regions[index];
    return SQLITE_OK;
}

static int file_region_lock(sqlite3_file *base, int offset, int count, int flags) { return SQLITE_OK; }
static void file_barrier(sqlite3_file *base) { __sync_synchronize(); }
static int file_region_close(sqlite3_file *base, int deletes) { return SQLITE_OK; }

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_region,
    .xShmLock = file_region_lock,
    .xShmBarrier = file_barrier,
    .xShmUnmap = file_region_close,
};

/// The disk of a path, and what comes behind its directory; NULL for all others.
static ftf_disk *disk_of(const char *path, const char **name) {
    if (!path) return NULL;
    pthread_mutex_lock(&lock);
    ftf_disk *disk = disks;
    for (; disk; disk = disk->next) {
        size_t length = strlen(disk->directory);
        if (strncmp(path, disk->directory, length) != 0 || path[length] != '/') continue;
        *name = path + length + 1;
        break;
    }
    pthread_mutex_unlock(&lock);
    return disk;
}

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *base, int flags, int *got) {
    const char *name;
    ftf_disk *disk = disk_of(path, &name);
    if (!disk) return original->xOpen(original, path, base, flags, got);
    struct open_file *open = (struct open_file *)base;
    memset(open, 0, sizeof *open);
    open->disk = disk;
    open->file = disk_find(disk, name, flags & SQLITE_OPEN_CREATE);
    if (!open->file) return SQLITE_CANTOPEN;
    open->base.pMethods = &methods;
    if (got) *got = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int syncs) {
    const char *name;
    ftf_disk *disk = disk_of(path, &name);
    if (!disk) return original->xDelete(original, path, syncs);
    struct disk_file *file = disk_find(disk, name, false);
    if (!file) return SQLITE_IOERR_DELETE_NOENT;
    if (disk->is_off) return SQLITE_IOERR_DELETE;
    disk_delete(disk, file);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *self, const char *path, int flags, int *result) {
    const char *name;
    ftf_disk *disk = disk_of(path, &name);
    if (!disk) return original->xAccess(original, path, flags, result);
    struct disk_file *file = disk_find(disk, name, false);
    *result = file && (flags != SQLITE_ACCESS_EXISTS || file->size > 0);
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *self, const char *path, int count, char *full) {
    const char *name;
    if (!disk_of(path, &name)) return original->xFullPathname(original, path, count, full);
    if ((int)strlen(path) >= count) return SQLITE_CANTOPEN;
    strcpy(full, path);
    return SQLITE_OK;
}

int disk_register(void) {
    pthread_mutex_lock(&lock);
    int code = SQLITE_OK;
    if (!original) {
        // Sums that all threads wait for. Too late where something was opened before.
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        code = sqlite3_initialize();
    }
    if (!original && code == SQLITE_OK) {
        original = sqlite3_vfs_find(NULL);
        vfs = *original;
        vfs.pNext = NULL;
        vfs.zName = "footfall-disk";
        if (vfs.szOsFile < (int)sizeof(struct open_file)) vfs.szOsFile = sizeof(struct open_file);
        vfs.xOpen = vfs_open;
        vfs.xDelete = vfs_delete;
        vfs.xAccess = vfs_access;
        vfs.xFullPathname = vfs_full_path;
        code = sqlite3_vfs_register(&vfs, 1);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

void disk_add(ftf_disk *disk) {
    pthread_mutex_lock(&lock);
    disk->next = disks;
    disks = disk;
    pthread_mutex_unlock(&lock);
}

void disk_remove(ftf_disk *disk) {
    pthread_mutex_lock(&lock);
    for (ftf_disk **place = &disks; *place; place = &(*place)->next) {
        if (*place != disk) continue;
        *place = disk->next;
        break;
    }
    pthread_mutex_unlock(&lock);
}
