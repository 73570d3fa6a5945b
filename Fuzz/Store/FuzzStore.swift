// SPDX-License-Identifier: MIT
import CFuzz
import FootfallStore
import Glibc

/// Uses the input as the database file. Recovery must leave a store that can be opened, or fail with an error.
private func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let state = StateDirectory(path: "/dev/shm/footfall-fuzz-\(getpid())")
    try? state.create()
    for suffix in ["", "-wal", "-shm"] { unlink("\(state.database)\(suffix)") }
    let file = open(state.database, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = write(file, data, count)
    close(file)
    do {
        _ = try StoreRecovery(state).run(stamp: 1)
        // Damage that the check did not find must show as an error.
        if let store = try? Store(path: state.database) {
            _ = try? store.destinations.all()
            _ = try? store.counters.all()
            try? store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", "v") }
        }
    } catch {
        // For example, the file is the database of another program.
    }
    return 0
}

@main struct FuzzStore {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments) { fuzz($0, $1) })
    }
}
