// SPDX-License-Identifier: MIT

/// What a plugin or destination must do for a host to run it without harm.
///
/// ``PluginConformance`` and ``DestinationConformance`` look for what breaks these rules.
public enum ConformanceRule: Sendable, CaseIterable {
    /// The client takes the plugin.
    case canBeAdded
    /// Every method returns within a second. While a plugin waits, no event is stored; while a
    /// delivery waits, no destination is delivered to.
    case returnsSoon
    /// No event is kept. A plugin that keeps each event needs more and more memory, and one that
    /// keeps an event over a reset keeps the data of a user who left.
    case keepsNoEvents
    /// The client is kept weakly. Otherwise it never ends, nor do its two threads.
    case letsGoOfClient
    /// `shutdown()` tracks nothing. A client that is being closed does not take such an event.
    case isSilentInShutdown
    /// The plugin does not answer each of its own events with another.
    case comesToRest
    /// `messageId`, `type` and `timestamp` stay, and one visitor has one anonymousId. By the
    /// `messageId` a server recognises an event that arrives twice.
    case keepsIdentity
    /// Events have the fields that their type needs, and stay below 32 KiB.
    case keepsEventsValid
    /// Some events pass. A plugin that drops every event of the suite probably drops by mistake.
    case letsEventsPass
    /// A plugin of the type `after` neither changes nor drops: events are stored already.
    case leavesStoredEvents
    /// No method calls what waits for the client, such as `flush(timeout:)`.
    case callsNothingThatWaits

    /// The request has every event of the batch once, in the order of the batch, and no other.
    case sendsTheBatch
    /// Another attempt at a batch has the same body, so that the server recognises the events.
    case repeatsExactly
    /// The request can be made: https, no header that frames the message, and a body that the
    /// server takes.
    case makesPossibleRequests
    /// The server's own answer is accepted.
    case acceptsItsServer
    /// A web page with status 200, as of a captive portal, is not accepted; nor is any status
    /// but 2xx.
    case acceptsNoOtherAnswer
    /// A wrong key, an address that is gone, a redirect and a busy server discard no event.
    case discardsNothingInHaste
    /// 408, 429 and 5xx are tried again, not before the time in `Retry-After`.
    case triesAgainInTime
    /// An event that the server calls bad is not sent again for ever.
    case givesUpBadEvents
}
