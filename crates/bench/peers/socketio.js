// A chat on Socket.IO: a message is stored, then emitted to everyone in its room.
const http = require("http");
const { Server } = require("socket.io");
const { keep } = require("./messages");

const server = http.createServer();
const io = new Server(server, { serveClient: false });

io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("post", ({ content }) => io.to(room).emit("message", keep(room, content)));
});

server.listen({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
