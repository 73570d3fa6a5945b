// SPDX-License-Identifier: MIT

/// What delivers the events of one destination: its own ``Delivery``, or what the host made
/// of that.
struct DeliveryChoice {
    /// In the order of the calls.
    private var replacements: [@Sendable (any Delivery) -> any Delivery] = []
    /// What was made: the first `nil` before that, the second for a destination without a delivery.
    var made: (any Delivery)??

    mutating func replace(_ replacement: @escaping @Sendable (any Delivery) -> any Delivery) {
        replacements.append(replacement)
        made = .none
    }

    /// What takes the place of the destination's own delivery.
    func replaced(_ own: any Delivery) -> any Delivery { replacements.reduce(own) { $1($0) } }
}

extension DestinationPlugin {
    /// Replaces what delivers the destination's events, or wraps it.
    ///
    /// It works for every destination whose ``makeDelivery()`` returns a delivery. A test gives a
    /// delivery of its own; a host changes the requests, for example to send them to a proxy:
    ///
    /// ```swift
    /// let segment = SegmentDestination()
    /// segment.replaceDelivery { own in
    ///     own.changingRequests { request in
    ///         request.url = "https://proxy.example.com/segment"
    ///         request.headers.append((name: "X-Device", value: "kiosk-7"))
    ///         request.isCompressed = false
    ///     }
    /// }
    /// analytics.add(plugin: segment)
    /// ```
    ///
    /// Call it before the destination is added to a client. A second call gets what the first one
    /// made.
    ///
    /// - Parameter replacement: Gets the destination's own delivery. It is called once, on the
    ///   pipeline's thread, when the destination is added.
    public func replaceDelivery(_ replacement: @escaping @Sendable (_ own: any Delivery) -> any Delivery) {
        timeline.replaceDelivery(replacement)
    }

    /// What delivers the events; `nil` for a destination that delivers by itself.
    var chosenDelivery: (any Delivery)? { timeline.delivery(made: makeDelivery) }
}
