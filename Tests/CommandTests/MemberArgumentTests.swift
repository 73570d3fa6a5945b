// SPDX-License-Identifier: MIT
import Footfall
import Testing

/// `k=v` and its kin, and `--best-effort`.
@Suite struct MemberArgumentTests {
    let footfall = Command()

    /// The properties of an event with these words, and its context.
    private func event(_ words: [String], _ input: String = "") throws -> JSONObject {
        let run = try footfall.run(["track", "T", "--dry-run"] + words, input)
        #expect(run.status == 0, "\(words): \(run)")
        return try #require(run.json)
    }

    @Test(
        arguments: [
            (["a[b]=c", "a[d]:=1"], #"{"a":{"b":"c","d":1}}"#), (["a[]=x", "a[]:=2"], #"{"a":["x",2]}"#),
            (["a[2]=x"], #"{"a":[null,null,"x"]}"#), (["a[0][b]=x", "a[0][c]=y"], #"{"a":[{"b":"x","c":"y"}]}"#),
            (["a[b][c][]=x"], #"{"a":{"b":{"c":["x"]}}}"#), ([#"a\[b\]=c"#], #"{"a[b]":"c"}"#),
            ([#"a\=b=c"#], #"{"a=b":"c"}"#), ([#"a\:=b"#], #"{"a:":"b"}"#), ([#"a[\5]=x"#], #"{"a":{"5":"x"}}"#),
            ([#"a\b=c"#], #"{"a\\b":"c"}"#), ([#"a=\@home"#], #"{"a":"@home"}"#),
            ([#"a=\\@home"#], #"{"a":"\\@home"}"#),
            ([#"a=C:\x"#], #"{"a":"C:\\x"}"#), (["a=1", "a=2"], #"{"a":"2"}"#), (["a=x[y]=z"], #"{"a":"x[y]=z"}"#),
            (["--properties", #"{"a":{"b":1}}"#, "a[c]:=2"], #"{"a":{"b":1,"c":2}}"#),
            (["a:=null", "a[b]=c"], #"{"a":{"b":"c"}}"#), (["a[b c]=d"], #"{"a":{"b c":"d"}}"#),
        ] as [([String], String)])
    func setsAMember(_ words: [String], _ expected: String) throws {
        #expect(try event(words)["properties"] == JSONParser.parse(expected))
    }

    @Test(arguments: [
        ("a[b=c", "the bracket [ is not closed"), ("a]b=c", "a bracket is not matched"),
        ("a[b]c=d", "behind ] there must be another ["), ("[a]=b", "the key is missing"),
        ("a[1000]=b", "the index 1000 is above 999; write [\\1000]"), ("a[b][=c", "the bracket [ is not closed"),
    ])
    func namesAWrongKey(_ word: String, _ problem: String) throws {
        let run = try footfall("track", "T", word)
        #expect(run.status == 64)
        #expect(run.talk.hasPrefix("footfall: \(word): \(problem)"), "\(run)")
    }

    @Test func doesNotReplaceATextByAnObject() throws {
        let object = try footfall("track", "T", "a=text", "a[b]=c")
        #expect(object.status == 64)
        #expect(object.talk == "footfall: a[b]=c: a is text already, so [b] cannot be set in it\n")
        let list = try footfall("track", "T", "a[b]=c", "a[]=d")
        #expect(list.talk == "footfall: a[]=d: a is object already, so no element can be added to it\n")
    }

    @Test func keepsItsStackWithDeepKeys() throws {
        let run = try footfall("track", "T", "a\(String(repeating: "[]", count: 20_000))=x")
        #expect(run.status == 64)
        #expect(run.talk.contains("it is more than 64 levels deep"))
    }

    @Test func readsValuesFromFiles() throws {
        let text = try footfall.write("note.txt", "two\nlines\n")
        let json = try footfall.write("list.json", "[1, {\"a\": true}]")
        let read = try event(["note=@\(text)", "list:=@\(json)", "in[note]=@\(text)"])
        #expect(
            read["properties"] == ["note": "two\nlines\n", "list": [1, ["a": true]], "in": ["note": "two\nlines\n"]])
    }

    @Test func readsPropertiesFromAFileOrTheInput() throws {
        let file = try footfall.write("properties.json", #"{"a": 1, "b": 2}"#)
        #expect(try event(["--properties", "@\(file)", "b:=3"])["properties"] == ["a": 1, "b": 3])
        #expect(try event(["--properties", "-"], #"{"c": 4}"#)["properties"] == ["c": 4])
        #expect(try event(["--traits", "@-"], #"{"c": 5}"#)["properties"] == ["c": 5])
    }

    @Test func saysWhyAFileCannotBeUsed() throws {
        let missing = try footfall("track", "T", "a=@/nonexistent")
        #expect(missing.status == 64)
        #expect(
            missing.talk == "footfall: a: /nonexistent cannot be read: No such file or directory; "
                + "write a=\\@… for a text that begins with @\n")
        let bytes = try footfall.write("bytes", [0xFF])
        #expect(try footfall("track", "T", "a=@\(bytes)").status == 65)
        let broken = try footfall.write("broken.json", "{")
        let run = try footfall("track", "T", "a:=@\(broken)")
        #expect(run.status == 65)
        #expect(run.talk.hasPrefix("footfall: a: \(broken) is not JSON: "), "\(run)")
        #expect(try footfall("track", "T", "--properties", "@\(broken)").status == 65)
    }

    @Test func addsToTheContext() throws {
        let context = try event(["--context", "screen[width]:=1920", "--context", "till=4"])["context"]?.objectValue
        #expect(context?["screen"] == ["width": 1920])
        #expect(context?["till"] == "4")
        #expect(context?["library"] != nil, "what the client adds is there as well")
        let wrong = try footfall("track", "T", "--context", "x")
        #expect(wrong.status == 64)
        #expect(wrong.talk == "footfall: --context: x: its value must be written key=text or key:=json\n")
    }

    @Test(
        arguments: [
            ["track", "T", "k:=nope"], ["track", "T", "--nonsense"], ["--config", "/nonexistent", "track", "T"],
            ["--state-dir", "/proc/nope", "track", "T"], ["identify", ""], ["track"], ["send", "/nonexistent"],
            ["track", "T", "--wait=1"], ["screen", "S", "--timestamp", "never"],
        ])
    func aBestEffortEndsWithZeroAndSaysWhatIsWrong(_ arguments: [String]) throws {
        #expect(try footfall.run(arguments, "").status != 0)
        let run = try footfall.run(arguments + ["--best-effort"], "")
        #expect(run.status == 0)
        #expect(run.talk.hasPrefix("footfall: "), "\(run)")
    }

    @Test func aBestEffortRecordsWhatItCan() throws {
        #expect(try footfall("track", "T", "--best-effort").status == 0)
        #expect(
            try footfall("send", "-", "--best-effort", input: "{\"type\":\"track\",\"event\":\"A\"}\nnope\n").status
                == 0)
        #expect(try footfall("status", "--json").json?["counters"]?.objectValue?["stored"] == 3)
    }

    /// Where nothing is recorded, a script wants to know.
    @Test func onlyRecordingCommandsHaveABestEffort() throws {
        #expect(try footfall("flush", "--best-effort").status == 64)
        #expect(try footfall("trak", "T", "--best-effort").status == 64)
    }
}
