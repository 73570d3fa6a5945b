// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import Testing

/// Each case in which the original is plainly wrong, and what happens instead.
@Suite struct RightByDefaultTests {
    @Test(arguments: [
        ("kiosk", "kiosk", "kiOSk"), ("Studios", "Studios", "StudiOS"), ("ios", "iOS", "iOS"),
        ("ANDROID tv", "Android tv", "Android tv"), ("paranoid android", "paranoid Android", "paranoid Android"),
    ]) func spellsPlatformsInWholeWordsOnly(_ given: String, _ right: String, _ original: String) {
        let event = track(["context": ["device": ["type": .string(given)]]])

        #expect(Mapped(event, .logEvent).first["platform"] == .string(right))
        #expect(Mapped(event, .logEvent, compatibility: .segment).first["platform"] == .string(original))
    }

    @Test func leavesOutOptionsWithoutAValue() {
        let settings = AmplitudeSettings(apiKey: "key")
        let event: JSONObject = ["type": "identify", "userId": "user-1234"]

        let request = settings.request(for: Mapped(event, .identifyUser).call)

        let identification = "%7B%22user_id%22%3A%22user-1234%22%2C%22library%22%3A%22segment%22%7D"
        #expect(String(decoding: request.body, as: UTF8.self) == "api_key=key&identification=\(identification)")
    }

    @Test(arguments: [("1629213675449", 1_629_213_675_449), ("1629213675", 1_629_213_675_000)] as [(String, Int64)])
    func readsTheTextOfAnEpochAsTheMomentItIs(_ text: String, _ moment: Int64) {
        let event = track(["timestamp": .string(text)])

        #expect(Mapped(event, .logEvent).first["time"] == .int(moment))
        #expect(Mapped(event, .logEvent, compatibility: .segment).first["time"] != .int(moment))
    }

    @Test(arguments: ["20210817", "202108171521"]) func stillReadsCompactDates(_ text: String) {
        let event = track(["timestamp": .string(text)])

        let right = Mapped(event, .logEvent).first["time"]

        #expect(right == Mapped(event, .logEvent, compatibility: .segment).first["time"])
        #expect((right?.intValue ?? 0) / 86_400_000 == 18_856)
    }

    @Test func putsPlainTraitsIntoSetBesideOperations() {
        let event = track(["traits": ["plan": "pro", "$set": ["a": 1]], "context": ["campaign": ["source": "news"]]])

        let properties = Mapped(event, .logEventV2).first["user_properties"]

        #expect(
            properties == [
                "$set": ["plan": "pro", "a": 1, "utm_source": "news"], "$setOnce": ["initial_utm_source": "news"],
            ])
        #expect(
            Mapped(event, .logEventV2, compatibility: .segment).first["user_properties"] == [
                "plan": "pro", "$set": ["utm_source": "news"], "$setOnce": ["initial_utm_source": "news"],
            ])
    }

    @Test func leavesPlainTraitsAloneWithoutOperations() {
        let event = track(["traits": ["plan": "pro", "$price": 5]])

        #expect(Mapped(event, .logEventV2).first["user_properties"] == ["plan": "pro", "$price": 5])
    }

    @Test func keepsItsOwnSwitchesOutOfWhatIsSent() {
        #expect(Mapped(track(), .logEvent).first["use_batch_endpoint"] == nil)
        let alias: JSONObject = ["type": "alias", "userId": "new-user", "previousId": "old-user"]
        #expect(
            Mapped(alias, .mapUser, ["min_id_length": 3]).items == [
                ["user_id": "old-user", "global_user_id": "new-user"]
            ])
    }

    @Test func leavesOutATimeWithoutAValue() {
        let event: JSONObject = ["type": "group", "userId": "user-1234", "groupId": "acme", "timestamp": "garbage"]
        let group: JSONObject = ["group_type": "company", "group_value": ["@path": "$.groupId"]]

        let user = Mapped(event, .groupIdentifyUser, group).first

        #expect(user["groups"] == ["company": "acme"])
        #expect(user["time"] == nil)
    }
}
