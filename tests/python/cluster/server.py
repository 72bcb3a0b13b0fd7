"""A server of python-socketio on its manager for Redis, with the commands of `examples/cluster` that it can carry out: the peer of
`--adapter python`. Its options are those of the example."""

import argparse
import asyncio
import contextlib
import signal
from collections import defaultdict

import socketio
import uvicorn

options = argparse.ArgumentParser()
options.add_argument("--port", type=int)
options.add_argument("--adapter")
options.add_argument("--url")
options.add_argument("--key")
options.add_argument("--name")
options = options.parse_args()

manager = socketio.AsyncRedisManager(options.url, channel=options.key)
sio = socketio.AsyncServer(async_mode="asgi", client_manager=manager)


class Commands(socketio.AsyncNamespace):
    """The commands in one namespace; those of one client take effect in their order."""

    def __init__(self, namespace):
        super().__init__(namespace)
        self.turns = defaultdict(asyncio.Lock)

    async def trigger_event(self, event, *args):
        if event in ("connect", "disconnect", "ask"):
            return await super().trigger_event(event, *args)
        async with self.turns[args[0]]:
            answer = await super().trigger_event(event, *args)
        return True if answer is None else answer

    async def on_disconnect(self, sid, reason):
        self.turns.pop(sid, None)

    async def on_whoami(self, sid):
        return {"id": sid, "server": options.name, "recovered": False, "rooms": self.rooms(sid), "data": {}}

    async def on_join(self, sid, room):
        await self.enter_room(sid, room)

    async def on_leave(self, sid, room):
        await self.leave_room(sid, room)

    async def on_room(self, sid, room, event, *args):
        await self.emit(event, args, room=room)

    async def on_burst(self, sid, room, event, n):
        for i in range(n):
            await self.emit(event, (i,), room=room)

    async def on_to(self, sid, room, event, *args):
        await self.emit(event, args, room=room, skip_sid=sid)

    async def on_all(self, sid, event, *args):
        await self.emit(event, args)

    async def on_local(self, sid, event, *args):
        await manager.emit(event, args, self.namespace, ignore_queue=True)

    async def on_ask(self, sid, client, event, *args):
        try:
            answer = await self.call(event, args, sid=client, timeout=2)
        except socketio.exceptions.TimeoutError:
            return {"answers": [], "missing": 1}
        return {"answers": [answer], "missing": 0}

    async def on_kick(self, sid, client, close):
        await self.disconnect(client)

    async def on_joinall(self, sid, client, room):
        await self.enter_room(client, room)

    async def on_leaveall(self, sid, client, room):
        if client == room:
            await self.close_room(room)
        else:
            await self.leave_room(client, room)


class Server(uvicorn.Server):
    """Ends with status 0 on SIGTERM."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


async def main():
    for namespace in ("/", "/chat"):
        sio.register_namespace(Commands(namespace))
    app = socketio.ASGIApp(sio)
    config = uvicorn.Config(app, port=options.port, log_level="warning", ws="websockets", timeout_graceful_shutdown=1)
    server = Server(config)

    def stop():
        server.should_exit = True

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    await server.serve()


asyncio.run(main())
