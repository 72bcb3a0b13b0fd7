"""python-socketio 4.6, the last of protocol 4, against the application of the matrix (tests/generations/app.rs).

Reads SOCKETIO_URL. Knows nothing of how the server is started; prints nothing but unittest's report.
"""

import asyncio
import os
import queue
import threading
import time
import unittest
import uuid

import engineio
import socketio

# This client refuses a polling body of more than 16 packets, which servers are free to send.
engineio.payload.Payload.max_decode_packets = 10_000

URL = os.environ["SOCKETIO_URL"]
SECONDS = 30
TEXTS = ["plain", "é", "é€😀", "ÿ\u0080", "𝒳😀", '\u2028\u2029\ufffd\u001e \n \\n " </script> : 42[] 4:4 b4AQ== %20 + &']
BYTES = bytes([1, 2, 3, 0, 255, 128, 30])
NUMBERS = list(range(25))


class InOrder(engineio.Client):
    """As published, it starts a thread for each packet that comes in: then no order of events is certain."""

    def _trigger_event(self, event, *args, **kwargs):
        return super()._trigger_event(event, *args, **{**kwargs, "run_async": False})


class Client(socketio.Client):
    """A client that puts its events into one queue and answers questions."""

    def _engineio_client_class(self):
        return InOrder

    def __init__(self, transports, query=""):
        super().__init__(reconnection=False)
        self.events = queue.Queue()
        for namespace in ("/", "/chat"):
            for event in ("back", "tock", "said", "whispered", "disconnect"):
                self.on(event, self._recorder(namespace, event), namespace=namespace)
        self.on("question", lambda text: f"{text}: because 😀")
        entered = threading.Event()
        self.on("connect", entered.set, namespace="/chat")
        self.connect(URL + query, transports=transports, namespaces=["/chat"])
        # It does not wait for its namespaces by itself, and what is sent into one before that is lost.
        if not entered.wait(SECONDS):
            raise TimeoutError("/chat")

    def _recorder(self, namespace, event):
        return lambda *args: self.events.put((namespace, event, list(args)))

    def next(self):
        return self.events.get(timeout=SECONDS)

    def ask(self, event, *args, namespace="/"):
        """Emits, and gives what was acknowledged: nothing, one value, or a tuple of several."""
        return self.call(event, args, namespace=namespace, timeout=SECONDS)


