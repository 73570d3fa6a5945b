// SPDX-License-Identifier: MIT

extension Runtime {
    /// Tells a plugin something. If it does not return, or the process dies in it, the plugin is
    /// known. On the pipeline's thread.
    func tell(_ plugin: any Plugin, id: UInt64, _ body: () -> Void) {
        let marker = pipeline.runner.timeline.marker
        marker?.begin(.call)
        marker?.enter(plugin)
        watch.position.inside(id, body)
        marker?.end()
    }

    /// The user opted in: the plugins that observe it hear of it although no event comes. From
    /// any thread.
    func tellOfOptIn() {
        // Without a pipeline there is no plugin to be told.
        guard isRunning else { return }
        post(.inspect { [unowned self] _ in pipeline.runner.observers.tell() })
    }
}
