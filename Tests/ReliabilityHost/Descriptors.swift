// SPDX-License-Identifier: MIT
import Glibc

private nonisolated(unsafe) var taken: [Int32] = []

/// Takes all descriptors that the process may have. By the main thread only.
func useUpDescriptors() {
    while true {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        taken.append(descriptor)
    }
}

func giveBackDescriptors() {
    for descriptor in taken { close(descriptor) }
    taken = []
}
