// SPDX-License-Identifier: MIT
// A Qt 6 app with two windows that goes on without a window. desktop_tests.py closes them and sends signals: SIGUSR1
// opens a third window, SIGUSR2 frees the client while the app runs, SIGTERM ends the app.
//
//     windows CONFIGURATION
#include <footfall-qt.h>

#include <QApplication>
#include <QTimer>
#include <QWidget>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

namespace {

volatile std::sig_atomic_t opens, frees, ends;

std::unique_ptr<QWidget> openWindow(const QString &title) {
    auto window = std::make_unique<QWidget>();
    window->setWindowTitle(title);
    window->resize(200, 100);
    window->show();
    return window;
}

/// An error that comes when the object is gone.
bool survivesWithoutObject(const QApplication &) {
    bool isCalled = false;
    auto object = std::make_unique<QObject>();
    const auto report = footfall::qt::queued(*object, [&](const QString &, const QString &) { isCalled = true; });
    report("storeUnavailable", "before the end");
    QCoreApplication::processEvents();
    const bool wasCalled = std::exchange(isCalled, false);
    report("storeUnavailable", "on its way");
    object.reset();
    report("storeUnavailable", "after the end");
    QCoreApplication::processEvents();
    return wasCalled && !isCalled;
}

}  // namespace

int main(int argc, char **argv) {
    std::signal(SIGUSR1, [](int) { opens = 1; });
    std::signal(SIGUSR2, [](int) { frees = 1; });
    std::signal(SIGTERM, [](int) { ends = 1; });
    QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    if (!survivesWithoutObject(application)) return 2;

    footfall::client analytics;
    std::optional<footfall::qt::lifecycle> lifecycle;
    analytics = footfall::client::from_file(argc > 1 ? argv[1] : "");
    if (!analytics) return 1;
    lifecycle.emplace(application, analytics);

    const auto one = openWindow("One");
    const auto two = openWindow("Two");
    std::unique_ptr<QWidget> three;
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
        if (std::exchange(opens, 0) != 0) three = openWindow("Three");
        if (std::exchange(frees, 0) != 0) {
            lifecycle.reset();
            analytics = footfall::client();
        }
        if (ends != 0) QApplication::quit();
    });
    timer.start(20);
    return QApplication::exec();
}
