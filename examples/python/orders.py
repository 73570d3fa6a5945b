# SPDX-License-Identifier: MIT
"""A service that takes orders over HTTP, with three worker processes that share one port.

    footfall collect &
    python3 orders.py --config footfall.json --port 8080 &
    curl -d '{"user": "u-7", "total": 59.90}' http://127.0.0.1:8080/orders

The parent makes the client and forks; parent and workers go on with it. Each event is about the customer who ordered,
so it is recorded with a user id, and has nothing of this machine's identity.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType
from typing import NoReturn, Optional

import footfall

WORKERS = 3


class Orders(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        try:
            # As Decimal, so that a price is computed exactly.
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])), parse_float=Decimal)
            user, total = str(order["user"]), Decimal(order["total"])
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            logging.getLogger("orders").warning("refused: %s", type(error).__name__)
            self.answer(400, "send an object with a user and a total")
            return
        footfall.track(user, "Order Completed", {"total": total, "vat": total * Decimal("0.19"), "worker": os.getpid()})
        self.answer(200, "thank you")

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def stop(number: int, frame: Optional[FrameType]) -> NoReturn:
    """SIGTERM becomes an ordinary end, which closes the client."""
    sys.exit(0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("footfall.json"))
    parser.add_argument("--port", type=int, default=8080)
    arguments = parser.parse_args()

    footfall.configuration = arguments.config
    server = HTTPServer(("127.0.0.1", arguments.port), Orders)
    signal.signal(signal.SIGTERM, stop)
    footfall.track(event="Service Started", properties={"workers": WORKERS})

    workers = []
    for _ in range(WORKERS):
        worker = os.fork()
        if worker == 0:
            server.serve_forever()
        workers.append(worker)
    print(f"listening on port {server.server_port}", flush=True)
    try:
        signal.pause()
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGTERM)
        for worker in workers:
            os.waitpid(worker, 0)
        footfall.track(event="Service Ended")
        footfall.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
