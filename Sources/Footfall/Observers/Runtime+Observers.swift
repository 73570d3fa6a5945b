// SPDX-License-Identifier: MIT

extension Runtime {
    /// The user opted in: the plugins that observe it hear of it although no event comes. From
    /// any thread.
    func tellOfOptIn() {
        // Without a pipeline there is no plugin to be told.
        guard isRunning else { return }
        post(.inspect { [unowned self] _ in pipeline.runner.observers.tell() })
    }
}
