/**
 * A small Socket.IO client for demos and small pages: one ES module, no dependencies.
 *
 *   import { io } from '/socket.io/socketio.js';
 *   const socket = io('/chat', { auth: { nick: 'ada' } });      // the path of the URL is the namespace
 *   socket.on('line', ({ from, text }) => console.log(from, text));
 *   const number = await socket.timeout(5000).emitWithAck('message', 'hello');
 *
 * It resembles the official `socket.io-client`, which serves applications better. What differs: each
 * socket has a connection of its own; long polling is a fallback, not the beginning; binary arrives
 * as an ArrayBuffer. Not here: the manager, volatile emits, Blob, `onAny`, recovery.
 *
 * What it costs: 14 KB to read; 2.8 KB on the wire if minified and compressed. Polling (with its base64),
 * binary and the checks of what comes in are what exceeds 12 KB.
 */

// Types of Socket.IO packets; BINARY is added to those of events and acks with attachments.
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
const BINARY = 3;

/** Events that only this module may raise. */
const RESERVED = /^(connect(_error)?|disconnect(ing)?|(new|remove)Listener)$/;

const TRANSPORTS = {
  websocket: (url, { WebSocket }) => new WebSocket(url.href.replace(/^http/, 'ws')),
  polling: openPolling,
};

/** The URL is absolute, or relative to the page; times are in milliseconds. */
export function io(url = '/', options = {}) {
  if (typeof url === 'object') return io('/', url);
  const socket = new Socket(new URL(url, globalThis.location?.href), {
    auth: undefined, // an object, or a function that passes one to its argument
    path: '/socket.io/',
    transports: ['websocket', 'polling'], // tried in this order
    timeout: 10000, // for each of them to open
    autoConnect: true,
    reconnection: true,
    reconnectionDelay: 1000, // give or take half; doubled each time,
    reconnectionDelayMax: 5000, // up to this
    WebSocket: globalThis.WebSocket,
    fetch: globalThis.fetch,
    ...options,
  });
  return options.autoConnect === false ? socket : socket.connect();
}

/** Events: 'connect', 'connect_error' (error), 'disconnect' (reason), and those of the server. */
export class Socket {
  id; // changes with every connect
  connected = false;
  auth; // may be changed before `connect()`
  #prefix; // of packets that are not for `/`
  #url;
  #options;
  #listeners = [];
  #buffer = []; // of events that wait for us to be connected
  #acks = new Map(); // by id: takes an error, or null and the answer
  #nextId = 0;
  #transport; // the one in use, or on trial
  #silence; // how much of it we bear; known while the Engine.IO session is open
  #timer; // ends a trial, then the silence, then the wait for the next attempt
  #attempts = 0;
  #partial; // a packet that waits for its attachments

  constructor(url, options) {
    if (!/^(http|ws)s?:$/.test(url.protocol)) throw new TypeError('not an http or ws URL');
    if (!options.transports.every((name) => TRANSPORTS[name])) throw new TypeError('unknown transport');
    this.auth = options.auth;
    this.#options = options;
    this.#prefix = url.pathname === '/' ? '' : `${url.pathname},`;
    this.#url = new URL(options.path.replace(/\/?$/, '/') + url.search, url);
    this.#url.protocol = url.protocol.replace('ws', 'http');
    this.#url.searchParams.set('EIO', '4');
  }

  on(event, listener, once = false) {
    this.#listeners = [...this.#listeners, { event, listener, once }];
    return this;
  }

  once(event, listener) { return this.on(event, listener, true); }

  /** Removes a listener, or all of an event. */
  off(event, listener) {
    this.#listeners = this.#listeners.filter((one) => one.event !== event || (listener && one.listener !== listener));
    return this;
  }

