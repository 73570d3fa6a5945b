// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// A mapping of a destination, compiled once: its trigger, its action and the directives of
/// its fields.
package final class AmplitudeMapping: Sendable {
    package let name: String
    /// The text of the trigger, as it was given.
    package let subscribe: String?
    /// The action; `nil` for an unknown name. Such a mapping is not used.
    package let action: AmplitudeAction?
    let trigger: Result<Trigger, TriggerError>?
    let reader: Result<PayloadReader, MappingError>?

    /// What is wrong with the mapping, each with its name and the place. Such a mapping is not
    /// used.
    package let problems: [String]

    /// - Parameters:
    ///   - name: What the mapping is called in warnings and by `footfall explain`.
    ///   - subscribe: A trigger; with `nil` the mapping matches no event.
    ///   - actionName: The name of an action, as `logEventV2`.
    ///   - mapping: The directive of each field.
    package init(name: String, subscribe: String?, action actionName: String, mapping: JSONObject) {
        self.name = name
        self.subscribe = subscribe
        var problems: [String] = []
        let action = AmplitudeAction(rawValue: actionName)
        self.action = action
        if let subscribe, !subscribe.isEmpty {
            do throws(TriggerError) {
                trigger = .success(try Trigger(compiling: subscribe))
            } catch {
                trigger = .failure(error)
                problems.append("mapping \"\(name)\", subscribe: \(error)")
            }
        } else {
            trigger = nil
            problems.append("mapping \"\(name)\": subscribe is missing; it says for which events the mapping is")
        }
        if let action {
            do throws(MappingError) {
                reader = .success(PayloadReader(action, try Mapping(compiling: mapping)))
            } catch {
                reader = .failure(error)
                problems += error.messages.map { "mapping \"\(name)\", \(action.rawValue): \($0)" }
            }
        } else {
            reader = nil
            let known = AmplitudeAction.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append("mapping \"\(name)\": there is no action \(actionName); known are \(known)")
        }
        self.problems = problems
    }

    package convenience init(_ preset: Preset) {
        self.init(name: preset.name, subscribe: preset.subscribe, action: preset.action, mapping: preset.mapping)
    }
}
