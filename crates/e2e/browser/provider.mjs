// A provider that says what a test has it say, when the test has it say it, and a house whose bot thinks with it.
import { createServer } from "node:http";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve, until } from "./house.mjs";

export async function houseWithProvider() {
  const calls = [];
  const provider = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    calls.push(response);
  });
  await new Promise((ready) => provider.listen(0, "127.0.0.1", ready));
  const env = { OPENAI_BASE_URL: `http://127.0.0.1:${provider.address().port}/v1`, OPENAI_API_KEY: "sk-test" };
  const house = await serve(mkdtempSync(join(tmpdir(), "tertulia-")), "127.0.0.1:0", env);
  const close = async () => {
    await house.stop();
    house.remove();
    provider.closeAllConnections();
    provider.close();
  };
  return { ...house, close, answering: (nth) => answer(calls, nth) };
}

// The nth answer that was asked for, once it is.
async function answer(calls, nth) {
  await until(async () => calls.length > nth || calls.length, `answer ${nth} was not asked for`);
  const response = calls[nth];
  const event = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  return {
    say: (content) => event({ choices: [{ index: 0, delta: { content } }] }),
    use: (name, args) => event({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "c1", type: "function", function: { name, arguments: JSON.stringify(args) } }] }, finish_reason: "tool_calls" }] }),
    end: () => (event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }), response.end("data: [DONE]\n\n")),
    done: () => response.end("data: [DONE]\n\n"),
    cut: () => response.destroy(),
    isLeft: () => response.destroyed,
  };
}
