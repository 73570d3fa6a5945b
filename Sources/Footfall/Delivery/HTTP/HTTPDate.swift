// SPDX-License-Identifier: MIT

extension Timestamp {
    /// Reads the `Date` of an answer, as RFC 9110 has servers write it:
    /// `Tue, 24 Nov 2026 17:29:54 GMT`. `nil` for anything else.
    init?(httpDate text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[1].utf8.count == 2, parts[3].utf8.count == 4,
            parts[4].utf8.count == 8,
            let month = Self.months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        self.init("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension DeliveryResponse {
    /// The time by the server's clock: its `Date`, and the `Age` that a cache adds.
    var date: Timestamp? {
        guard let date = header("date").flatMap({ Timestamp(httpDate: $0) }) else { return nil }
        let seconds = min(
            max(header("age").flatMap { Int64($0) } ?? 0, 0), Limits.longestResponseAge.components.seconds)
        return Timestamp(milliseconds: date.milliseconds + seconds * 1_000)
    }
}
