/**
 * A small Socket.IO client for browsers, for demos and small pages: one ES module, no dependencies.
 * Applications are better served by the official `socket.io-client`, which it resembles.
 *
 *   import { io } from '/socket.io/socketio.js';
 *   const socket = io('/chat', { auth: { nick: 'ada' } });      // the path of the URL is the namespace
 *   socket.on('line', ({ from, text }) => console.log(from, text));
 *   const number = await socket.timeout(5000).emitWithAck('message', 'hello');
 *
 * It speaks Engine.IO 4 and Socket.IO 5. What differs: each socket has a connection of its own;
 * long polling is a fallback, not the beginning; binary arrives as an ArrayBuffer; `connect()` also
 * ends the wait for the next attempt. Not here: manager, volatile emits, Blob, recovery, `onAny`.
 *
 * What it costs: 13 KB to read, a fifth of it comments; 2.6 KB on the wire if minified and compressed.
 */

// Socket.IO packet types. A binary event or ack is the plain one plus BINARY.
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
const BINARY = 3;

/** Events that only this module may raise. */
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];

const TRANSPORTS = { websocket: openWebSocket, polling: openPolling };

/** The socket of a namespace. The URL is absolute, or relative to the page; times are in milliseconds. */
export function io(url = '/', options = {}) {
  if (typeof url === 'object') return io('/', url);
  const socket = new Socket(new URL(url, globalThis.location?.href), {
    auth: undefined, // for the namespace: an object, or a function that passes one to its argument
    path: '/socket.io/', // where the server listens
    transports: ['websocket', 'polling'], // tried in this order
    timeout: 10000, // what each of them may take to open
    reconnection: true, // when the connection is lost or cannot be opened
    reconnectionDelay: 1000, // before the first attempt, give or take half; doubled each time,
    reconnectionDelayMax: 5000, // up to this
    WebSocket: globalThis.WebSocket, // to be replaced in Node.js, or to add credentials
    fetch: globalThis.fetch,
    ...options,
  });
  return options.autoConnect === false ? socket : socket.connect();
}

/** Events: 'connect', 'connect_error' (error), 'disconnect' (reason), and those of the server. */
export class Socket {
  id; // given by the server; changes with every connect
  connected = false; // the namespace has let us in
  auth; // may be changed before `connect()`
  #namespace;
  #url;
  #options;
  #listeners = new Map(); // by event
  #buffer = []; // what was emitted before we are connected
  #acks = new Map(); // by id: takes an error, or null and the answer
  #nextId = 0;
  #transport; // the one in use, or on trial
  #silence; // how long the server may keep it; known while the Engine.IO session is open
  #timer; // ends a trial, then the silence, then the wait for the next attempt
  #attempts = 0;
  #partial; // a packet that waits for its attachments

  constructor(url, options) {
    if (!/^(http|ws)s?:$/.test(url.protocol)) throw new TypeError(`not an http or ws URL: ${url}`);
    if (!options.transports.every((name) => TRANSPORTS[name])) throw new TypeError('unknown transport');
    this.auth = options.auth;
    this.#options = options;
    this.#namespace = url.pathname;
    this.#url = new URL(options.path.replace(/\/?$/, '/') + url.search, url);
    this.#url.protocol = url.protocol.replace('ws', 'http');
    this.#url.searchParams.set('EIO', '4');
  }

  on(event, listener) {
    this.#listeners.set(event, [...this.#of(event), listener]);
    return this;
  }

  once(event, listener) {
    const wrapper = (...args) => {
      this.off(event, wrapper);
      listener(...args);
    };
    return this.on(event, Object.assign(wrapper, { listener }));
  }

  /** Removes a listener, or all of an event, or all. */
  off(event, listener) {
    const others = this.#of(event).filter((other) => other !== listener && other.listener !== listener);
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.set(event, listener ? others : []);
    return this;
  }

