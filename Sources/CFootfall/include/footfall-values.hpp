// SPDX-License-Identifier: MIT
/// The values that `footfall.hpp` takes and gives: texts, properties, options, events, batches.
///
/// Include `footfall.hpp`, which includes this header.
#ifndef FOOTFALL_VALUES_HPP
#define FOOTFALL_VALUES_HPP

#include "footfall.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace footfall {

/// The result of a call; `footfall.h` says for each function what its statuses mean.
enum class status : std::int32_t {
    ok = FOOTFALL_OK,
    invalid = FOOTFALL_INVALID,
    closed = FOOTFALL_CLOSED,
    timeout = FOOTFALL_TIMEOUT,
    blocked = FOOTFALL_BLOCKED,
    would_deadlock = FOOTFALL_WOULD_DEADLOCK,
    unavailable = FOOTFALL_UNAVAILABLE,
};

/// The name of a status, for a log.
inline const char *name(status value) noexcept { return footfall_status_name(static_cast<footfall_status>(value)); }

/// Why the last call of this thread failed: one sentence. It is valid until the thread's next call.
inline const char *last_error() noexcept { return footfall_last_error(); }

/// A time as the C functions take it: from 0 to 2³¹ - 1 milliseconds.
constexpr std::int32_t clamped(std::chrono::milliseconds time) noexcept {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const std::int64_t count = time.count();
    return static_cast<std::int32_t>(count < 0 ? 0 : count > most ? most : count);
}

/// The version of the library that is loaded, as `0.2.0`.
inline const char *version() noexcept { return footfall_version(); }

/// A text on its way into a call: a literal, a `const char *`, a `std::string`, or `nullptr` for none.
///
/// It does not own the characters, so use it as a parameter and do not store it. A `std::string` with a NUL in it is
/// refused as `status::invalid`, because C would see a shorter text. For a `std::string_view` write
/// `std::string(view)`.
class text {
public:
    constexpr text(const char *characters) noexcept : characters_(characters) {}
    constexpr text(std::nullptr_t) noexcept : characters_(nullptr) {}
    text(const std::string &characters) noexcept
        // 0xFF never occurs in UTF-8, so the library refuses this text.
        : characters_(characters.find('\0') == std::string::npos ? characters.c_str() : "\xFF") {}

    constexpr const char *c_str() const noexcept { return characters_; }

private:
    const char *characters_;
};

/// JSON as the value of a property: `{"tags", footfall::json("[\"new\",\"sale\"]")}`.
struct json {
    explicit json(text characters) noexcept : source(characters) {}
    text source;
};

/// A property: a name and a value.
///
/// The value is a `bool`, any integer, a floating-point number, a text, `nullptr`, a `footfall::json`, or a
/// `std::optional` of one of these. `nullptr`, an empty optional, NaN and infinity are recorded as null. An unsigned
/// integer above 2⁶³ - 1 is recorded as the nearest `double`.
///
/// A property does not own its name and its text. In a call such as `track("x", {{"name", text}})` they live long
/// enough; in a `std::vector<property>` that you keep, their owners must outlive the vector.
class property {
public:
    template <class Value>
    property(text name, const Value &value) noexcept : raw_(make(name.c_str(), value)) {}

    /// All members of a JSON object, at this place of the list.
    static property members(text object) noexcept { return property(footfall_members(object.c_str())); }

    /// The property as the C functions take it.
    const footfall_property &raw() const noexcept { return raw_; }

private:
    explicit property(footfall_property raw) noexcept : raw_(raw) {}

    template <class Value>
    struct is_optional : std::false_type {};
    template <class Value>
    struct is_optional<std::optional<Value>> : std::true_type {};
    template <class Value>
    static constexpr bool is_character = std::is_same_v<Value, char> || std::is_same_v<Value, wchar_t> ||
                                         std::is_same_v<Value, char16_t> || std::is_same_v<Value, char32_t>;

