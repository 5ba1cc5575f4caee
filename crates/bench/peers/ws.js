// A chat on `ws`: a room is the path, a message is stored, then written to everyone in its room.
const { WebSocketServer, WebSocket } = require("ws");
const { keep } = require("./messages");

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });

server.on("connection", (socket, request) => {
  const name = request.url.slice(1);
  if (!rooms.has(name)) rooms.set(name, new Set());
  const room = rooms.get(name);
  room.add(socket);
  socket.on("close", () => room.delete(socket));
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    const told = Buffer.from(JSON.stringify(keep(name, JSON.parse(data).content)));
    for (const other of room) {
      if (other.readyState === WebSocket.OPEN) other.send(told, { binary: false });
    }
  });
});
