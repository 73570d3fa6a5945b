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
#include <QPointer>
#include <QString>
#include <QThread>
#include <QTimer>
#include <QWindow>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace footfall::qt {

/// Tells the client when the app comes to the front, is left, and ends, for as long as this object lives.
///
/// All windows count, so going from a window to its dialog is not leaving. Make it on the main thread, after the
/// application and the client, so that it is destroyed before them. A client that is made later, or freed while the app
/// runs, has its lifecycle in a `std::optional<footfall::qt::lifecycle>`: `emplace` it after the client is made, `reset`
/// it before the client is freed or assigned to.
class [[nodiscard]] lifecycle {
public:
    lifecycle(QGuiApplication &application, const client &analytics)
        // A client may be moved; what it owns stays where it is.
        : raw_(analytics.native_handle()) {
        QObject::connect(&application, &QGuiApplication::applicationStateChanged, &context_, [this] { look(); });
        QObject::connect(&application, &QGuiApplication::focusWindowChanged, &context_, [this](QWindow *window) {
            follow(window);
            look();
        });
        QObject::connect(&application, &QCoreApplication::aboutToQuit, &context_, [this] {
            // Windows that close at the end are no news.
            is_ended_ = true;
            footfall_will_terminate(raw_);
        });
        leaving_.setSingleShot(true);
        QObject::connect(&leaving_, &QTimer::timeout, &context_, [this] {
            if (is_ended_) return;
            is_active_ = false;
            footfall_will_resign_active(raw_);
        });
        follow(QGuiApplication::focusWindow());
        look();
    }

    lifecycle(const lifecycle &) = delete;
    lifecycle &operator=(const lifecycle &) = delete;

private:
    /// Qt tells of no change when the window that has the focus is closed or hidden, as that of an app in the tray.
    void follow(QWindow *window) {
        QObject::disconnect(visible_);
        if (window != nullptr) {
            visible_ = QObject::connect(window, &QWindow::visibleChanged, &context_, [this] { look(); });
        }
    }

    /// Tells the client whether the app has the focus, if that has changed.
    void look() {
        const QWindow *window = QGuiApplication::focusWindow();
        const bool is_active = QGuiApplication::applicationState() == Qt::ApplicationActive &&
                               (window == nullptr || window->isVisible());
        if (is_active) leaving_.stop();
        if (is_ended_ || is_active == is_active_) return;
        if (is_active) {
            is_active_ = true;
            footfall_did_become_active(raw_);
        } else if (!leaving_.isActive()) {
            // The last window is hidden just before the app ends by that, which is no leaving. So the client hears of it
            // 0.2 s later, unless the app has ended or the focus is back.
            leaving_.start(200);
        }
    }

    footfall_client *raw_;
    QMetaObject::Connection visible_;
    /// What the client was told last.
    bool is_active_ = false;
    bool is_ended_ = false;
    QTimer leaving_;
    /// Last, so that the connections end first.
    QObject context_;
};

/// Makes an `on_error` that calls a function on the thread of an object, such as a window.
///
/// The client calls `on_error` on threads of its own, where no widget may be touched. When the object is destroyed before
/// the client, the function is not called any more.
///
/// ```cpp
/// footfall::host about;
/// about.on_error = footfall::qt::queued(window, [&](const QString &, const QString &message) {
///     window.statusBar()->showMessage(message);
/// });
/// ```
template <class Function>
std::function<void(std::string_view, std::string_view)> queued(QObject &object, Function function) {
    // The calls go to an object of the callback's own, because `object` may be destroyed meanwhile. Only on the thread
    // of `object` is it safe to ask whether it still is.
    std::shared_ptr<QObject> relay(new QObject, [](QObject *ended) {
        // After the last event loop `deleteLater` does nothing; the client is mostly destroyed there.
        if (ended->thread() == QThread::currentThread()) {
            delete ended;
        } else {
            ended->deleteLater();
        }
    });
    relay->moveToThread(object.thread());
    return [relay, target = QPointer<QObject>(&object), function = std::move(function)](
               std::string_view code, std::string_view message) {
        const QString codeText = QString::fromUtf8(code.data(), static_cast<qsizetype>(code.size()));
        const QString messageText = QString::fromUtf8(message.data(), static_cast<qsizetype>(message.size()));
        QMetaObject::invokeMethod(
            relay.get(),
            [target, function, codeText, messageText] {
                if (target) function(codeText, messageText);
            },
            Qt::QueuedConnection);
    };
}

}  // namespace footfall::qt

#endif
