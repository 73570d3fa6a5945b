// SPDX-License-Identifier: MIT
import Glibc

/// Limits the length of files (RLIMIT_FSIZE); a negative length is no limit.
func limitFiles(_ bytes: Int) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(UInt32(1)), &limit)
    limit.rlim_cur = bytes < 0 ? limit.rlim_max : rlim_t(bytes)
    setrlimit(__rlimit_resource_t(UInt32(1)), &limit)
}
