// The socket: subscribes from a cursor, resumes after every break, and tells its listener frame by frame. A gap in the ranges
// that frames name means something was missed; then it subscribes again from the last cursor.

// How long an answer is waited for, and how long nothing may be heard before the server is asked whether it is there.
const PATIENCE = 8_000;
const SILENCE = 15_000;

export class Live {
  constructor({ slug, cursor, onFrame, onState }) {
    Object.assign(this, { slug, cursor, onFrame, onState, tries: 0, waiting: new Map(), room: null });
    this.connect();
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => {
      this.send({ type: "away", away: document.hidden });
      if (!document.hidden) this.retry();
    });
    setInterval(() => this.check(), PATIENCE);
  }

  connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    Object.assign(this, { socket, heard: Date.now(), asked: Date.now(), repairing: 0 });
    socket.onopen = () => this.subscribe();
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      this.heard = Date.now();
      this.hear(JSON.parse(data));
    };
    socket.onclose = ({ code }) => this.broke(socket, code);
  }

  broke(socket, code) {
    if (this.socket !== socket) return;
    this.socket = null;
    if (code === 4401) return location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
    for (const { reject } of this.waiting.values()) reject(new Error("no connection"));
    this.waiting.clear();
    this.onState("away");
    const pause = Math.min(10_000, 250 * 2 ** this.tries++) * (0.5 + Math.random());
    this.timer = setTimeout(() => this.connect(), pause);
  }

  // A socket may be open on a server that is frozen or a network that is gone: who does not answer is given up.
  check() {
    const socket = this.socket;
    if (!socket) return;
    if (this.asked > this.heard || (socket.readyState === WebSocket.CONNECTING && Date.now() - this.asked > PATIENCE)) {
      this.giveUp(socket);
    } else if (Date.now() - this.heard > SILENCE && this.send({ type: "ping" })) {
      this.asked = Date.now();
    }
  }

  giveUp(socket) {
    socket.close();
    this.broke(socket, 1006);
  }

  retry() {
    if (!this.socket) this.connect();
  }

  subscribe() {
    this.repairing = Date.now();
    this.send({ type: "subscribe", room: this.slug, cursor: this.cursor, html: true });
    this.send({ type: "subscribe", lane: "me" });
    if (document.hidden) this.send({ type: "away", away: true });
  }

  get seq() {
    return Number(this.cursor.split(".").at(-1));
  }

  hear(frame) {
    this.waiting.get(frame.ref)?.resolve(frame);
    this.waiting.delete(frame.ref);
    const here = frame.room_id !== undefined && (frame.type === "subscribed" || frame.room_id === this.room);
    if (frame.reset || frame.type === "reset") {
      if (here) location.reload();
      return;
    }
    if (frame.type === "subscribed" && here) {
      Object.assign(this, { room: frame.room_id, tries: 0, repairing: 0 });
      this.onState("here");
    }
    if (here && frame.cursor && !this.follows(frame)) return;
    this.onFrame(frame, here);
    if (here && frame.more) this.subscribe();
  }

  // Moves the cursor on; whether the frame is news. A repeated one is not, and after a gap the server is asked for what is missing.
  follows(frame) {
    if (frame.type === "events" && frame.from > this.seq + 1) {
      if (Date.now() - this.repairing > PATIENCE / 4) this.subscribe();
      return false;
    }
    if (frame.type === "events" && frame.to <= this.seq) return false;
    if (Number(frame.cursor.split(".").at(-1)) > this.seq) this.cursor = frame.cursor;
    return true;
  }

  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  // Sends a frame and gives its answer; rejects when the connection breaks first, so that the caller sends it again.
  ask(frame) {
    const ref = frame.client_id ?? newId();
    return new Promise((resolve, reject) => {
      if (!this.send({ ...frame, ref })) return reject(new Error("no connection"));
      const socket = this.socket;
      const timer = setTimeout(() => this.giveUp(socket), PATIENCE);
      const over = (then) => (what) => (clearTimeout(timer), then(what));
      this.waiting.set(ref, { resolve: over(resolve), reject: over(reject) });
    });
  }
}

// A fresh one-use id.
export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
