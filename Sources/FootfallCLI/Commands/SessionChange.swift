// SPDX-License-Identifier: MIT
import Footfall

/// Changes the session or the visit, then prints the id of the one that is open, if any.
///
/// - Parameters:
///   - offMessage: The error when the configuration has `"session": false`.
///   - openID: The id after the change.
func changeSession(
    _ global: Globals, offMessage: String, _ change: (Analytics) -> Void, openID: (Analytics) -> JSON?
) throws {
    try exiting {
        let settings = try Settings(global)
        guard settings.sessions != nil else { throw CommandExit(.usage, offMessage) }
        let refused = "nothing was changed"
        guard !StateLocation.isTrackingRefused else { return Unstored(.optedOut).report(change: refused, global) }
        let client = try Client(settings, global, undone: refused)
        defer { client.close() }
        if let unstored = try client.refusal() { return unstored.report(change: refused, global) }
        change(client.analytics)
        try client.commit()
        let id = openID(client.analytics)
        if global.json {
            Console.write(["id": id ?? .null])
        } else if let id {
            Console.show(id.stringValue ?? id.text)
        }
    }
}
