// SPDX-License-Identifier: MIT
#if FOOTFALL_PLAIN
    import CSystem
    import Footfall
    import Glibc

    /// The program that is installed as `footfall`: it does what ``PlainTrack`` reads, and becomes the whole command
    /// for all else.
    ///
    /// It has neither ArgumentParser nor Foundation, and is linked statically, so it starts in a third of the time.
    /// `scripts/command` compiles it from some files of this directory; see `docs/decisions/0059`.
    @main
    enum PlainCommand {
        static func main() {
            guard let track = readTrack() else { becomeWholeCommand() }
            Console.openStandardDescriptors()
            ftf_size_signal_ignore()
            track.run()
        }

        /// Reads the arguments and changes nothing; `nil` when the whole command has to read them.
        private static func readTrack() -> PlainTrack? {
            // Without HOME the list of users is asked, which a static program cannot do everywhere.
            guard StateLocation.environment("HOME")?.hasPrefix("/") == true, RawArguments.problem == nil else {
                return nil
            }
            return PlainTrack(CommandLine.arguments.dropFirst())
        }

        /// Runs `../libexec/footfall/footfall` beside the directory of this program, with the same arguments.
        private static func becomeWholeCommand() -> Never {
            var link = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &link, link.count)
            let slash = UInt8(ascii: "/")
            let own = link.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }
            let directory = own.split(separator: slash).dropLast(2)
            var path: [UInt8] = []
            for name in directory { path += [slash] + name }
            path += Array("/libexec/footfall/footfall".utf8)
            path.withUnsafeBufferPointer { bytes in
                let text = bytes.map { CChar(bitPattern: $0) } + [0]
                execv(text, CommandLine.unsafeArgv)
            }
            let problem = String(cString: strerror(errno))
            let shown = String(decoding: path, as: UTF8.self)
            Console.exit(.unavailable, "\(shown): \(problem); install footfall again, with this file")
        }
    }

    /// As the one of ArgumentParser, for the files that both programs have.
    struct ExitCode: Error {
        let rawValue: Int32

        init(_ rawValue: Int32) { self.rawValue = rawValue }
    }
#endif
