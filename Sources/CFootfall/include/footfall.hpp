// SPDX-License-Identifier: MIT
/// Footfall for C++17 and later: a thin layer over `footfall.h`, in this header only.
///
/// ```cpp
/// #include <footfall.hpp>
///
/// auto analytics = footfall::client::from_file("footfall.json");
/// if (!analytics) std::cerr << footfall::last_error() << '\n';
/// analytics.track("Order Completed", {{"total", 59.9}, {"currency", "EUR"}, {"items", 3}});
/// ```
///
/// - No function throws. A call that fails returns a `footfall::status`, and `footfall::last_error()` has the sentence.
/// - An empty client, such as one whose configuration is wrong, takes every call and does nothing.
/// - All functions of a client may be called from any thread; only the destructor and moves need it alone. Only
///   `client::from_…`, `flush(timeout)`, `close`, the destructor and `get` of `subject::status` and `subject::doctor` wait.
/// - Texts are UTF-8 and are copied before a call returns.
/// - An exception that leaves one of your callbacks ends there: a plugin counts as failed and the event goes on, a
///   destination tries again later, and elsewhere it is ignored.
#ifndef FOOTFALL_HPP
#define FOOTFALL_HPP

#include "footfall-values.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace footfall {

/// A client: it records events, stores them and delivers them. It is closed and freed by its destructor.
class client {
public:
    /// An empty client: every call does nothing.
    client() noexcept = default;

    /// A client of a configuration in JSON.
    static client from_json(text configuration, host about = {}) noexcept {
        return make(&footfall_new, configuration, std::move(about));
    }

    /// A client of a configuration file; see docs/command.md for its keys.
    static client from_file(text path, host about = {}) noexcept {
        return make(&footfall_new_from_file, path, std::move(about));
    }

    /// A client of `~/.config/footfall/PROFILE.json` or `/etc/footfall/PROFILE.json` and of the `FOOTFALL_…` variables.
    static client from_profile(text profile, host about = {}) noexcept {
        return make(&footfall_new_from_profile, profile, std::move(about));
    }