class Generation:
    """The checks, mixed into one class per transport."""

    transports = []

    def setUp(self):
        self.name = f"python {uuid.uuid4()}"
        self.client = Client(self.transports, f"?name={self.name}".replace(" ", "%20"))
        self.addCleanup(self.client.disconnect)

    def test_who(self):
        protocol, transport, client_id, auth = self.client.ask("who")
        self.assertEqual((protocol, transport), (3, self.client.transport()))
        self.assertEqual(self.client.transport(), self.transports[-1])
        self.assertEqual((client_id, auth), (self.client.sid, {"name": self.name}))

    def test_echo_and_unicode(self):
        self.assertEqual(self.client.ask("echo", 1, {"a": [True, None]}), (1, {"a": [True, None]}))
        for text in TEXTS:
            self.assertEqual(self.client.ask("echo", text), text)
            self.client.emit("back", (text, {text: text}))
            self.assertEqual(self.client.next(), ("/", "back", [text, {text: text}]))

    def test_the_server_asks(self):
        self.assertEqual(self.client.ask("ask", "why é"), "why é: because 😀")

    def test_bursts_in_order(self):
        for number in NUMBERS:
            self.client.emit("tick", number)
        self.assertEqual(self.client.ask("ticks"), NUMBERS)
        self.client.emit("burst", len(NUMBERS))
        self.assertEqual([self.client.next() for _ in NUMBERS], [("/", "tock", [number]) for number in NUMBERS])

    def test_binary(self):
        value = {"data": BYTES, "more": [b"\xff" * 1000, "é"]}
        self.assertEqual(self.client.ask("echo", value), value)
        self.client.emit("back", (BYTES, "é", b"\x04"))
        self.assertEqual(self.client.next(), ("/", "back", [BYTES, "é", b"\x04"]))
        self.assertEqual(self.client.ask("echo", "é€"), "é€")

    def test_rooms(self):
        one, other = f"one {self.name}", f"other {self.name}"
        guest = Client(self.transports)
        self.addCleanup(guest.disconnect)
        self.client.ask("join", one, namespace="/chat")
        self.client.ask("join", other, namespace="/chat")
        guest.ask("join", one, namespace="/chat")
        self.client.ask("say", one, "é, to the others", namespace="/chat")
        self.client.ask("shout", one, "to all", namespace="/chat")
        self.client.ask("leave", one, namespace="/chat")
        guest.ask("shout", one, "to who has stayed", namespace="/chat")
        guest.ask("shout", other, "to the other room", namespace="/chat")
        heard = [("/chat", "said", [text]) for text in ("to all", "to the other room")]
        self.assertEqual([self.client.next() for _ in heard], heard)
        heard = [("/chat", "said", [text]) for text in ("é, to the others", "to all", "to who has stayed")]
        self.assertEqual([guest.next() for _ in heard], heard)
        # Nothing comes twice, nor what was not meant for it.
        for client in (self.client, guest):
            client.ask("echo", 1)
            self.assertTrue(client.events.empty())

    def test_errors_and_acl(self):
        self.assertEqual(self.client.ask("fail"), {"error": {"code": "nope", "message": "not tödäy"}})
        self.assertEqual(self.client.ask("secret")["error"]["code"], "forbidden")
        self.client.ask("promote")
        self.assertEqual(self.client.ask("secret"), "granted")

    def test_its_id_is_a_room(self):
        guest = Client(self.transports)
        self.addCleanup(guest.disconnect)
        guest.emit("whisper", (self.client.sid, "psst é"))
        self.assertEqual(self.client.next(), ("/", "whispered", ["psst é"]))

    def test_heartbeats(self):
        # It is the client that asks, and gives up at the next interval if there was no answer.
        time.sleep(4 * self.client.eio.ping_interval)
        self.assertEqual(self.client.ask("echo", "alive"), "alive")
        self.assertTrue(self.client.events.empty())

    def test_unknown_namespace(self):
        refused = queue.Queue()
        self.client.on("connect_error", refused.put, namespace="/nowhere")
        self.client._send_packet(socketio.packet.Packet(socketio.packet.CONNECT, namespace="/nowhere"))
        self.assertEqual(refused.get(timeout=SECONDS), {"message": "Invalid namespace"})
        self.assertEqual(self.client.ask("echo", 2), 2)

    def test_kick(self):
        self.client.emit("kick", namespace="/chat")
        self.assertEqual(self.client.next(), ("/chat", "disconnect", []))
        self.assertEqual(self.client.ask("left"), ["server namespace disconnect"])

    def test_leave(self):
        # It has no call for leaving one namespace.
        self.client._send_packet(socketio.packet.Packet(socketio.packet.DISCONNECT, namespace="/chat"))
        left = []
        while not left:
            left = self.client.ask("left")
        self.assertEqual(left, ["client namespace disconnect"])

    def test_disconnect(self):
        guest = Client(self.transports)
        self.addCleanup(guest.disconnect)
        self.client.disconnect()
        self.assertIn(guest.ask("end_of", self.name), ("client namespace disconnect", "transport close"))


class Polling(Generation, unittest.TestCase):
    transports = ["polling"]


class WebSocket(Generation, unittest.TestCase):
    transports = ["websocket"]


class Upgrade(Generation, unittest.TestCase):
    transports = ["polling", "websocket"]


class Asyncio(unittest.IsolatedAsyncioTestCase):
    """The other client of the package, which shares the codecs with the first and brings its own transports."""

    async def test_each_transport(self):
        for transports in (["polling"], ["websocket"], ["polling", "websocket"]):
            with self.subTest(transports=transports):
                client = socketio.AsyncClient(reconnection=False)
                heard = asyncio.Queue()
                client.on("back", lambda *args: heard.put_nowait(list(args)))
                client.on("said", lambda *args: heard.put_nowait(list(args)), namespace="/chat")
                client.on("question", lambda text: f"{text}: because 😀")
                entered = asyncio.Event()
                client.on("connect", entered.set, namespace="/chat")
                await client.connect(URL, transports=transports, namespaces=["/chat"])
                await asyncio.wait_for(entered.wait(), SECONDS)
                self.assertEqual(client.transport(), transports[-1])
                self.assertEqual(await client.call("echo", ("é€😀", BYTES), timeout=SECONDS), ("é€😀", BYTES))
                self.assertEqual(await client.call("ask", "why é", timeout=SECONDS), "why é: because 😀")
                await client.emit("back", (BYTES, "é"))
                self.assertEqual(await asyncio.wait_for(heard.get(), SECONDS), [BYTES, "é"])
                room = f"asyncio {uuid.uuid4()}"
                await client.call("join", room, namespace="/chat", timeout=SECONDS)
                await client.call("shout", (room, "é"), namespace="/chat", timeout=SECONDS)
                self.assertEqual(await asyncio.wait_for(heard.get(), SECONDS), ["é"])
                await client.disconnect()


if __name__ == "__main__":
    unittest.main()
