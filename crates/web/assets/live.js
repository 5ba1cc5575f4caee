// The socket: subscribes from a cursor, resumes after every break, and tells its listener frame by frame. A gap in the ranges
// that frames name means something was missed; then it subscribes again from the last cursor.
export class Live {
  constructor({ slug, cursor, onFrame, onState }) {
    Object.assign(this, { slug, cursor, onFrame, onState, tries: 0, waiting: new Map(), room: null });
    this.connect();
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => {
      this.send({ type: "away", away: document.hidden });
      if (!document.hidden) this.retry();
    });
  }

  connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    this.socket = socket;
    socket.onopen = () => this.subscribe();
    socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      if (code === 4401) return location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
      this.onState("away");
      const pause = Math.min(10_000, 250 * 2 ** this.tries++) * (0.5 + Math.random());
      this.timer = setTimeout(() => this.connect(), pause);
    };
  }

  retry() {
    if (this.socket.readyState === WebSocket.CLOSED) this.connect();
  }

  subscribe() {
    this.send({ type: "subscribe", room: this.slug, cursor: this.cursor, html: true });
    this.send({ type: "subscribe", lane: "me" });
  }

  hear(frame) {
    if (frame.ref !== undefined && this.waiting.has(frame.ref)) {
      this.waiting.get(frame.ref)(frame);
      this.waiting.delete(frame.ref);
    }
    const here = frame.room_id !== undefined && (frame.type === "subscribed" || frame.room_id === this.room);
    if (frame.type === "subscribed" && frame.room_id !== undefined) {
      this.room = frame.room_id;
      this.tries = 0;
      this.onState("here");
    }
    if (frame.reset || frame.type === "reset") {
      if (here) return location.reload();
      return;
    }
    if (here && frame.cursor) {
      const last = Number(this.cursor.split(".")[1]);
      if (frame.type === "events" && frame.from > last + 1) return this.subscribe();
      this.cursor = frame.cursor;
    }
    this.onFrame(frame, here);
  }

  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  // Sends a frame and gives its answer; rejects when the connection breaks first, so that the caller sends it again.
  ask(frame) {
    const ref = frame.client_id ?? crypto.randomUUID?.() ?? String(Math.random());
    return new Promise((resolve, reject) => {
      if (!this.send({ ...frame, ref })) return reject(new Error("no connection"));
      const socket = this.socket;
      this.waiting.set(ref, resolve);
      socket.addEventListener("close", () => this.waiting.delete(ref) && reject(new Error("no connection")));
    });
  }
}
