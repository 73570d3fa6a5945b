// SPDX-License-Identifier: MIT
// What footfall.hpp promises. Prints each claim that does not hold, and ends with their number.
//
//     client STATE-DIRECTORY
#include <footfall.hpp>

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using footfall::status;

static int broken = 0;

static void claim(bool holds, const char *words) {
    if (holds) return;
    std::printf("%s\n", words);
    broken += 1;
}

static_assert(!std::is_copy_constructible_v<footfall::client>);
static_assert(std::is_nothrow_move_constructible_v<footfall::client>);
static_assert(noexcept(std::declval<footfall::client &>().track("x", {{"a", 1}})));
static_assert(noexcept(footfall::client::from_json("{}")));

// What a destination received, and what errors were reported; both are filled by the client's threads.
struct Received {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> events;
    std::vector<std::string> codes;

    bool contains(const std::string &text) {
        std::lock_guard<std::mutex> lock(mutex);
        for (const auto &event : events) {
            if (event.find(text) != std::string::npos) return true;
        }
        return false;
    }

    bool reported(const std::string &code) {
        std::lock_guard<std::mutex> lock(mutex);
        for (const auto &each : codes) {
            if (each == code) return true;
        }
        return false;
    }
};

// Tells when the last copy of a callback is gone.
struct Released {
    explicit Released(std::atomic<int> &times) : times(times) {}
    ~Released() { times += 1; }
    std::atomic<int> &times;
};

static footfall::client make(const std::string &directory, Received &received, std::atomic<int> &released) {
    footfall::host about;
    about.application_id = "org.example.Test";
    about.state_directory = directory;
    about.on_error = [&received, kept = std::make_shared<Released>(released)](std::string_view code, std::string_view) {
        std::lock_guard<std::mutex> lock(received.mutex);
        received.codes.emplace_back(code);
        throw std::runtime_error("from on_error");
    };
    return footfall::client::from_json(R"({"session": false, "destinations": []})", std::move(about));
}

static void emptyClient() {
    footfall::client none;
    claim(!none, "an empty client is false");
    claim(none.track("x", {{"a", 1}}) == status::invalid, "an empty client takes track and says invalid");
    claim(!none.is_recording(), "an empty client records nothing");
    claim(!none.session_id(), "an empty client has no session");
    claim(none.get(footfall::subject::anonymous_id).empty(), "an empty client has no id");
    none.did_become_active();
    none.begin_visit();
    none.flush();

    std::atomic<int> released{0};
    {
        footfall::plugin plugin;
        plugin.execute = [kept = std::make_shared<Released>(released)](footfall::event &) { return footfall::verdict::keep; };
        claim(none.add(std::move(plugin)) == 0, "an empty client refuses plugins");
        claim(released == 1, "a refused plugin is released");
        footfall::destination destination;
        destination.deliver = [kept = std::make_shared<Released>(released)](footfall::batch &, int) {
            return footfall::outcome::accepted;
        };
        claim(none.add(std::move(destination)) == 0, "an empty client refuses destinations");
        claim(released == 2, "a refused destination is released");
    }

    footfall::host about;
    about.on_error = [kept = std::make_shared<Released>(released)](std::string_view, std::string_view) {};
    auto wrong = footfall::client::from_json("{\"writeKay\": 1}", std::move(about));
    claim(!wrong, "a wrong configuration gives an empty client");
    claim(std::string(footfall::last_error()).find("writeKay") != std::string::npos, "the error names the wrong key");
    claim(released == 3, "on_error of a wrong configuration is released");
}

static void properties(footfall::client &analytics) {
    const std::string nul("a\0b", 3);
    claim(analytics.track(nul) == status::invalid, "a name with a NUL is refused");
    claim(analytics.track("x", {{"a", nul}}) == status::invalid, "a value with a NUL is refused");
    claim(analytics.track("x", {{"a", "\xFF"}}) == status::invalid, "a text that is not UTF-8 is refused");
    claim(analytics.track("x", {{"a", footfall::json("{")}}) == status::invalid, "broken JSON is refused");
    claim(analytics.track("") == status::invalid, "an event needs a name");
    footfall::options options;
    options.context = "[]";
    claim(analytics.track("x", {}, options) == status::invalid, "a context must be an object");

    std::vector<footfall::property> list;
    std::vector<std::string> names;
    for (int index = 0; index < 1001; index++) names.push_back("p" + std::to_string(index));
    for (const auto &name : names) list.emplace_back(name, 1);
    claim(analytics.track("Many", list) == status::invalid, "1,001 properties are refused");
    list.pop_back();
    claim(analytics.track("Many", list) == status::ok, "1,000 properties are taken");

    const std::optional<int> none;
    const std::string text = "text";
    const std::string all =
        footfall::name(analytics.track(
            "Kinds", {{"bool", true},
                      {"char", static_cast<signed char>(-7)},
                      {"int", -1},
                      {"size", std::size_t(3)},
                      {"most", std::numeric_limits<std::int64_t>::max()},
                      {"float", 1.5F},
                      {"nan", std::nan("")},
                      {"literal", "l"},
                      {"string", text},
                      {"null", nullptr},
                      {"none", none},
                      {"some", std::optional<std::string>("s")},
                      {"json", footfall::json("[1,2]")},
                      footfall::property::members(R"({"member": 59.90})")}));
    claim(all == "ok", "every kind of property is taken");
}