    template <class Value>
    static footfall_property make(const char *name, const Value &value) noexcept {
        static_assert(!is_character<Value>, "a character is no value of a property; write a text, or cast it to int");
        if constexpr (std::is_same_v<Value, bool>) {
            return footfall_boolean(name, value);
        } else if constexpr (std::is_integral_v<Value>) {
            if constexpr (std::is_unsigned_v<Value> && sizeof(Value) >= sizeof(std::int64_t)) {
                if (value > static_cast<Value>(std::numeric_limits<std::int64_t>::max())) {
                    return footfall_number(name, static_cast<double>(value));
                }
            }
            return footfall_integer(name, static_cast<std::int64_t>(value));
        } else if constexpr (std::is_floating_point_v<Value>) {
            return footfall_number(name, static_cast<double>(value));
        } else if constexpr (std::is_same_v<Value, json>) {
            return footfall_json(name, value.source.c_str());
        } else if constexpr (is_optional<Value>::value) {
            return value ? make(name, *value) : footfall_text(name, nullptr);
        } else {
            static_assert(
                std::is_convertible_v<const Value &, text>,
                "a property takes bool, numbers, texts (std::string(view) for a view), nullptr and footfall::json");
            return footfall_text(name, text(value).c_str());
        }
    }

    footfall_property raw_;
};

/// Properties that are written in the call: `{{"total", 59.9}, {"currency", "EUR"}}`.
using properties = std::initializer_list<property>;

/// What is kept longer when the store is full.
enum class priority : std::int32_t {
    standard = FOOTFALL_PRIORITY_DEFAULT,
    low = FOOTFALL_PRIORITY_LOW,
    normal = FOOTFALL_PRIORITY_NORMAL,
    critical = FOOTFALL_PRIORITY_CRITICAL,
};
/// What an event survives once its call has returned.
enum class durability : std::int32_t {
    /// What the configuration says; else as `process`.
    standard = FOOTFALL_DURABILITY_DEFAULT,
    /// Nothing yet; it is stored within 10 ms.
    deferred = FOOTFALL_DURABILITY_DEFERRED,
    /// The death of the process, such as `kill -9`.
    process = FOOTFALL_DURABILITY_PROCESS,
    /// A power cut. The call waits for the disk, at most 5 seconds.
    immediate = FOOTFALL_DURABILITY_IMMEDIATE,
};

/// Options of one call. What is not set is filled in by the client.
struct options {
    /// When it happened, if that was not now.
    std::optional<std::chrono::system_clock::time_point> timestamp;
    /// By which servers recognise an event that arrives twice.
    std::optional<std::string> message_id;
    std::optional<std::string> anonymous_id;
    std::optional<std::string> user_id;
    /// A JSON object: replaces automatic context of the same keys.
    std::optional<std::string> context;
    /// A JSON object, as `{"All": false, "Segment.io": true}`.
    std::optional<std::string> integrations;
    footfall::priority priority = footfall::priority::standard;
    footfall::durability durability = footfall::durability::standard;
    /// The event is another user's, as in a server: it gets no identity of this client and no session. Give a user id
    /// or an anonymous id with it.
    bool is_foreign = false;
};

/// What the app tells about itself. What is not set comes from the configuration.
struct host {
    std::optional<std::string> application_id;
    std::optional<std::string> application_version;
    std::optional<std::string> application_build;
    std::optional<std::string> state_directory;
    /// Called for each error, on any thread. It may call the client.
    std::function<void(std::string_view code, std::string_view message)> on_error;
};

/// What a flush did. Each number counts an event once for each destination; see `client::flush`.
struct flush_report {
    /// Accepted since the flush began.
    std::int64_t delivered = 0;
    /// They still wait.
    std::int64_t queued = 0;
    /// Dropped since the flush began.
    std::int64_t dropped = 0;
    /// Refused since the flush began; they are kept with the reason.
    std::int64_t dead_lettered = 0;
};

