"""The measured events on python-socketio, with uvicorn, uvloop and httptools. PORT says where."""

import os

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi")


@server.event
async def echo(sid, *arguments):
    return arguments


@server.event
async def add(sid, a, b):
    return a + b


@server.event
async def bin(sid, data):
    return data


@server.event
async def bcast(sid, payload):
    await server.emit("news", payload)


@server.event
async def join(sid, room):
    await server.enter_room(sid, room)


@server.event
async def say(sid, room, payload):
    await server.emit("said", payload, room=room)


uvicorn.run(
    socketio.ASGIApp(server),
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    loop="uvloop",
    http="httptools",
    ws="websockets",
    ws_per_message_deflate=False,
    backlog=4096,
    access_log=False,
    log_level="warning",
)