  /** Also ends the wait for the next attempt. */
  connect() {
    if (!this.#transport) this.#open();
    return this;
  }

  disconnect() {
    if (this.connected) this.#send(this.#encode(DISCONNECT));
    this.#close('io client disconnect', null, false);
    return this;
  }

  /** A function as the last argument is called with the acknowledgement. */
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

  #raise(event, ...args) {
    for (const one of this.#listeners.filter((each) => each.event === event)) {
      if (one.once) this.#listeners = this.#listeners.filter((other) => other !== one);
      call(one.listener, args);
    }
  }

  #send(packets) {
    for (const packet of packets) this.#transport.send(packet);
  }

  #emit(event, args, ack, ms) {
    if (RESERVED.test(event)) throw new Error(`"${event}" is a reserved event name`);
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
    if (this.connected) this.#send(packets);
    else this.#buffer.push(packets);
  }

  /** Tries one transport after the other. */
  #open([name, ...others] = this.#options.transports) {
    const failed = (reason, error = new Error(reason)) => {
      if (this.#silence || others.length === 0) return this.#close(reason, error);
      this.#drop();
      this.#open(others);
    };
    const url = new URL(this.#url);
    url.searchParams.set('transport', name);
    this.#after(this.#options.timeout, () => failed('timeout'));
    try {
      const transport = this.#transport = TRANSPORTS[name](url, this.#options);
      transport.binaryType = 'arraybuffer';
      transport.onerror = (event) => failed('transport error', event?.error);
      transport.onclose = () => failed('transport close');
      transport.onmessage = ({ data }) => {
        try {
          this.#receive(data);
        } catch (error) {
          failed('parse error', error);
        }
      };
    } catch (error) {
      this.#after(0, () => failed('transport error', error));
    }
  }

  #opened({ pingInterval, pingTimeout }) {
    this.#silence = pingInterval + pingTimeout;
    this.#attempts = 0;
    this.#listen();
    const transport = this.#transport;
    const join = (auth) => {
      if (transport === this.#transport) this.#send(this.#encode(CONNECT, auth)); // else it comes too late
    };
    call(typeof this.auth === 'function' ? this.auth : () => join(this.auth), [join]);
  }

  /** The server pings; when it has not for too long, it is gone. */
  #listen() { this.#after(this.#silence, () => this.#close('ping timeout')); }

  #after(ms, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
  }

  /** Ends the connection, and the attempts to have one unless `again`. */
  #close(reason, error = new Error(reason), again = this.#options.reconnection) {
    this.#drop();
    if (again) {
      const { reconnectionDelay, reconnectionDelayMax } = this.#options;
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
    if (!transport) return;
    transport.onmessage = transport.onerror = transport.onclose = () => {};
    transport.close();
  }

  /** Takes an Engine.IO packet; throws if it is malformed. */
  #receive(packet) {
    if (typeof packet !== 'string') return this.#attach(packet);
    const data = packet.slice(1);
    switch (packet[0]) {
      case '0': return this.#opened(JSON.parse(data));
      case '1': return this.#close('transport close');
      case '2': this.#listen(); return this.#transport.send(`3${data}`);
      case '4': return this.#message(data);
      case '6': return;
      case 'b': return this.#attach(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)).buffer);
      default: throw new Error('unknown packet');
    }
  }

  /** `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]` */
  #message(text) {
    if (this.#partial) throw new Error('an attachment is missing');
    const [head, digit, count = 0, id] = text.match(/^([0-6])(?:(\d+)-)?(?:\/[^,]*,?)?(\d+)?/);
    const type = digit > CONNECT_ERROR ? digit - BINARY : Number(digit);
    this.#partial = { type, count, id, json: text.slice(head.length), attachments: [] };
    this.#attach();
  }

  #attach(...data) {
    const { type, count, id, json, attachments } = this.#partial;
    if (attachments.push(...data) < count) return;
    this.#partial = undefined;
    const revive = (key, value) => {
      if (value?._placeholder !== true) return value;
      const found = typeof value.num === 'number' && attachments[value.num];
      if (!found) throw new Error('invalid placeholder');
      return found;
    };
    this.#deliver(type, id, JSON.parse(json || 'null', attachments.length > 0 && revive));
  }

  #deliver(type, id, data) {
    if ((type === EVENT || type === ACK) && !Array.isArray(data)) throw new Error('no arguments');
    if (type === EVENT && (typeof data[0] !== 'string' || RESERVED.test(data[0]))) throw new Error('invalid event');
    if (type === CONNECT) {
      this.id = data.sid;
      this.connected = true;
      for (const packets of this.#buffer.splice(0)) this.#send(packets);
      this.#raise('connect');
    } else if (type === CONNECT_ERROR) {
      this.#close('refused', Object.assign(new Error(data.message), { data: data.data }), false);
    } else if (!this.connected) {
      return; // too early
    } else if (type === DISCONNECT) {
      this.#close('io server disconnect', null, false);
    } else if (type === EVENT) {
      this.#raise(...data, ...(id === undefined ? [] : [this.#replier(id)]));
    } else {
      this.#acks.get(Number(id))?.(null, ...data);
    }
  }

  #replier(id) {
    let session = this.id;
    return (...args) => {
      if (this.connected && this.id === session) this.#send(this.#encode(ACK, args, id));
      session = null; // once is enough
    };
  }

  /** An Engine.IO message, then its attachments, for which there are placeholders in the JSON. */
  #encode(type, data, id = '') {
    const attachments = [];
    const json = JSON.stringify(data, function replace(key, value) {
      const raw = this[key]; // `value` has been through toJSON, which spoils Node's Buffer
      const binary = raw instanceof ArrayBuffer || ArrayBuffer.isView(raw);
      return binary ? { _placeholder: true, num: attachments.push(raw) - 1 } : value;
    });
    const head = attachments.length > 0 ? `${type + BINARY}${attachments.length}-` : type;
    return [`4${head}${this.#prefix}${id}${json ?? ''}`, ...attachments];
  }
}

