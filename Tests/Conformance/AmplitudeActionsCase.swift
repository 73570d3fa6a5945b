// SPDX-License-Identifier: MIT
import AmplitudeActions
import FootfallJSON

/// `{settings, action | subscriptions, mapping, override?, omit?, replies?, batch?, event, expect}`.
struct AmplitudeActionsCase {
    private let example: JSONObject
    private var replies: ArraySlice<Int>
    private var requests: [JSON] = []
    private var results: [String]?

    private init(_ example: JSONObject) {
        self.example = example
        replies =
            (example["replies"]?.arrayValue ?? []).map {
                Int($0.objectValue?["status"]?.intValue ?? 200)
            }[...]
    }

    static func difference(_ example: JSONObject) -> String? {
        var run = AmplitudeActionsCase(example)
        let error = run.run()
        return run.compare(error)
    }

    /// What the original would have failed with; `nil` when it would not.
    private mutating func run() -> JSONObject? {
        let settings: AmplitudeSettings
        do throws(PayloadError) {
            settings = try AmplitudeSettings(validating: example["settings"]?.objectValue ?? [:])
        } catch {
            return Self.error(.payload(error))
        }
        let event = example["event"] ?? [:]
        switch example["action"]?.stringValue {
        case "onDelete":
            return send(settings.deletion(ofUser: event.objectValue?["userId"]))
        case "testAuthentication":
            let failed = send(settings.authenticationTest())
            guard let status = failed?["status"]?.intValue,
                let problem = AmplitudeSettings.authenticationProblem(status: Int(status))
            else { return failed }
            return ["kind": "error", "message": .string(problem)]
        default: break
        }
        let mapper = AmplitudeMapper(settings: settings, mappings: mappings, additions: .none)
        if let batch = example["batch"]?.arrayValue {
            guard case .failed(let failure) = mapper.outcome(forBatch: batch) else { return nil }
            return Self.error(failure)
        }
        let now = example["now"]?.stringValue.flatMap { Timestamp($0) } ?? Timestamp(milliseconds: 0)
        let outcomes = mapper.outcomes(for: event, now: now)
        results = outcomes.flatMap(\.originalTexts)
        var first: JSONObject?
        for outcome in outcomes {
            guard let error = perform(outcome, settings) else { continue }
            first = first ?? error
        }
        return first
    }

    private mutating func perform(_ outcome: MappingOutcome, _ settings: AmplitudeSettings) -> JSONObject? {
        switch outcome {
        case .failed(let failure): return Self.error(failure)
        case .calls(let calls, _):
            for call in calls {
                if let error = send(settings.request(for: call)) { return error }
            }
            return nil
        default: return nil
        }
    }

    private var mappings: [AmplitudeMapping] {
        guard let subscriptions = example["subscriptions"] else {
            let action = example["action"]?.stringValue ?? ""
            return [
                AmplitudeMapping(
                    name: action, subscribe: "type != \"no type\"", action: action,
                    mapping: Self.mapping(action, example))
            ]
        }
        if subscriptions == "presets" { return Preset.original.map(AmplitudeMapping.init) }
        return (subscriptions.arrayValue ?? []).compactMap(\.objectValue).enumerated().map { index, subscription in
            let action = subscription["action"]?.stringValue ?? ""
            return AmplitudeMapping(
                name: "\(index + 1)", subscribe: subscription["subscribe"]?.stringValue, action: action,
                mapping: Self.mapping(action, subscription))
        }
    }

    private static func mapping(_ action: String, _ source: JSONObject) -> JSONObject {
        var mapping = source["mapping"]?.objectValue ?? [:]
        if source["mapping"] == "default" { mapping = AmplitudeAction(rawValue: action)?.defaultMapping ?? [:] }
        mapping.merge(source["override"]?.objectValue ?? [:])
        for key in source["omit"]?.arrayValue ?? [] { mapping[key.stringValue ?? ""] = nil }
        return mapping
    }

