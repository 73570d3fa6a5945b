// SPDX-License-Identifier: MIT
/// How `footfall.hpp` gives C++ values and functions to the C library.
///
/// Include `footfall.hpp`, which includes this header.
#ifndef FOOTFALL_CALLBACKS_HPP
#define FOOTFALL_CALLBACKS_HPP

#include "footfall.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <new>

// A program that is compiled without exceptions has none to catch.
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define FOOTFALL_TRY try
#define FOOTFALL_CATCH catch (...)
#else
#define FOOTFALL_TRY if (true)
#define FOOTFALL_CATCH else
#endif

namespace footfall {

/// What the library calls. Each function ends every exception, since none may pass through the library's frames.
namespace callbacks {

template <class Owned>
void release(void *user) noexcept {
    delete static_cast<Owned *>(user);
}

inline void on_error(void *user, const char *code, const char *message) noexcept {
    FOOTFALL_TRY {
        static_cast<host *>(user)->on_error(code, message);
    } FOOTFALL_CATCH {
    }
}

inline std::int32_t execute(void *user, footfall_event *raw) noexcept {
    FOOTFALL_TRY {
        event seen(raw);
        return static_cast<std::int32_t>(static_cast<plugin *>(user)->execute(seen));
    } FOOTFALL_CATCH {
        return static_cast<std::int32_t>(verdict::failed);
    }
}

inline void flush(void *user) noexcept {
    FOOTFALL_TRY {
        static_cast<plugin *>(user)->flush();
    } FOOTFALL_CATCH {
    }
}

inline void reset(void *user) noexcept {
    FOOTFALL_TRY {
        static_cast<plugin *>(user)->reset();
    } FOOTFALL_CATCH {
    }
}

inline std::int32_t deliver(void *user, footfall_batch *raw, std::int32_t attempt) noexcept {
    FOOTFALL_TRY {
        batch events(raw);
        return static_cast<std::int32_t>(static_cast<destination *>(user)->deliver(events, attempt));
    } FOOTFALL_CATCH {
        return static_cast<std::int32_t>(outcome::retry);
    }
}

inline const char *c_str(const std::optional<std::string> &value) noexcept {
    // 0xFF never occurs in UTF-8, so the library refuses a text with a NUL in it.
    return value ? text(*value).c_str() : nullptr;
}

}  // namespace callbacks

inline client client::make(
    footfall_client *(*function)(const char *, const footfall_host *), text source, host about) noexcept {
    footfall_host raw = {};
    raw.size = sizeof raw;
    // Moved first, so that the texts are where the callback's state is.
    std::unique_ptr<host> kept(new (std::nothrow) host(std::move(about)));
    if (kept == nullptr) return client();
    raw.application_id = callbacks::c_str(kept->application_id);
    raw.application_version = callbacks::c_str(kept->application_version);
    raw.application_build = callbacks::c_str(kept->application_build);
    raw.state_directory = callbacks::c_str(kept->state_directory);
    if (!kept->on_error) return client(function(source.c_str(), &raw));
    raw.on_error = &callbacks::on_error;
    raw.release = &callbacks::release<host>;
    raw.user = kept.release();
    return client(function(source.c_str(), &raw));
}

template <class List, class Function>
status client::call(const List &list, const options &with, Function function) noexcept {
    footfall_options raw = {};
    raw.size = sizeof raw;
    if (with.timestamp) {
        raw.timestamp_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(with.timestamp->time_since_epoch()).count();
    }
    raw.message_id = callbacks::c_str(with.message_id);
    raw.anonymous_id = callbacks::c_str(with.anonymous_id);
    raw.user_id = callbacks::c_str(with.user_id);
    raw.context = callbacks::c_str(with.context);
    raw.integrations = callbacks::c_str(with.integrations);
    raw.priority = static_cast<std::int32_t>(with.priority);
    raw.durability = static_cast<std::int32_t>(with.durability);
    raw.flags = with.is_foreign ? FOOTFALL_FOREIGN : 0;

    constexpr std::size_t on_stack = 32;
    std::array<footfall_property, on_stack + 1> few;
    std::unique_ptr<footfall_property[]> many;
    footfall_property *items = few.data();
    if (list.size() > on_stack) {
        many.reset(new (std::nothrow) footfall_property[list.size() + 1]);
        if (many == nullptr) return status::unavailable;
        items = many.get();
    }
    footfall_property *end = std::transform(list.begin(), list.end(), items, [](auto &item) { return item.raw(); });
    *end = footfall_end();
    return static_cast<status>(function(static_cast<const footfall_property *>(items), &raw));
}

inline std::string client::get(subject what) const noexcept {
    FOOTFALL_TRY {
        std::string value(128, '\0');
        for (;;) {
            // The value may grow between two calls.
            const std::size_t length =
                footfall_get(raw_, static_cast<std::int32_t>(what), value.data(), value.size());
            const bool fits = length < value.size();
            value.resize(fits ? length : length + 1);
            if (fits) return value;
        }
    } FOOTFALL_CATCH {
        return std::string();
    }
}

inline std::uint64_t client::add(plugin value) noexcept {
    std::unique_ptr<plugin> kept(new (std::nothrow) plugin(std::move(value)));
    if (kept == nullptr) return 0;
    footfall_plugin raw = {};
    raw.size = sizeof raw;
    raw.stage = static_cast<std::int32_t>(kept->stage);
    raw.name = kept->name.empty() ? nullptr : text(kept->name).c_str();
    raw.version = kept->version.empty() ? nullptr : text(kept->version).c_str();
    raw.on_failure = static_cast<std::int32_t>(kept->on_failure);
    if (kept->execute) raw.execute = &callbacks::execute;
    if (kept->flush) raw.flush = &callbacks::flush;
    if (kept->reset) raw.reset = &callbacks::reset;
    raw.release = &callbacks::release<plugin>;
    raw.user = kept.release();
    return footfall_add_plugin(raw_, &raw);
}

inline std::uint64_t client::add(destination value) noexcept {
    std::unique_ptr<destination> kept(new (std::nothrow) destination(std::move(value)));
    if (kept == nullptr) return 0;
    footfall_destination raw = {};
    raw.size = sizeof raw;
    raw.name = text(kept->name).c_str();
    raw.max_events = kept->max_events;
    raw.max_bytes = kept->max_bytes;
    if (kept->deliver) raw.deliver = &callbacks::deliver;
    raw.release = &callbacks::release<destination>;
    raw.user = kept.release();
    return footfall_add_destination(raw_, &raw);
}

}  // namespace footfall

#undef FOOTFALL_TRY
#undef FOOTFALL_CATCH

#endif
