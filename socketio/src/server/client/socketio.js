/**
 * A small Socket.IO client for browsers: one ES module, no dependencies.
 *
 *   import { io } from '/socket.io/socketio.js';
 *   const socket = io('/chat', { auth: { nick: 'ada' } });      // the path of the URL is the namespace
 *   socket.on('line', ({ from, text }) => console.log(from, text));
 *   const number = await socket.timeout(5000).emitWithAck('message', 'hello');
 *
 * It speaks Engine.IO 4 and Socket.IO 5 and is meant for demos and small pages; applications are
 * better served by the official `socket.io-client`. What people know from there works here alike:
 * emits wait in a buffer until the socket is connected; a lost connection is opened again with
 * exponential back-off and jitter; after 'io server disconnect', after `disconnect()` and after a
 * refusal by the namespace only `connect()` tries again; sockets of one origin and path share one
 * connection (that of the first, with its options) unless `forceNew` is set.
 *
 * What differs: WebSocket comes first and long polling is a fallback, without an upgrade in
 * between; incoming binary is always an ArrayBuffer; `connect()` while a reconnection is pending
 * tries at once. Not here: connection state recovery, `onAny`, `retries`, other parsers.
 *
 * What it costs: 23 KB to read, a quarter of it comments; 4 KB on the wire if minified and
 * compressed. Binary, both transports and shared connections are what exceeds 12 KB.
 *
 * @typedef {string | ArrayBuffer | ArrayBufferView | Blob} Packet of Engine.IO: text with its type digit, or a binary message
 * @typedef {Partial<typeof DEFAULTS>} Options
 * @typedef {{ packet: (packet: Packet) => void, closed: (reason: string, error: Error) => void }} Listener
 * @typedef {{ send: (packets: Packet[]) => void, close: () => void }} Transport
 * @typedef {{ timeout?: number, withError?: boolean, volatile?: boolean }} Flags
 */

const DEFAULTS = {
  /** Sent to the namespace on every connect: an object, or a function that passes one to its argument. @type {any} */
  auth: undefined,
  /** Where the server listens. */
  path: '/socket.io/',
  /** Tried in this order. */
  transports: ['websocket', 'polling'],
  /** What an attempt to open may take, in milliseconds; less (see FALLBACK_AFTER) if another transport is left. */
  timeout: 20000,
  /** Connect at once. */
  autoConnect: true,
  /** Share no connection. */
  forceNew: false,
  /** Poll other origins with cookies. */
  withCredentials: false,
  reconnection: true,
  reconnectionAttempts: Infinity,
  /** Milliseconds before the first attempt; doubled each time, up to the maximum. */
  reconnectionDelay: 1000,
  reconnectionDelayMax: 5000,
  /** 0.5 makes a delay of 1000 one of 500 to 1500. */
  randomizationFactor: 0.5,
  /** For Node.js, which may lack one, and for tests. @returns {any} */
  get WebSocket() { return globalThis.WebSocket; },
  /** @returns {any} */
  get fetch() { return globalThis.fetch; },
};

/** What a transport may take to open while another one is left to try. */
const FALLBACK_AFTER = 5000;

// Socket.IO packet types. A binary event or ack is the plain one plus BINARY.
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
const BINARY = 3;

/** Events that only this module may raise. */
const RESERVED = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);

/** @type {Map<string, Connection>} one shared connection per origin and path */
const shared = new Map();

/**
 * The socket of a namespace, connecting unless `autoConnect` is false.
 * @param {string | Options} [url] absolute, or relative to the page; its path is the namespace
 * @param {Options} [options]
 * @returns {Socket}
 */
export function io(url = '/', options = {}) {
  if (typeof url === 'object') return io('/', url);
  const { protocol, host, pathname, searchParams } = new URL(url, globalThis.location?.href);
  const scheme = protocol.replace(/^ws/, 'http');
  if (!/^https?:$/.test(scheme)) throw new TypeError(`not an http or ws URL: ${url}`);
  const settings = { ...DEFAULTS, ...options };
  searchParams.set('EIO', '4');
  const base = `${scheme}//${host}${settings.path.replace(/\/?$/, '/')}`;

  // A second socket of one namespace needs a connection of its own.
  let connection = settings.forceNew ? undefined : shared.get(base);
  if (!connection || connection.sockets.has(pathname)) {
    connection = new Connection(`${base}?${searchParams}`, settings);
    if (!settings.forceNew && !shared.has(base)) shared.set(base, connection);
  }
  const socket = new Socket(connection, pathname, settings.auth);
  connection.sockets.set(pathname, socket);
  return settings.autoConnect ? socket.connect() : socket;
}