/// What `client::get` reads.
enum class subject : std::int32_t {
    anonymous_id = FOOTFALL_ANONYMOUS_ID,
    user_id = FOOTFALL_USER_ID,
    traits = FOOTFALL_TRAITS,
    visitor_id = FOOTFALL_VISITOR_ID,
    state_directory = FOOTFALL_STATE_DIRECTORY,
    counters = FOOTFALL_COUNTERS,
    /// As `footfall status --json`. It opens the store, so it waits.
    status = FOOTFALL_STATUS,
    /// As `footfall doctor --json`. It opens the store, so it waits.
    doctor = FOOTFALL_DOCTOR,
};

/// How the network may be used.
enum class network_use : std::int32_t {
    open = FOOTFALL_NETWORK_OPEN,
    /// No request begins once the month's budget is used up.
    metered = FOOTFALL_NETWORK_METERED,
    /// No request is made.
    closed = FOOTFALL_NETWORK_CLOSED,
};

/// An event inside a plugin. Use it only until the plugin returns.
class event {
public:
    explicit event(footfall_event *raw) noexcept : raw_(raw) {}

    /// The text at a path such as `type`, `event` or `properties.title`; empty if there is none.
    /// The view is valid until the plugin returns.
    std::optional<std::string_view> text_at(text path) const noexcept {
        auto value = get(path);
        if (value.kind != FOOTFALL_TEXT || value.value.text == nullptr) return std::nullopt;
        return std::string_view(value.value.text);
    }

    /// The integer at a path; empty if there is none.
    std::optional<std::int64_t> integer_at(text path) const noexcept {
        auto value = get(path);
        return value.kind == FOOTFALL_INTEGER ? std::optional(value.value.integer) : std::nullopt;
    }

    /// The number at a path, also of an integer; empty if there is none.
    std::optional<double> number_at(text path) const noexcept {
        auto value = get(path);
        if (value.kind == FOOTFALL_INTEGER) return static_cast<double>(value.value.integer);
        return value.kind == FOOTFALL_NUMBER ? std::optional(value.value.number) : std::nullopt;
    }

    /// The boolean at a path; empty if there is none.
    std::optional<bool> boolean_at(text path) const noexcept {
        auto value = get(path);
        return value.kind == FOOTFALL_BOOLEAN ? std::optional(value.value.integer != 0) : std::nullopt;
    }

    /// The object or list at a path as JSON; the whole event for `nullptr`. The view is valid until the plugin returns.
    std::optional<std::string_view> json_at(text path = nullptr) const noexcept {
        auto value = get(path);
        if (value.kind != FOOTFALL_JSON || value.value.text == nullptr) return std::nullopt;
        return std::string_view(value.value.text);
    }

    /// Sets the value at a path: `event.set("properties.store", "Brixton")`.
    template <class Value>
    status set(text path, const Value &value) noexcept {
        const property wrapped(nullptr, value);
        return static_cast<status>(footfall_event_set(raw_, path.c_str(), &wrapped.raw()));
    }

    /// Removes the value at a path.
    status remove(text path) noexcept {
        const footfall_property end = footfall_end();
        return static_cast<status>(footfall_event_set(raw_, path.c_str(), &end));
    }

    footfall_event *native_handle() const noexcept { return raw_; }

private:
    footfall_property get(text path) const noexcept {
        footfall_property value = footfall_end();
        if (footfall_event_get(raw_, path.c_str(), &value) != FOOTFALL_OK) value = footfall_end();
        return value;
    }

    footfall_event *raw_;
};

/// What a plugin decides about an event.
enum class verdict : std::int32_t {
    keep = FOOTFALL_EXECUTE_KEEP,
    drop = FOOTFALL_EXECUTE_DROP,
    /// The event goes on as it was before the plugin; the failure is counted and reported.
    failed = FOOTFALL_EXECUTE_FAILED,
};