    client(client &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    client &operator=(client &&other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    client(const client &) = delete;
    client &operator=(const client &) = delete;

    /// Stores what was called, waits for that for 2 seconds at most, and ends the client. Call `close` before it to wait
    /// for another time.
    ~client() {
        if (raw_ == nullptr) return;
        footfall_close(raw_, 2000);
        footfall_free(raw_);
    }

    /// Whether there is a client. If not, `last_error()` says why, right after `from_…`.
    explicit operator bool() const noexcept { return raw_ != nullptr; }

    /// The client as the C functions take it; it stays the owner.
    footfall_client *native_handle() const noexcept { return raw_; }

    // Recording. `status::ok` means that the event is taken; later problems reach `host::on_error`.

    status track(text event_name, properties list = {}, const options &with = {}) noexcept {
        return call(list, with, [&](auto *items, auto *values) {
            return footfall_track(raw_, event_name.c_str(), items, values);
        });
    }

    /// Says who the user is, for this and all later events. With `nullptr` the traits are of the current user.
    status identify(text user_id, properties list = {}, const options &with = {}) noexcept {
        return call(list, with, [&](auto *items, auto *values) {
            return footfall_identify(raw_, user_id.c_str(), items, values);
        });
    }

    status screen(text screen_name, text category, properties list = {}, const options &with = {}) noexcept {
        return call(list, with, [&](auto *items, auto *values) {
            return footfall_screen(raw_, screen_name.c_str(), category.c_str(), items, values);
        });
    }

    status page(text page_name, text category, properties list = {}, const options &with = {}) noexcept {
        return call(list, with, [&](auto *items, auto *values) {
            return footfall_page(raw_, page_name.c_str(), category.c_str(), items, values);
        });
    }

    status group(text group_id, properties list = {}, const options &with = {}) noexcept {
        return call(list, with, [&](auto *items, auto *values) {
            return footfall_group(raw_, group_id.c_str(), items, values);
        });
    }

    /// Says that a user has a new id. With `nullptr` the previous id is the current user's.
    status alias(text new_id, text previous_id = nullptr, const options &with = {}) noexcept {
        return call(properties(), with, [&](auto *, auto *values) {
            return footfall_alias(raw_, new_id.c_str(), previous_id.c_str(), values);
        });
    }

    /// Records an event in Segment's form, as JSON.
    status record(std::string_view event_json, const options &with = {}) noexcept {
        return call(properties(), with, [&](auto *, auto *values) {
            return footfall_record(raw_, event_json.data(), event_json.size(), values);
        });
    }

    /// As `track`, with properties that a program collected; their texts must still live.
    status track(text event_name, const std::vector<property> &list, const options &with = {}) noexcept {
        return call(list, with, [&](auto *items, auto *values) {
            return footfall_track(raw_, event_name.c_str(), items, values);
        });
    }

    /// As `identify`, with traits that a program collected; their texts must still live.
    status identify(text user_id, const std::vector<property> &list, const options &with = {}) noexcept {
        return call(list, with, [&](auto *items, auto *values) {
            return footfall_identify(raw_, user_id.c_str(), items, values);
        });
    }

    /// Logs the user out: later events have a new anonymous id, no user id and no traits.
    status reset() noexcept { return static_cast<status>(footfall_reset(raw_)); }

    // Sessions, visits and lifecycle.

    /// The session as milliseconds since 1970; empty without a session.
    std::optional<std::int64_t> session_id() const noexcept {
        const std::int64_t id = footfall_session_id(raw_);
        return id < 0 ? std::nullopt : std::optional(id);
    }
    void start_session() noexcept { footfall_session_start(raw_); }
    void end_session() noexcept { footfall_session_end(raw_); }

    /// Call these from your toolkit: Linux does not tell a library whether a window is in use.
    void did_become_active() noexcept { footfall_did_become_active(raw_); }
    void will_resign_active() noexcept { footfall_will_resign_active(raw_); }
    void will_terminate() noexcept { footfall_will_terminate(raw_); }
    /// Makes SIGTERM, SIGINT and SIGHUP an orderly end. Off unless you call it.
    void handle_signals(bool on = true) noexcept { footfall_handle_signals(raw_, on); }

    /// Visits of a shared device: each visitor has a session and an anonymous id of its own.
    void begin_visit() noexcept { footfall_visitor_begin(raw_); }
    void end_visit(text reason = "completed") noexcept { footfall_visitor_end(raw_, reason.c_str()); }
    /// While a film plays, idleness does not end the visit; for 4 hours at most.
    void pause_idle(bool on = true) noexcept { footfall_visitor_set(raw_, FOOTFALL_VISITOR_IDLE_PAUSED, on); }
    /// What is shown attracts passers-by: events open no session.
    void attract(bool on = true) noexcept { footfall_visitor_set(raw_, FOOTFALL_VISITOR_ATTRACT, on); }

    // Consent.

    /// Opts out (`false`), which also removes what is stored, or in again (`true`).
    void set_recording(bool on) noexcept { footfall_set_recording(raw_, on); }
    /// Whether events are recorded: false after an opt-out, under `DO_NOT_TRACK` and for an empty client.
    bool is_recording() const noexcept { return footfall_is_recording(raw_); }
    /// Removes the user's events here and asks the destinations to delete the user's data.
    void forget() noexcept { footfall_forget(raw_); }

    // Delivery and end.

    /// Stores everything that was called, safe from a power cut, and begins to deliver. It returns at once.
    void flush() noexcept { footfall_flush(raw_); }

    /// As `flush`, and waits until all is delivered, nothing more can be delivered in time, or the time is over.
    /// `status::timeout`: events are left; the report says how many. Not on the thread of a user interface.
    status flush(std::chrono::milliseconds timeout, flush_report *report = nullptr) noexcept {
        footfall_flush_report raw = {};
        raw.size = sizeof raw;
        const footfall_status result = footfall_flush_wait(raw_, clamped(timeout), &raw);
        if (report != nullptr) *report = flush_report{raw.delivered, raw.queued, raw.dropped, raw.dead_lettered};
        return static_cast<status>(result);
    }

    void set_network_use(network_use use) noexcept { footfall_set_network_use(raw_, static_cast<std::int32_t>(use)); }

    /// Stores what was called and ends the client's threads. Afterwards no callback begins, and each call returns
    /// `status::closed`. `status::timeout`: the rest is in the spool, and the next start stores it. It does not wait for
    /// deliveries.
    status close(std::chrono::milliseconds timeout = std::chrono::seconds(2)) noexcept {
        return static_cast<status>(footfall_close(raw_, clamped(timeout)));
    }

    /// An id, the traits, a directory, or a report as JSON; empty if there is none.
    std::string get(subject what) const noexcept;

    // Plugins and destinations of your own. They answer an id for `remove`, or 0 if they were refused.

    std::uint64_t add(plugin value) noexcept;
    std::uint64_t add(destination value) noexcept;
    void remove(std::uint64_t id) noexcept { footfall_remove(raw_, id); }

private:
    explicit client(footfall_client *raw) noexcept : raw_(raw) {}

    static client make(
        footfall_client *(*function)(const char *, const footfall_host *), text source, host about) noexcept;

    /// Gives a C function the properties as a list with its end, on the stack up to 32 of them.
    template <class List, class Function>
    static status call(const List &list, const options &with, Function function) noexcept;

    footfall_client *raw_ = nullptr;
};

}  // namespace footfall

#include "footfall-callbacks.hpp"

#endif