/** Runs user code. What it throws is reported as uncaught and never breaks the protocol. */
function call(callback, args) {
  try {
    callback(...args);
  } catch (error) {
    setTimeout(() => { throw error; });
  }
}

class Emitter {
  #listeners = new Map(); // by event: [{ listener, once }]

  on(event, listener) { return this.#add(event, listener, false); }
  once(event, listener) { return this.#add(event, listener, true); }

  /** Removes one listener, all of an event, or all. @param {string} [event] @param {(...args: any[]) => void} [listener] */
  off(event, listener) {
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.set(event, listener ? this.#of(event).filter((entry) => entry.listener !== listener) : []);
    return this;
  }

  /** @internal */
  _dispatch(event, ...args) {
    for (const entry of this.#of(event)) {
      if (entry.once) this.#listeners.set(event, this.#of(event).filter((other) => other !== entry));
      call(entry.listener, args);
    }
  }

  #of(event) { return this.#listeners.get(event) ?? []; }

  /** @param {string} event @param {(...args: any[]) => void} listener @param {boolean} once */
  #add(event, listener, once) {
    this.#listeners.set(event, [...this.#of(event), { listener, once }]);
    return this;
  }
}

/** One namespace of one connection. Events: 'connect', 'connect_error' (error), 'disconnect' (reason), and the server's. */
export class Socket extends Emitter {
  /** @type {string | undefined} the server's id for this socket; changes with every connect */
  id;
  /** The namespace has let us in. */
  connected = false;
  /** Connected, or trying to be. */
  active = false;
  #buffer = [];
  #acks = new Map(); // by id: { callback, withError, timer }
  #nextId = 0;

  /** @internal */
  constructor(connection, nsp, auth) {
    super();
    /** The connection beneath. Events: 'reconnect_attempt', 'reconnect' (both: which attempt), 'reconnect_failed'. */
    this.io = connection;
    this.nsp = nsp;
    /** May be changed before `connect()`. */
    this.auth = auth;
  }

  connect() {
    const waiting = !this.active;
    this.active = true;
    this.io._open(waiting ? this : undefined);
    return this;
  }

  disconnect() {
    if (this.connected) this._write(DISCONNECT);
    this._release('io client disconnect');
    return this;
  }

  /**
   * Sends an event. If the last argument is a function, it is called with the acknowledgement.
   * @param {string} event @param {any[]} args
   */
  emit(event, ...args) {
    this.#emit({}, event, args);
    return this;
  }

  /**
   * Sends an event; the promise has the first argument of the acknowledgement, and fails when the connection is lost.
   * @param {string} event @param {any[]} args
   */
  emitWithAck(event, ...args) { return this.#promise({}, event, args); }

  /** As `emit` and `emitWithAck`; if no acknowledgement comes in time, the callback gets an error first (else null). @param {number} ms */
  timeout(ms) {
    return {
      emit: (event, ...args) => { this.#emit({ timeout: ms, withError: true }, event, args); return this; },
      emitWithAck: (event, ...args) => this.#promise({ timeout: ms }, event, args),
    };
  }

  /** As `emit`, but what cannot be sent now is dropped instead of buffered. */
  get volatile() {
    return { emit: (event, ...args) => { this.#emit({ volatile: true }, event, args); return this; } };
  }

  #promise(flags, event, args) {
    return new Promise((resolve, reject) => {
      const callback = (error, value) => (error ? reject(error) : resolve(value));
      this.#emit({ ...flags, withError: true }, event, [...args, callback]);
    });
  }

  /** @param {Flags} flags @param {string} event @param {any[]} args */
  #emit(flags, event, args) {
    if (RESERVED.has(event)) throw new Error(`"${event}" is a reserved event name`);
    const callback = typeof args.at(-1) === 'function' ? args.at(-1) : undefined;
    const id = callback && this.#nextId++;
    const packets = encode(EVENT, this.nsp, id, [event, ...(callback ? args.slice(0, -1) : args)]);
    if (callback) this.#expect(id, callback, flags);
    if (this.connected) this.io._write(packets);
    else if (!flags.volatile) this.#buffer.push({ id, packets });
  }

  /** @param {number} id @param {Function} callback @param {Flags} flags */
  #expect(id, callback, { timeout, withError }) {
    const timer = timeout === undefined ? undefined : setTimeout(() => {
      this.#acks.delete(id);
      this.#buffer = this.#buffer.filter((entry) => entry.id !== id);
      call(callback, [new Error('operation has timed out')]);
    }, timeout);
    this.#acks.set(id, { callback, withError, timer });
  }

  /** @internal */
  _write(type, id, data) { this.io._write(encode(type, this.nsp, id, data)); }

  /** The connection is open: ask to be let in. @internal */
  _opened() {
    if (typeof this.auth !== 'function') return this._write(CONNECT, undefined, this.auth);
    const session = this.io.sid;
    call(this.auth, [(auth) => {
      // The answer may come late, when this session is gone.
      if (this.active && !this.connected && this.io.sid === session) this._write(CONNECT, undefined, auth);
    }]);
  }

  /** The connection is lost and will be opened again, or not, by itself. @internal */
  _lost(reason) {
    if (!this.connected) {
      if (this.active) this._dispatch('connect_error', new Error(reason));
      return;
    }
    this.connected = false;
    this.id = undefined;
    const acks = [...this.#acks.values()];
    this.#acks.clear();
    for (const { callback, withError, timer } of acks) {
      clearTimeout(timer);
      if (withError) call(callback, [new Error('socket has been disconnected')]);
    }
    this._dispatch('disconnect', reason);
  }

  /** This socket leaves the connection for good, until `connect()`. */
  _release(reason) {
    this.active = false;
    this.io._released();
    this._lost(reason);
  }

  /** @internal */
  _packet(type, id, data) {
    // Let in after we changed our mind.
    if (type === CONNECT && !this.active) return this._write(DISCONNECT);
    if (type === CONNECT) {
      this.id = data.sid;
      this.connected = true;
      for (const { packets } of this.#buffer.splice(0)) this.io._write(packets);
      this._dispatch('connect');
    } else if (type === CONNECT_ERROR) {
      this.active = false;
      this.io._released();
      this._dispatch('connect_error', Object.assign(new Error(data.message ?? data), { data: data.data }));
    } else if (!this.connected) {
      return; // the rest is for sockets that are in
    } else if (type === DISCONNECT) {
      this._release('io server disconnect');
    } else if (type === EVENT) {
      this._dispatch(...data, ...(id === undefined ? [] : [this.#replier(id)]));
    } else if (this.#acks.has(id)) {
      const { callback, withError, timer } = this.#acks.get(id);
      this.#acks.delete(id);
      clearTimeout(timer);
      call(callback, withError ? [null, ...data] : data);
    }
  }

  #replier(id) {
    const session = this.id;
    let sent = false;
    return (...args) => {
      if (!sent && this.id === session) this._write(ACK, id, args);
      sent = true;
    };
  }
}

/** One Engine.IO session at a time, the sockets that share it, and the way back when it is lost. */
class Connection extends Emitter {
  /** @type {Map<string, Socket>} by namespace */
  sockets = new Map();
  /** @type {string | undefined} the session's secret id, while it is open */
  sid;
  #uri;
  #options;
  /** @type {Transport | undefined} the one in use, or on trial */
  #transport;
  #attempts = 0;
  #openTimer;
  #reconnectTimer;
  #heartbeatTimer;
  #heartbeatLimit;
  /** A binary packet that waits for its attachments. */
  #partial;

  constructor(uri, options) {
    super();
    this.#uri = uri;
    this.#options = options;
  }

  /** @internal */
  _open(socket) {
    if (this.sid !== undefined) return socket?._opened();
    if (this.#transport) return; // on its way; `#opened` tells every active socket
    clearTimeout(this.#reconnectTimer);
    this.#try(this.#options.transports);
  }

  /** @param {Packet[]} packets the first one is text and lacks the type digit. @internal */
  _write([text, ...attachments]) {
    if (this.sid !== undefined) this.#transport?.send([`4${text}`, ...attachments]);
  }

  /** A socket is gone; without any, neither is there a reason to stay. @internal */
  _released() {
    if (this.#active().length > 0) return;
    clearTimeout(this.#reconnectTimer);
    this.#attempts = 0;
    this.#drop();
  }

  #active() { return [...this.sockets.values()].filter((socket) => socket.active); }

  /** Forgets the transport, so that nothing it still says is heard. */
  #drop() {
    clearTimeout(this.#openTimer);
    clearTimeout(this.#heartbeatTimer);
    const transport = this.#transport;
    this.#transport = this.sid = this.#partial = undefined;
    transport?.close();
  }

  /** @param {('websocket' | 'polling')[]} transports the first is tried now, the others if it cannot open */
  #try([name, ...others]) {
    const open = { websocket: openWebSocket, polling: openPolling }[name];
    if (!open) throw new TypeError(`unknown transport: ${name}`);
    let transport;
    const failed = (reason, error) => {
      if (transport !== this.#transport) return;
      if (this.sid !== undefined) return this.#lost(reason);
      this.#drop();
      if (others.length > 0) return this.#try(others);
      for (const socket of this.#active()) socket._dispatch('connect_error', error);
      this.#reconnect();
    };
    const received = (packet) => {
      if (transport !== this.#transport) return;
      try {
        this.#packet(packet);
      } catch (error) {
        failed('parse error', error);
      }
    };
    const limit = this.#options.timeout;
    this.#openTimer = setTimeout(
      () => failed('timeout', new Error('timeout')),
      others.length > 0 ? Math.min(limit, FALLBACK_AFTER) : limit,
    );
    this.#transport = transport = open(`${this.#uri}&transport=${name}`, this.#options, { packet: received, closed: failed });
  }

  /** One Engine.IO packet. Throws if it is malformed. */
  #packet(packet) {
    if (typeof packet !== 'string') return this.#attachment(packet);
    const data = packet.slice(1);
    switch (packet[0]) {
      case '0': return this.#opened(JSON.parse(data));
      case '1': return this.#lost('transport close');
      case '2': this.#watch(); return this.#transport?.send([`3${data}`]);
      case '4': return this.#message(data);
      case '6': return;
      case 'b': return this.#attachment(fromBase64(data));
      default: throw new Error('unknown packet');
    }
  }

  #opened({ sid, pingInterval, pingTimeout }) {
    clearTimeout(this.#openTimer);
    this.sid = sid;
    this.#heartbeatLimit = pingInterval + pingTimeout;
    this.#watch();
    if (this.#attempts > 0) this._dispatch('reconnect', this.#attempts);
    this.#attempts = 0;
    for (const socket of this.#active()) socket._opened();
  }

  /** The server pings; when it has not for too long, it is gone. */
  #watch() {
    clearTimeout(this.#heartbeatTimer);
    this.#heartbeatTimer = setTimeout(() => this.#lost('ping timeout'), this.#heartbeatLimit);
  }

  #lost(reason) {
    this.#drop();
    for (const socket of this.sockets.values()) socket._lost(reason);
    this.#reconnect();
  }

  #reconnect() {
    const { reconnection, reconnectionAttempts, reconnectionDelay, reconnectionDelayMax, randomizationFactor } = this.#options;
    // A listener may have disconnected the last socket, or have connected by hand.
    if (!reconnection || this.#transport || this.#active().length === 0) return;
    if (this.#attempts >= reconnectionAttempts) {
      this.#attempts = 0;
      return this._dispatch('reconnect_failed');
    }
    const delay = Math.min(reconnectionDelayMax, reconnectionDelay * 2 ** this.#attempts++);
    const jitter = 1 + randomizationFactor * (2 * Math.random() - 1);
    clearTimeout(this.#reconnectTimer);
    this.#reconnectTimer = setTimeout(() => {
      this._dispatch('reconnect_attempt', this.#attempts);
      if (this.#active().length > 0) this._open();
    }, delay * jitter);
  }

  /** The text of a Socket.IO packet: `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]` */
  #message(text) {
    if (this.#partial) throw new Error('an attachment is missing');
    const [header, type, count, nsp = '/', id] = text.match(/^([0-6])(?:(\d+)-)?(?:(\/[^,]*),?)?(\d+)?/);
    const packet = {
      type: Number(type),
      nsp,
      id: id === undefined ? undefined : Number(id),
      json: text.slice(header.length),
      count: Number(count ?? 0),
      attachments: [],
    };
    if (packet.type > CONNECT_ERROR) packet.type -= BINARY;
    if (packet.count > 0) this.#partial = packet;
    else this.#deliver(packet);
  }

  #attachment(data) {
    if (!this.#partial) throw new Error('an attachment without a packet');
    if (this.#partial.attachments.push(data) < this.#partial.count) return;
    const packet = this.#partial;
    this.#partial = undefined;
    this.#deliver(packet);
  }

  #deliver({ type, nsp, id, json, attachments }) {
    const data = decode(json, attachments);
    const [name] = Array.isArray(data) ? data : [];
    const valid = type === EVENT ? typeof name === 'string' && !RESERVED.has(name)
      : type === ACK ? Array.isArray(data)
      : type === DISCONNECT || typeof data === 'object' || typeof data === 'string';
    if (!valid) throw new Error('invalid packet');
    this.sockets.get(nsp)?._packet(type, id, data);
  }
}

// Packets

const isBinary = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
  || (typeof Blob === 'function' && value instanceof Blob);

/** A Socket.IO packet as its text and its attachments, each of which leaves a numbered placeholder in the JSON. */
function encode(type, nsp, id, data) {
  const attachments = [];
  const json = JSON.stringify(data, function replace(key, value) {
    const original = this[key]; // `value` has been through toJSON, which spoils Node's Buffer
    return isBinary(original) ? { _placeholder: true, num: attachments.push(original) - 1 } : value;
  });
  const head = attachments.length > 0 ? `${type + BINARY}${attachments.length}-` : type;
  return [`${head}${nsp === '/' ? '' : `${nsp},`}${id ?? ''}${json ?? ''}`, ...attachments];
}

function decode(json, attachments) {
  if (json === '') return undefined;
  if (attachments.length === 0) return JSON.parse(json);
  return JSON.parse(json, (key, value) => {
    if (value?._placeholder !== true) return value;
    if (!Number.isInteger(value.num) || !(value.num in attachments)) throw new Error('invalid placeholder');
    return attachments[value.num];
  });
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;

async function toBase64(data) {
  const buffer = data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data : await data.arrayBuffer();
  const bytes = ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
  let text = '';
  // In steps, for a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

// Transports. Each reports every packet, and once that it is closed, never before `open…` has returned.

/** @param {string} uri @param {Options} options @param {Listener} listener @returns {Transport} */
function openWebSocket(uri, { WebSocket }, listener) {
  const broken = new Error('websocket error');
  if (!WebSocket) {
    setTimeout(listener.closed, 0, 'transport error', broken);
    return { send() {}, close() {} };
  }
  const socket = new WebSocket(uri.replace(/^http/, 'ws'));
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) => listener.packet(data);
  socket.onerror = () => listener.closed('transport error', broken);
  socket.onclose = () => listener.closed('transport close', broken);
  return {
    send: (packets) => packets.forEach((packet) => socket.send(packet)),
    close: () => socket.close(),
  };
}

/** @param {string} uri @param {Options} options @param {Listener} listener @returns {Transport} */
function openPolling(uri, { fetch, withCredentials }, listener) {
  const aborter = new AbortController();
  const queue = [];
  let address = uri; // gains the session's id
  let limit = Infinity;
  let sending = false;
  let over = false;

  const request = async (init) => {
    const credentials = withCredentials ? 'include' : 'same-origin';
    const response = await fetch(address, { cache: 'no-store', credentials, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`polling error: ${response.status} ${text.slice(0, 200)}`);
    return text;
  };

  const failed = (error) => {
    over = true;
    aborter.abort();
    listener.closed('transport error', error);
  };

  const poll = async () => {
    while (!over) {
      const payload = await request({ signal: aborter.signal });
      for (const packet of payload.split('\x1e')) {
        if (packet[0] === '0') {
          const handshake = JSON.parse(packet.slice(1));
          address = `${uri}&sid=${encodeURIComponent(handshake.sid)}`;
          limit = handshake.maxPayload ?? Infinity;
        }
        if (packet === '1') over = true; // nobody is left to say goodbye to
        listener.packet(packet);
      }
    }
  };

  // One request at a time: the server takes overlapping ones for an error.
  const flush = async () => {
    sending = true;
    while (queue.length > 0) {
      const body = [];
      let size = 0;
      do {
        const text = typeof queue[0] === 'string' ? queue[0] : `b${await toBase64(queue[0])}`;
        size += 3 * text.length + 1; // a UTF-16 unit is 3 bytes at most; a packet too big by itself is sent by itself
        if (body.length > 0 && size > limit) break;
        body.push(text);
        queue.shift();
      } while (queue.length > 0);
      await request({ method: 'POST', body: body.join('\x1e') });
    }
    sending = false;
    if (over) aborter.abort(); // not earlier: an aborted poll looks like a lost client
  };

  const send = (packets) => {
    queue.push(...packets);
    if (!sending) flush().catch(failed);
  };

  poll().catch(failed);
  return {
    send,
    close() {
      if (over || address === uri) aborter.abort();
      else send(['1']);
      over = true;
    },
  };
}
