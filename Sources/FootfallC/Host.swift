// SPDX-License-Identifier: MIT
import CFootfall
import Footfall

/// What the program gives to its client.
struct Host {
    let callbacks: HostCallbacks
    private let applicationId: String?
    private let applicationVersion: String?
    private let applicationBuild: String?
    private let stateDirectory: String?
    private let onError: OnError?

    private typealias OnError =
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void

    init() {
        callbacks = HostCallbacks(nil, nil)
        (applicationId, applicationVersion, applicationBuild, stateDirectory, onError) = (nil, nil, nil, nil, nil)
    }

    init(_ pointer: UnsafePointer<footfall_host>) throws(CallProblem) {
        let host = try Arguments.copy(pointer, footfall_host(), "footfall_host")
        callbacks = HostCallbacks(host.user, host.release)
        onError = host.on_error
        do throws(CallProblem) {
            applicationId = try Arguments.text(host.application_id, "application_id")
            applicationVersion = try Arguments.text(host.application_version, "application_version")
            applicationBuild = try Arguments.text(host.application_build, "application_build")
            stateDirectory = try Arguments.text(host.state_directory, "state_directory")
        } catch {
            callbacks.end()
            throw error
        }
    }

    /// What the program says goes before what the configuration says.
    func apply(to configuration: inout Configuration, needsApplication: Bool) throws(CallProblem) {
        let known = configuration.application
        if let id = applicationId ?? known?.id, !id.isBlank {
            configuration = configuration.application(
                id: id, name: known?.name, version: applicationVersion ?? known?.version,
                build: applicationBuild ?? known?.build)
        } else if needsApplication {
            throw .invalid(
                "application.id: it is missing; set it in the configuration, or application_id of footfall_host")
        }
        if let stateDirectory {
            if let problem = StateLocation.problem(ofDirectory: stateDirectory) {
                throw .invalid("state_directory: \(problem)")
            }
            configuration = configuration.stateDirectory(stateDirectory)
        }
        guard let onError else { return }
        let callbacks = callbacks
        configuration = configuration.errorHandler { error in
            callbacks.call { user in
                error.code.rawValue.withCString { code in error.message.withCString { onError(user, code, $0) } }
            }
        }
    }
}