  connect() {
    if (this.#transport) return this;
    this.#attempts = 0;
    this.#open();
    return this;
  }

  disconnect() {
    if (this.connected) this.#send(DISCONNECT);
    this.#close('io client disconnect', null);
    return this;
  }

  /** Sends an event. If the last argument is a function, it is called with the acknowledgement. */
  emit(event, ...args) {
    const callback = callbackOf(args);
    this.#emit(event, args, callback && ((error, ...answer) => error || callback(...answer)));
    return this;
  }

  /** Promises the first argument of the acknowledgement; fails when the connection is lost. */
  emitWithAck(event, ...args) { return this.timeout().emitWithAck(event, ...args); }

  /** As above, but the acknowledgement must come in time. A callback gets an error or null first. */
  timeout(ms) {
    return {
      emit: (event, ...args) => {
        this.#emit(event, args, callbackOf(args), ms);
        return this;
      },
      emitWithAck: (event, ...args) => new Promise((resolve, reject) => {
        this.#emit(event, args, (error, answer) => (error ? reject(error) : resolve(answer)), ms);
      }),
    };
  }

  #of(event) { return this.#listeners.get(event) ?? []; }

  #raise(event, ...args) {
    for (const listener of this.#of(event)) call(listener, args);
  }

  #send(...packet) { this.#transport.send(this.#encode(...packet)); }

  #emit(event, args, ack, ms) {
    if (RESERVED.includes(event)) throw new Error(`"${event}" is a reserved event name`);
    const id = ack && this.#nextId++;
    const packets = this.#encode(EVENT, [event, ...args], id);
    if (ack) {
      const timer = ms !== undefined && setTimeout(() => {
        this.#buffer = this.#buffer.filter((waiting) => waiting !== packets);
        this.#acks.get(id)(new Error('operation has timed out'));
      }, ms);
      this.#acks.set(id, (...answer) => {
        clearTimeout(timer);
        this.#acks.delete(id);
        call(ack, answer);
      });
    }
    if (this.connected) this.#transport.send(packets);
    else this.#buffer.push(packets);
  }

  // Coming and going

  /** Tries one transport after the other. */
  #open([name, ...others] = this.#options.transports) {
    let transport;
    const closed = (reason, error = new Error(reason)) => {
      if (transport !== this.#transport) return; // given up meanwhile
      if (this.#silence || others.length === 0) return this.#close(reason, error);
      this.#drop();
      this.#open(others);
    };
    const receive = (packet) => {
      if (transport !== this.#transport) return;
      try {
        this.#receive(packet);
      } catch (error) {
        closed('parse error', error);
      }
    };
    const url = new URL(this.#url);
    url.searchParams.set('transport', name);
    this.#after(this.#options.timeout, () => closed('timeout'));
    try {
      transport = TRANSPORTS[name](url, this.#options, receive, closed);
    } catch (error) {
      transport = { close() {} };
      setTimeout(closed, 0, 'transport error', error);
    }
    this.#transport = transport;
  }

  /** The Engine.IO session is open: ask to be let in. */
  #opened({ pingInterval, pingTimeout }) {
    this.#silence = pingInterval + pingTimeout;
    this.#attempts = 0;
    this.#listen();
    const transport = this.#transport;
    const join = (auth) => {
      // The answer may come late, when this session is gone.
      if (transport === this.#transport) this.#send(CONNECT, auth);
    };
    if (typeof this.auth === 'function') call(this.auth, [join]);
    else join(this.auth);
  }

  /** The server pings; when it has not for too long, it is gone. */
  #listen() { this.#after(this.#silence, () => this.#close('ping timeout')); }

  #after(ms, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
  }

  /** Ends the connection. Unless `error` is null, that was not intended, and there will be another. */
  #close(reason, error = new Error(reason)) {
    const { reconnection, reconnectionDelay, reconnectionDelayMax } = this.#options;
    this.#drop();
    if (error && reconnection) {
      const delay = Math.min(reconnectionDelayMax, reconnectionDelay * 2 ** this.#attempts++);
      this.#after(delay * (0.5 + Math.random()), () => this.#open());
    }
    if (this.connected) {
      this.connected = false;
      this.id = undefined;
      for (const settle of [...this.#acks.values()]) settle(new Error('socket has been disconnected'));
      this.#raise('disconnect', reason);
    } else if (error) {
      this.#raise('connect_error', error);
    }
  }

  /** Forgets the transport, so that nothing it still says is heard. */
  #drop() {
    clearTimeout(this.#timer);
    const transport = this.#transport;
    this.#transport = this.#silence = this.#partial = undefined;
    transport?.close();
  }

  // Packets. Malformed ones throw.

  /** An Engine.IO packet: text that begins with its type, or a binary message. */
  #receive(packet) {
    if (typeof packet !== 'string') return this.#attach(packet);
    const data = packet.slice(1);
    switch (packet[0]) {
      case '0': return this.#opened(JSON.parse(data));
      case '1': return this.#close('transport close');
      case '2': this.#listen(); return this.#transport.send([`3${data}`]);
      case '4': return this.#message(data);
      case '6': return;
      case 'b': return this.#attach(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)).buffer);
      default: throw new Error('unknown packet');
    }
  }

  /** The text of a Socket.IO packet: `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]` */
  #message(text) {
    if (this.#partial) throw new Error('an attachment is missing');
    const [head, digit, count = 0, id] = text.match(/^([0-6])(?:(\d+)-)?(?:\/[^,]*,?)?(\d+)?/);
    const type = digit > CONNECT_ERROR ? digit - BINARY : Number(digit);
    this.#partial = { type, count, id, json: text.slice(head.length), attachments: [] };
    this.#deliver();
  }

  #attach(data) {
    this.#partial.attachments.push(data);
    this.#deliver();
  }

  #deliver() {
    const { type, count, id, json, attachments } = this.#partial;
    if (attachments.length < count) return;
    this.#partial = undefined;
    const data = decode(json, attachments);
    if ((type === EVENT || type === ACK) && !Array.isArray(data)) throw new Error('no arguments');
    if (type === EVENT && (typeof data[0] !== 'string' || RESERVED.includes(data[0]))) throw new Error('invalid event');

    if (type === CONNECT) {
      this.id = data.sid;
      this.connected = true;
      for (const packets of this.#buffer.splice(0)) this.#transport.send(packets);
      this.#raise('connect');
    } else if (type === CONNECT_ERROR) {
      const error = Object.assign(new Error(data.message), { data: data.data });
      this.#close('refused', null);
      this.#raise('connect_error', error);
    } else if (!this.connected) {
      return; // the rest is for those who are in
    } else if (type === DISCONNECT) {
      this.#close('io server disconnect', null);
    } else if (type === EVENT) {
      this.#raise(...data, ...(id === undefined ? [] : [this.#replier(id)]));
    } else {
      this.#acks.get(Number(id))?.(null, ...data);
    }
  }

  #replier(id) {
    let session = this.id;
    return (...args) => {
      if (this.connected && this.id === session) this.#send(ACK, args, id);
      session = null; // once is enough
    };
  }

  /** An Engine.IO message and its attachments, each of which leaves a placeholder in the JSON. */
  #encode(type, data, id = '') {
    const attachments = [];
    const json = JSON.stringify(data, function replace(key, value) {
      const original = this[key]; // `value` has been through toJSON, which spoils Node's Buffer
      const binary = original instanceof ArrayBuffer || ArrayBuffer.isView(original);
      return binary ? { _placeholder: true, num: attachments.push(original) - 1 } : value;
    });
    const head = attachments.length > 0 ? `${type + BINARY}${attachments.length}-` : type;
    const namespace = this.#namespace === '/' ? '' : `${this.#namespace},`;
    return [`4${head}${namespace}${id}${json ?? ''}`, ...attachments];
  }
}