static void plugins(footfall::client &analytics, std::atomic<int> &released) {
    footfall::plugin plugin;
    plugin.name = "Enricher";
    plugin.version = "1.2";
    plugin.execute = [kept = std::make_shared<Released>(released)](footfall::event &event) {
        const auto name = event.text_at("event");
        if (name == "Drop") return footfall::verdict::drop;
        if (name == "Throw") {
            event.set("properties.half", true);
            throw std::runtime_error("from execute");
        }
        if (event.number_at("properties.int") == -1.0 && event.boolean_at("properties.bool") == true) {
            event.set("properties.seen", "ä");
            event.remove("properties.size");
        }
        if (const auto json = event.json_at()) event.set("properties.length", json->size());
        return footfall::verdict::keep;
    };
    claim(analytics.add(std::move(plugin)) != 0, "a plugin is added");
}

static void destinations(footfall::client &analytics, Received &received, std::atomic<int> &released, std::thread &later) {
    footfall::destination destination;
    destination.name = "Own";
    destination.deliver = [&received, &later, kept = std::make_shared<Released>(released)](footfall::batch &batch, int) {
        static bool hasThrown = false;
        if (!std::exchange(hasThrown, true)) throw std::runtime_error("from deliver");
        for (std::size_t index = 0; index < batch.size(); index++) {
            std::lock_guard<std::mutex> lock(received.mutex);
            received.events.emplace_back(batch[index]);
            if (batch[index].find("\"Refuse\"") != std::string_view::npos) batch.refuse(index, "not wanted");
        }
        if (later.joinable()) later.join();
        later = std::thread([batch] { footfall::finish(batch, footfall::outcome::accepted); });
        return footfall::outcome::pending;
    };
    claim(analytics.add(std::move(destination)) != 0, "a destination is added");
}

int main(int argc, char **argv) {
    if (argc != 2) return 64;
    emptyClient();

    Received received;
    std::atomic<int> released{0};
    std::thread later;
    {
        auto first = make(argv[1], received, released);
        if (!first) {
            std::printf("no client: %s\n", footfall::last_error());
            return 1;
        }
        footfall::client analytics = std::move(first);
        claim(!first && analytics, "a move leaves an empty client");
        plugins(analytics, released);
        destinations(analytics, received, released, later);
        properties(analytics);
        for (const char *name : {"Drop", "Throw", "Refuse", "Kept"}) claim(analytics.track(name) == status::ok, name);
        claim(analytics.identify("u-1", {{"plan", "guest"}}) == status::ok, "identify is taken");
        claim(analytics.get(footfall::subject::user_id) == "u-1", "the user id is known at once");
        claim(analytics.get(footfall::subject::traits) == R"({"plan":"guest"})", "the traits are known at once");
        const std::string status = analytics.get(footfall::subject::status);
        claim(status.size() > 128 && status.front() == '{' && status.back() == '}', "a long text is given whole");

        // The destination throws at its first batch, so that the first flush ends with a retry that is due later.
        footfall::flush_report first_report;
        analytics.flush(30s, &first_report);
        footfall::flush_report report;
        claim(analytics.flush(30s, &report) == status::ok, "flush delivers everything");
        claim(report.queued == 0, "nothing is queued after a flush");
        claim(first_report.dead_lettered + report.dead_lettered == 1, "the reports count the refused event");
        claim(analytics.close() == status::ok, "close stores everything");
        claim(analytics.track("Late") == status::closed, "a call after close says closed");
    }
    if (later.joinable()) later.join();
    claim(released == 3, "each callback is released once");
    claim(received.contains("\"Kept\""), "an event arrives");
    claim(!received.contains("\"Drop\""), "an event that a plugin drops does not arrive");
    claim(received.contains("\"Throw\""), "an event at which a plugin throws arrives");
    claim(!received.contains("half"), "an event at which a plugin throws arrives as it was before the plugin");
    claim(received.reported("pluginFailed"), "an exception of a plugin is reported");
    claim(!received.contains("\"Late\""), "an event after close does not arrive");
    for (const char *part :
         {R"("bool":true)", R"("char":-7)", R"("int":-1)", R"("most":9223372036854775807)", R"("float":1.5)", R"("nan":null)",
          R"("literal":"l")", R"("string":"text")", R"("null":null)", R"("none":null)", R"("some":"s")", R"("json":[1,2])",
          R"("member":59.9)", R"("seen":"ä")", R"("length":)"}) {
        claim(received.contains(part), part);
    }
    claim(!received.contains(R"("size":)"), "a removed property does not arrive");
    return broken == 0 ? 0 : 1;
}
