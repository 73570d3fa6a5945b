// SPDX-License-Identifier: MIT
/// Footfall for Qt 6 apps: the lifecycle, and errors on the main thread. Everything is in this header; it needs no moc.
///
/// ```cpp
/// QApplication application(argc, argv);
/// auto analytics = footfall::client::from_file("footfall.json");
/// footfall::qt::lifecycle lifecycle(application, analytics);
/// return application.exec();
/// ```
#ifndef FOOTFALL_QT_H
#define FOOTFALL_QT_H

#include "footfall.hpp"

#include <QGuiApplication>
#include <QMetaObject>
#include <QObject>
#include <QString>

#include <functional>
#include <string_view>
#include <utility>

namespace footfall::qt {

/// Tells the client when the app comes to the front, is left, and ends, for as long as this object lives.
///
/// All windows count, so going from a window to its dialog is not leaving. Make it on the main thread, after the
/// application and the client, so that it is destroyed before them.
class [[nodiscard]] lifecycle {
public:
    lifecycle(QGuiApplication &application, const client &analytics) {
        // A client may be moved; what it owns stays where it is.
        footfall_client *raw = analytics.native_handle();
        QObject::connect(
            &application, &QGuiApplication::applicationStateChanged, &context_, [this, raw](Qt::ApplicationState state) {
                // Windows that close at the end are no news.
                if (is_ended_) return;
                if (state == Qt::ApplicationActive) {
                    footfall_did_become_active(raw);
                } else {
                    footfall_will_resign_active(raw);
                }
            });
        QObject::connect(&application, &QCoreApplication::aboutToQuit, &context_, [this, raw] {
            is_ended_ = true;
            footfall_will_terminate(raw);
        });
    }

    lifecycle(const lifecycle &) = delete;
    lifecycle &operator=(const lifecycle &) = delete;

private:
    QObject context_;
    bool is_ended_ = false;
};

/// Makes an `on_error` that calls a function on the thread of an object, such as a window.
///
/// The client calls `on_error` on threads of its own, where no widget may be touched. The object must live as long as
/// the client.
///
/// ```cpp
/// footfall::host about;
/// about.on_error = footfall::qt::queued(application, [&](const QString &code, const QString &message) {
///     statusBar.showMessage(message);
/// });
/// ```
template <class Function>
std::function<void(std::string_view, std::string_view)> queued(QObject &object, Function function) {
    return [&object, function = std::move(function)](std::string_view code, std::string_view message) {
        const QString codeText = QString::fromUtf8(code.data(), static_cast<qsizetype>(code.size()));
        const QString messageText = QString::fromUtf8(message.data(), static_cast<qsizetype>(message.size()));
        QMetaObject::invokeMethod(
            &object, [function, codeText, messageText] { function(codeText, messageText); }, Qt::QueuedConnection);
    };
}

}  // namespace footfall::qt

#endif