function decode(json, attachments) {
  if (json === '') return undefined;
  if (attachments.length === 0) return JSON.parse(json);
  return JSON.parse(json, (key, value) => {
    if (value?._placeholder !== true) return value;
    const data = typeof value.num === 'number' && attachments[value.num];
    if (!data) throw new Error('invalid placeholder');
    return data;
  });
}

const callbackOf = (args) => (typeof args.at(-1) === 'function' ? args.pop() : undefined);

/** Runs user code. What it throws is reported as uncaught and never breaks the protocol. */
function call(callback, args) {
  try {
    callback(...args);
  } catch (error) {
    setTimeout(() => { throw error; });
  }
}

// Transports. Each reports its packets, and that it is closed, but never before `open…` has returned.

function openWebSocket(url, { WebSocket }, receive, closed) {
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) => receive(data);
  socket.onerror = () => closed('transport error');
  socket.onclose = () => closed('transport close');
  return {
    send: (packets) => packets.forEach((packet) => socket.send(packet)),
    close: () => socket.close(),
  };
}

function openPolling(url, { fetch }, receive, closed) {
  const aborter = new AbortController();
  const queue = [];
  let limit; // of a request's body, in bytes; known when the session is open
  let sending = false;
  let over = false;

  const request = async (init) => {
    const response = await fetch(url, { cache: 'no-store', ...init });
    if (!response.ok) throw new Error(`polling error: ${response.status}`);
    return response.text();
  };

  const failed = (error) => {
    over = true;
    closed('transport error', error);
    aborter.abort();
  };

  const poll = async () => {
    while (!over) {
      const payload = await request({ signal: aborter.signal });
      for (const packet of payload.split('\x1e')) {
        if (packet[0] === '0') {
          const { sid, maxPayload = Infinity } = JSON.parse(packet.slice(1));
          url.searchParams.set('sid', sid);
          limit = maxPayload;
        }
        if (packet === '1') over = true; // nobody is left to say goodbye to
        receive(packet);
      }
    }
  };

  // One request at a time: the server takes overlapping ones for an error.
  const flush = async () => {
    sending = true;
    while (queue.length > 0) {
      const body = [queue.shift()]; // too big by itself, it is sent by itself
      let room = limit - 3 * body[0].length; // a UTF-16 unit is 3 bytes at most
      while (queue.length > 0 && (room -= 3 * queue[0].length + 1) >= 0) body.push(queue.shift());
      await request({ method: 'POST', body: body.join('\x1e') });
    }
    sending = false;
    if (over) aborter.abort(); // not earlier: an aborted poll looks like a lost client
  };

  const send = (packets) => {
    queue.push(...packets.map((packet) => (typeof packet === 'string' ? packet : `b${toBase64(packet)}`)));
    if (!sending) flush().catch(failed);
  };

  poll().catch(failed);
  return {
    send,
    close() {
      if (over || !limit) aborter.abort();
      else send(['1']);
      over = true;
    },
  };
}

function toBase64(data) {
  const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset, data.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