    /// Notes a request down and answers it.
    private mutating func send(_ request: AmplitudeRequest) -> JSONObject? {
        var object: JSONObject = ["method": .string(request.method), "url": .string(request.url)]
        if let authorization = request.authorization { object["authorization"] = .string(authorization) }
        if let type = request.contentType { object["contentType"] = .string(type) }
        switch request.content {
        case .none: break
        // What is no JSON is missing in the comparison.
        case .json: object["json"] = try? JSONParser.parse(String(decoding: request.body, as: UTF8.self))
        case .form(let pairs): object["form"] = .object(JSONObject(pairs.map { ($0.name, .string($0.value)) }))
        }
        requests.append(.object(object))
        let status = replies.popFirst() ?? 200
        return (200..<300).contains(status) ? nil : ["kind": "http", "status": .int(Int64(status))]
    }

    private static func error(_ failure: ActionFailure) -> JSONObject {
        var object: JSONObject = ["kind": .string(failure.originalKind)]
        switch failure {
        case .mapping(let error): object["messages"] = .array(error.messages.map(JSON.string))
        case .payload(let error):
            object["status"] = .int(Int64(PayloadError.status))
            object["errors"] = .array(
                error.faults.map { ["pointer": .string($0.pointer), "message": .string($0.message)] })
            object["message"] = .string(error.description)
        default: object["message"] = .string(failure.description)
        }
        return object
    }
}

extension AmplitudeActionsCase {
    private func compare(_ error: JSONObject?) -> String? {
        let expect = example["expect"]?.objectValue ?? [:]
        let expectedError = expect["error"]?.objectValue
        guard (error == nil) == (expectedError == nil) else {
            return Conformance.difference("error", expect["error"], error.map(JSON.object))
        }
        if let error, let expectedError {
            var keys = ["kind", "status"]
            if expectedError["kind"] == "mapping" { keys = ["kind", "messages"] }
            for key in keys where expectedError[key] != nil {
                if key == "status", error[key] == nil { continue }
                if let text = Conformance.difference(key, expectedError[key], error[key]) { return text }
            }
            if expectedError["kind"] == "validation" {
                let wanted = Self.sorted(expectedError["errors"])
                let got = Self.sorted(error["errors"])
                if wanted != got { return "errors are \(got), expected are \(wanted)" }
            }
        }
        if let expected = expect["results"], let results {
            let got = JSON.array(results.map(JSON.string))
            if let text = Conformance.difference("results", expected, got) { return text }
        }
        guard let expected = expect["requests"]?.arrayValue else { return nil }
        return compareRequests(expected)
    }

    private static func sorted(_ errors: JSON?) -> [String] {
        (errors?.arrayValue ?? []).map { error in
            let object = error.objectValue ?? [:]
            return "\(object["pointer"]?.stringValue ?? ""): \(object["message"]?.stringValue ?? "")"
        }.sorted()
    }

    /// The order counts; not that between several subscriptions.
    private func compareRequests(_ expected: [JSON]) -> String? {
        guard expected.count == requests.count else {
            return "there are \(requests.count) requests, expected are \(expected.count): \(JSON.array(requests).text)"
        }
        var rest = requests
        for (index, wanted) in expected.enumerated() {
            let differences = rest.map { Self.difference(of: $0, wanted) }
            let isAnyOrder = example["subscriptions"] != nil
            if let place = differences.firstIndex(where: { $0 == nil }), place == 0 || isAnyOrder {
                rest.remove(at: place)
            } else {
                return "request \(index + 1): \(differences.first.flatMap { $0 } ?? "missing")"
            }
        }
        return nil
    }

    private static func difference(of request: JSON, _ expected: JSON) -> String? {
        guard var got = request.objectValue, let wanted = expected.objectValue else { return "no request" }
        if let form = got["form"]?.objectValue, let wantedForm = wanted["form"]?.objectValue {
            var read = form
            for (name, value) in wantedForm where value.objectValue?["$json"] != nil {
                // What is no JSON is compared as text.
                let parsed = form[name]?.stringValue.flatMap { try? JSONParser.parse($0) }
                read[name] = parsed.map { ["$json": $0] } ?? form[name]
            }
            got["form"] = .object(read)
        }
        return Conformance.difference("it", .object(wanted), .object(got))
    }
}