const callbackOf = (args) => (typeof args.at(-1) === 'function' ? args.pop() : undefined);

/** Runs user code; what it throws is uncaught, but disturbs nobody. */
function call(callback, args) {
  try {
    callback(...args);
  } catch (error) {
    setTimeout(() => { throw error; });
  }
}

/** Long polling in the shape of a WebSocket. */
function openPolling(url, { fetch }) {
  const aborter = new AbortController();
  const queue = [];
  let session = {}; // as the server describes it
  let sending = false;
  let over = false;

  const request = async (init) => {
    const response = await fetch(url, { cache: 'no-store', ...init });
    if (!response.ok) throw new Error(`polling error: ${response.status}`);
    return response.text();
  };

  const poll = async () => {
    while (!over) {
      const payload = await request({ signal: aborter.signal });
      for (const data of payload.split('\x1e')) {
        if (data[0] === '0') {
          session = JSON.parse(data.slice(1));
          url.searchParams.set('sid', session.sid);
        }
        transport.onmessage({ data });
      }
    }
  };

  // One request at a time: the server takes overlapping ones for an error.
  const flush = async () => {
    sending = true;
    await null; // what is sent together goes together
    while (queue.length > 0) {
      let count = queue.length;
      // A UTF-16 unit is 3 bytes at most.
      while (count > 1 && 3 * queue.slice(0, count).join().length > session.maxPayload) count >>= 1;
      await request({ method: 'POST', body: queue.splice(0, count).join('\x1e') });
    }
    sending = false;
    if (over) aborter.abort(); // not earlier: an aborted poll looks like a lost client
  };

  const failed = (error) => {
    over = true;
    aborter.abort();
    transport.onerror({ error });
  };

  const transport = {
    send(packet) {
      queue.push(typeof packet === 'string' ? packet : `b${toBase64(packet)}`);
      if (!sending) flush().catch(failed);
    },
    close() {
      if (over || !session.sid) aborter.abort();
      else transport.send('1');
      over = true;
    },
  };
  poll().catch(failed);
  return transport;
}

function toBase64(data) {
  const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset, data.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
