// SPDX-License-Identifier: MIT
// A ticket counter with two buttons, in Qt 6.
//
//     footfall collect &
//     cmake -B build && cmake --build build
//     build/ticket-counter footfall.json            # for a clerk: one session, and its lifecycle
//     build/ticket-counter --kiosk kiosk.json       # for visitors: the first touch begins a visit
#include <footfall-qt.h>

#include <QApplication>
#include <QLabel>
#include <QPushButton>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QVBoxLayout>
#include <QWidget>

class Counter : public QWidget {
public:
    Counter(footfall::client &analytics, bool isKiosk) : analytics_(analytics), isKiosk_(isKiosk) {
        setWindowTitle("Tickets");
        resize(360, 240);
        auto *layout = new QVBoxLayout(this);
        layout->addWidget(label_, 1);
        label_->setAlignment(Qt::AlignCenter);
        addButton("Adult, 12.50", "adult", 12.5);
        addButton("Child, 6.00", "child", 6.0);
        showSold();
        if (isKiosk_) {
            auto *timer = new QTimer(this);
            connect(timer, &QTimer::timeout, this, [this] { lookForVisitor(); });
            timer->start(1000);
        }
    }

private:
    void addButton(const QString &title, const QString &kind, double price) {
        auto *button = new QPushButton(title, this);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
        connect(button, &QPushButton::clicked, this, [this, kind, price] { sell(kind, price); });
        static_cast<QVBoxLayout *>(layout())->addWidget(button, 1);
    }

    void sell(const QString &kind, double price) {
        if (isKiosk_ && !isVisited_) {
            isVisited_ = true;
            analytics_.begin_visit();
        }
        sold_ += 1;
        // The temporary text of qUtf8Printable lives until the call has returned.
        analytics_.track("Ticket Sold", {{"kind", qUtf8Printable(kind)}, {"price", price}});
        showSold();
    }

    // A visitor who walked away: the session's limit is over and the client has ended the visit, so the next visitor
    // finds the first screen.
    void lookForVisitor() {
        if (!isVisited_ || !analytics_.get(footfall::subject::visitor_id).empty()) return;
        isVisited_ = false;
        sold_ = 0;
        showSold();
    }

    void showSold() {
        label_->setText(isKiosk_ && !isVisited_ ? QString("Touch to begin") : QString("%1 sold").arg(sold_));
    }

    footfall::client &analytics_;
    const bool isKiosk_;
    bool isVisited_ = false;
    int sold_ = 0;
    QLabel *label_ = new QLabel(this);
};

int main(int argc, char **argv) {
    QApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const bool isKiosk = arguments.contains("--kiosk");
    const QString configuration = arguments.size() > 1 ? arguments.last() : QString("footfall.json");

    footfall::host about;
    // On the main thread, so it may use widgets.
    about.on_error = footfall::qt::queued(application, [](const QString &code, const QString &message) {
        qWarning("analytics: %s: %s", qUtf8Printable(code), qUtf8Printable(message));
    });
    auto analytics = footfall::client::from_file(qUtf8Printable(configuration), std::move(about));
    if (!analytics) qWarning("no analytics: %s", footfall::last_error());
    footfall::qt::lifecycle lifecycle(application, analytics);

    Counter counter(analytics, isKiosk);
    counter.show();
    return application.exec();
}
