// SPDX-License-Identifier: MIT

/// A plugin that hears of something through a descriptor: a bus, a watch.
@_spi(System)
public protocol DescriptorPlugin: Plugin {
    /// What the pipeline's thread sleeps on besides its own; −1 for nothing. It is
    /// asked after each round.
    var descriptor: Int32 { get }
    /// It can be read. The events that are returned are stored.
    func descriptorIsReady(at moment: Moment) -> [Event]
    /// Whether what was just returned must survive a power cut at once.
    var wantsSync: Bool { get }
    /// What was returned is stored, safe from a power cut if that was wanted.
    func stored()
    /// Whether it never returns events: then it is heard while the store refuses
    /// them. The default is false.
    var storesNothing: Bool { get }
}

@_spi(System)
extension DescriptorPlugin {
    public var storesNothing: Bool { false }
}
