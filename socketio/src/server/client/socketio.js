/**
 * A small Socket.IO client for browsers: one ES module, no dependencies, for demos and small pages.
 * Applications are better served by the official `socket.io-client`, which it resembles.
 *
 *   import { io } from '/socket.io/socketio.js';
 *   const socket = io('/chat', { auth: { nick: 'ada' } });      // the path of the URL is the namespace
 *   socket.on('line', ({ from, text }) => console.log(from, text));
 *   const number = await socket.timeout(5000).emitWithAck('message', 'hello');
 *
 * It speaks Engine.IO 4 and Socket.IO 5. What differs: every socket has a connection of its own;
 * WebSocket comes first and long polling is a fallback, without an upgrade in between; incoming
 * binary is always an ArrayBuffer; `connect()` while a reconnection is pending tries at once.
 * Not here: a manager and its events, volatile emits, Blob, recovery, `onAny`, `retries`.
 *
 * What it costs: 13 KB to read, a third of it comments; 2.5 KB on the wire if minified and compressed.
 */

// Socket.IO packet types. A binary event or ack is the plain one plus BINARY.
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
const BINARY = 3;

/** Events that only this module may raise. */
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];

/** How to open each transport. */
const TRANSPORTS = { websocket: openWebSocket, polling: openPolling };

/**
 * The socket of a namespace.
 * @param {string | object} [url] absolute, or relative to the page; its path is the namespace, its query goes along
 * @param {object} [options] instead of the defaults below; times are in milliseconds
 */
export function io(url = '/', options = {}) {
  if (typeof url === 'object') return io('/', url);
  const socket = new Socket(new URL(url, globalThis.location?.href), {
    auth: undefined, // for the namespace: an object, or a function that passes one to its argument
    path: '/socket.io/', // where the server listens
    transports: ['websocket', 'polling'], // tried in this order
    timeout: 10000, // what each of them may take to open
    autoConnect: true,
    reconnection: true, // by itself when the connection is lost, for ever
    reconnectionDelay: 1000, // before the first attempt, give or take half; doubled each time,
    reconnectionDelayMax: 5000, // up to this
    WebSocket: globalThis.WebSocket, // these two for Node.js, for credentials, and for tests
    fetch: globalThis.fetch,
    ...options,
  });
  return socket.io.autoConnect ? socket.connect() : socket;
}

/** Events: 'connect', 'connect_error' (error), 'disconnect' (reason), and those of the server. */
export class Socket {
  /** @type {string | undefined} the server's id for this socket; changes with every connect */
  id;
  /** The namespace has let us in. */
  connected = false;
  /** Connected, or trying to be. After `disconnect()`, by either side, and a refusal only `connect()` tries again. */
  active = false;
  #listeners = new Map(); // by event
  #buffer = []; // packets that wait for the connection
  #acks = new Map(); // by id
  #nextId = 0;
  #transport; // the one in use, or on trial
  #timer; // for what happens if nothing else does: a trial ends, a silent server is given up, we try again
  #silence; // how long the server may be silent; known while an Engine.IO session is open
  #attempts = 0;
  #partial; // the packet that waits for attachments

  constructor(url, options) {
    if (!/^(http|ws)s?:$/.test(url.protocol)) throw new TypeError(`not an http or ws URL: ${url}`);
    for (const name of options.transports) if (!TRANSPORTS[name]) throw new TypeError(`unknown transport: ${name}`);
    this.nsp = url.pathname;
    this.url = new URL(options.path.replace(/\/?$/, '/') + url.search, url);
    this.options = options;
    /** May be changed before `connect()`. */
    this.auth = options.auth;
  }
}
