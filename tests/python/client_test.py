"""python-socketio against the conformance server: another implementation's idea of the protocol.

Reads SOCKETIO_URL. Knows nothing of how the server is started; prints nothing but unittest's report.
"""

import os
import queue
import unittest

import engineio
import socketio

# This client refuses a polling body of more than 16 packets, which servers are free to send.
engineio.payload.Payload.max_decode_packets = 10_000

URL = os.environ["SOCKETIO_URL"]
SECONDS = 5


class Connection:
    """A client that puts every event of its namespaces into one queue."""

    def __init__(self, transports, namespaces=("/",), auth=None, **options):
        self.client = socketio.Client(reconnection=False, **options)
        self.events = queue.Queue()
        for namespace in namespaces:
            for event in ("auth", "message-back", "disconnect"):
                self.client.on(event, self._recorder(namespace, event), namespace=namespace)
            self.client.on("emit-with-ack", self._question(namespace), namespace=namespace)
        self.client.connect(URL, auth=auth, transports=transports, namespaces=list(namespaces), wait_timeout=SECONDS)

    def _recorder(self, namespace, event):
        return lambda *args: self.events.put((namespace, event, list(args)))

    def _question(self, namespace):
        def answer(*args):
            self.events.put((namespace, "emit-with-ack", list(args)))
            return ("answer", len(args))

        return answer

    def next(self):
        return self.events.get(timeout=SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.disconnect()


class Contract:
    """The tests, mixed into one class per transport."""

    transports = []

    def test_connects_with_and_without_auth(self):
        with Connection(self.transports) as c:
            self.assertEqual(c.next(), ("/", "auth", [{}]))
            self.assertTrue(c.client.connected)
        with Connection(self.transports, auth={"token": "abc"}) as c:
            self.assertEqual(c.next(), ("/", "auth", [{"token": "abc"}]))

    def test_events_keep_their_arguments(self):
        with Connection(self.transports) as c:
            c.next()
            args = (1, "two \u20ac", [True, None], {"a": {"b": 2.5}})
            c.client.emit("message", args)
            self.assertEqual(c.next(), ("/", "message-back", list(args)))

    def test_binary_both_ways(self):
        with Connection(self.transports) as c:
            c.next()
            args = (b"\x01\x02", {"deep": [b"", b"\xff" * 1000]}, "text")
            c.client.emit("message", args)
            self.assertEqual(c.next(), ("/", "message-back", list(args)))

    def test_acknowledgements_both_ways(self):
        with Connection(self.transports) as c:
            c.next()
            self.assertEqual(c.client.call("message-with-ack", ("a", b"\x00", 3), timeout=SECONDS), ("a", b"\x00", 3))
            c.client.emit("emit-with-ack", ("question",))
            self.assertEqual(c.next(), ("/", "emit-with-ack", ["question"]))
            self.assertEqual(c.next(), ("/", "emit-with-ack", ["answer", 1]))

    def test_two_namespaces_on_one_connection(self):
        with Connection(self.transports, namespaces=("/", "/custom")) as c:
            self.assertEqual({c.next()[0] for _ in range(2)}, {"/", "/custom"})
            self.assertNotEqual(c.client.get_sid("/"), c.client.get_sid("/custom"))
            c.client.emit("message", "x", namespace="/custom")
            self.assertEqual(c.next(), ("/custom", "message-back", ["x"]))
            c.client.emit("message", "y")
            self.assertEqual(c.next(), ("/", "message-back", ["y"]))

    def test_unknown_namespace_is_refused(self):
        with self.assertRaises(socketio.exceptions.ConnectionError):
            Connection(self.transports, namespaces=("/nowhere",))

    def test_a_thousand_calls_in_order(self):
        with Connection(self.transports) as c:
            c.next()
            answers = queue.Queue()
            for i in range(1000):
                c.client.emit("message-with-ack", i, callback=answers.put)
            self.assertEqual([answers.get(timeout=SECONDS) for _ in range(1000)], list(range(1000)))


class Polling(Contract, unittest.TestCase):
    transports = ["polling"]


class WebSocket(Contract, unittest.TestCase):
    transports = ["websocket"]


class Upgrade(Contract, unittest.TestCase):
    transports = ["polling", "websocket"]


if __name__ == "__main__":
    unittest.main()
