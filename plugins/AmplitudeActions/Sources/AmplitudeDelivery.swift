// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// Makes the requests of a batch, and reads Amplitude's answers.
struct AmplitudeDelivery: Delivery {
    /// A request may have 1 MB, and a mapped event is about as large as the event. Merging
    /// splits what becomes larger.
    let limits = BatchLimits(events: 500, bytes: 700_000)
    private let configuration: AmplitudeConfiguration

    init(_ configuration: AmplitudeConfiguration) { self.configuration = configuration }

    var address: String? { configuration.mapper.settings.url(.httpapi) }

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        if let problem = configuration.keyProblem { return .finished(.blocked(problem)) }
        var calls: [SourcedCall] = []
        var deletions: [DeliveryPlan.Part] = []
        var verdicts = DeliveryVerdicts()
        var place = 0
        batch.forEach { body in
            defer { place += 1 }
            // This library wrote the event, so only a damaged one cannot be parsed.
            guard let event = try? JSONParser.parse(body) else {
                verdicts.refused[place] = "the stored event is damaged"
                return
            }
            if event.objectValue?["type"] == "delete" {
                deletions.append(deletion(of: event, at: place))
                return
            }
            take(event, place, attempt.sentAt, &calls, &verdicts)
        }
        let merged = CallMerger.merged(calls, isMerging: configuration.mergesCalls)
        return .plan(DeliveryPlan(parts: merged.map { part($0, attempt) } + deletions, verdicts: verdicts))
    }

    /// Adds the calls of one event. An event without calls is dropped, or refused if a mapping
    /// failed.
    private func take(
        _ event: JSON, _ place: Int, _ now: Timestamp, _ calls: inout [SourcedCall], _ verdicts: inout DeliveryVerdicts
    ) {
        var failure: ActionFailure?
        var hasCalls = false
        for outcome in configuration.mapper.outcomes(for: event, now: now) {
            switch outcome {
            case .calls(let made, _):
                for call in made {
                    hasCalls = true
                    calls.append(SourcedCall(source: place, call: configuration.asSent(call, of: event)))
                }
            case .failed(let why): failure = failure ?? why
            case .noTrigger, .unreadableTrigger, .notSubscribed, .unknownAction: break
            }
        }
        guard !hasCalls else { return }
        if let failure { verdicts.refused[place] = "\(failure)" } else { verdicts.dropped.insert(place) }
    }

    private func part(_ merged: MergedCall, _ attempt: DeliveryAttempt) -> DeliveryPlan.Part {
        let settings = configuration.mapper.settings
        let request = settings.request(for: merged.call)
        // Amplitude's answer repeats a key that it does not know.
        let secrets = [settings.apiKey, settings.secretKey ?? ""]
        return DeliveryPlan.Part(request: http(request, attempt), places: merged.sources) { response in
            Self.verdicts(AmplitudeAnswer(response.masking(secrets), to: merged.call), merged)
        }
    }

    private func http(_ request: AmplitudeRequest, _ attempt: DeliveryAttempt) -> DeliveryRequest {
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        if let type = request.contentType { headers.append(("Content-Type", type)) }
        if let authorization = request.authorization { headers.append(("Authorization", authorization)) }
        headers += attempt.headers
        var isJSON = false
        if case .json = request.content { isJSON = true }
        return DeliveryRequest(
            url: request.url, headers: headers, body: request.body,
            // Amplitude's own clients compress events. Its documentation does not mention forms.
            isCompressed: configuration.compresses && isJSON, allowsInsecure: configuration.allowsInsecure)
    }

    private func deletion(of event: JSON, at place: Int) -> DeliveryPlan.Part {
        let user = event.objectValue?["userId"] ?? event.objectValue?["anonymousId"]
        let settings = configuration.mapper.settings
        let request = settings.deletion(ofUser: user)
        let secrets = [settings.apiKey, settings.secretKey ?? ""]
        return DeliveryPlan.Part(
            request: http(request, DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)), places: [place]
        ) { response in
            let text = "Amplitude answered \(response.status)" + DeliveryOutcome.excerpt(response.masking(secrets).body)
            var verdicts = DeliveryVerdicts()
            switch DeliveryOutcome(status: response) {
            case .accepted: return nil
            // Amplitude does not know the user, so there is nothing to delete.
            case .refused where response.status == 400: verdicts.refused[place] = text
            case .retry(_, let after): verdicts.rest = .retry(text, after: after)
            default: verdicts.rest = .blocked(text)
            }
            return verdicts
        }
    }

    /// The verdicts of an answer for the events of the batch: each event has the verdict of its
    /// items. `nil` when the whole call is accepted.
    private static func verdicts(_ answer: AmplitudeAnswer, _ merged: MergedCall) -> DeliveryVerdicts? {
        var verdicts = DeliveryVerdicts()
        switch answer {
        case .accepted: return nil
        case .partial(let items):
            for (item, why) in items.refused where merged.sources.indices.contains(item) {
                verdicts.refused[merged.sources[item]] = why
            }
            verdicts.rest = items.throttled.isEmpty ? .again : .retry("Amplitude throttles", after: items.wait)
        case .tooLarge(let why), .refused(let why): verdicts.rest = .refused(why)
        case .retry(let why, let after): verdicts.rest = .retry(why, after: after)
        case .blocked(let why): verdicts.rest = .blocked(why)
        }
        return verdicts
    }
}

extension AmplitudeConfiguration {
    /// The call as it is sent: a user's identify call may become an event. A group's cannot,
    /// because an event needs a user or a device.
    package func asSent(_ call: AmplitudeCall, of event: JSON) -> AmplitudeCall {
        guard sendsIdentifiesAsEvents, call.endpoint == .identify else { return call }
        let time = event.objectValue?["timestamp"]?.stringValue.flatMap { Timestamp($0) }
        return call.asEvents(time: time?.milliseconds)
    }
}