/// Where in the chain a plugin runs.
enum class stage : std::int32_t {
    before = FOOTFALL_STAGE_BEFORE,
    enrichment = FOOTFALL_STAGE_ENRICHMENT,
    /// Sees each event once it is stored; what it changes or returns has no effect.
    after = FOOTFALL_STAGE_AFTER,
};

/// What becomes of events while a plugin is off, because the process died in it again and again.
enum class failure_policy : std::int32_t {
    /// Hold for the stage `before`, else pass.
    standard = FOOTFALL_ON_FAILURE_DEFAULT,
    /// They wait in files until the plugin can run.
    hold = FOOTFALL_ON_FAILURE_HOLD,
    /// They go on without the plugin.
    pass = FOOTFALL_ON_FAILURE_PASS,
};

/// Sees each event, changes or drops it. All functions run on the client's own thread, one at a time, and must return
/// soon: while they run, no event is stored.
struct plugin {
    /// The name in errors and in `footfall status`. It never changes.
    std::string name;
    std::string version;
    footfall::stage stage = footfall::stage::enrichment;
    failure_policy on_failure = failure_policy::standard;
    /// Looks at an event, or changes it. Required.
    std::function<verdict(event &)> execute;
    /// The program asked for a flush.
    std::function<void()> flush;
    /// `client::reset` was called, in its place among the events.
    std::function<void()> reset;
};

/// Events for a destination of your own, in the form of Segment's calls.
///
/// It is valid until `deliver` returns, or until `finish` if `deliver` returned `outcome::pending`.
class batch {
public:
    explicit batch(footfall_batch *raw) noexcept : raw_(raw) {}

    std::size_t size() const noexcept { return footfall_batch_count(raw_); }

    /// An event as JSON.
    std::string_view operator[](std::size_t index) const noexcept {
        std::size_t length = 0;
        const char *characters = footfall_batch_event(raw_, index, &length);
        return characters ? std::string_view(characters, length) : std::string_view();
    }

    /// Makes one event a dead letter, with the reason.
    void refuse(std::size_t index, text reason) noexcept { footfall_batch_refuse(raw_, index, reason.c_str()); }

    footfall_batch *native_handle() const noexcept { return raw_; }

private:
    footfall_batch *raw_;
};

/// What became of a batch. After `pending`, call `finish` from any thread; other destinations go on meanwhile.
enum class outcome : std::int32_t {
    /// All events but those that `batch::refuse` named.
    accepted = FOOTFALL_DELIVERY_ACCEPTED,
    /// The batch is offered again, later and later.
    retry = FOOTFALL_DELIVERY_RETRY,
    /// Something in the batch is wrong: smaller batches find out which event.
    refused = FOOTFALL_DELIVERY_REFUSED,
    /// Nothing can be delivered, as with a wrong key: it is tried each hour.
    blocked = FOOTFALL_DELIVERY_BLOCKED,
    /// `finish` will tell.
    pending = FOOTFALL_DELIVERY_PENDING,
};

/// Ends a batch for which `deliver` returned `outcome::pending`. Zero leaves the time of a retry to the library.
inline void finish(
    const batch &pending, outcome result, text reason = nullptr,
    std::chrono::milliseconds retry_after = std::chrono::milliseconds(0)) noexcept {
    footfall_batch_finish(
        pending.native_handle(), static_cast<std::int32_t>(result), reason.c_str(),
        clamped(retry_after));
}

/// A destination of your own. Its events are stored until it takes them.
struct destination {
    /// Its identity in the store. It never changes.
    std::string name;
    /// The largest batch; 0 is 100 events.
    std::int32_t max_events = 0;
    /// The largest batch in bytes; 0 is 500,000.
    std::int32_t max_bytes = 0;
    /// Delivers a batch, on a thread that serves all destinations: do not wait in it, but return `pending`. The number
    /// is that of the attempt, from 1.
    std::function<outcome(batch &, std::int32_t attempt)> deliver;
};

}  // namespace footfall

#endif
