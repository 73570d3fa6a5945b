// SPDX-License-Identifier: MIT

/// A plugin that reads from a descriptor, such as a bus or a watched file.
///
/// All members are used on the pipeline's thread. ``descriptorIsReady(at:)`` must read
/// what there is without waiting.
@_spi(System)
public protocol DescriptorPlugin: Plugin {
    /// The descriptor that the pipeline's thread polls; −1 for none.
    ///
    /// It is read after each round of the pipeline.
    var descriptor: Int32 { get }
    /// The descriptor can be read.
    ///
    /// - Returns: events to be stored.
    func descriptorIsReady(at moment: Moment) -> [Event]
    /// Whether the events just returned must survive a power cut before ``stored()``
    /// is called.
    var wantsSync: Bool { get }
    /// The events just returned are stored, as safely as ``wantsSync`` asked for.
    func stored()
    /// Whether the plugin never returns events. Such a plugin is called even while the
    /// store takes no events. The default is false.
    var storesNothing: Bool { get }
}

@_spi(System)
extension DescriptorPlugin {
    /// False.
    public var storesNothing: Bool { false }
}
