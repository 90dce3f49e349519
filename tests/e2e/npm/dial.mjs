// One WebSocket of the npm package ws: dials, says one heartbeat, and tells in one JSON line what came of it.
// Argument: JSON with url, ca, and perhaps cert, key (files), user and password (base64 of their bytes), options.
import { readFileSync } from "node:fs";
import WebSocket from "ws";

const plan = JSON.parse(process.argv[2]);
const told = (result) => {
  console.log(JSON.stringify(result));
  process.exit(0);
};
const headers = {};
if (plan.user !== undefined) {
  const colon = Buffer.from(":");
  const plain = Buffer.concat([Buffer.from(plan.user, "base64"), colon, Buffer.from(plan.password, "base64")]);
  headers.Authorization = `Basic ${plain.toString("base64")}`;
}
const files = Object.fromEntries(
  ["ca", "cert", "key"].filter((name) => plan[name]).map((name) => [name, readFileSync(plan[name])]),
);
const charger = new WebSocket(plan.url, ["ocpp1.6"], {
  headers,
  perMessageDeflate: false,
  ...files,
  ...plan.options,
});
charger.on("open", () => charger.send('[2,"1","Heartbeat",{}]'));
charger.on("message", (data) => told({ status: 101, answer: JSON.parse(data) }));
charger.on("unexpected-response", (_request, response) => {
  let body = "";
  response.on("data", (data) => (body += data));
  response.on("end", () => told({ status: response.statusCode, body, login: response.headers["www-authenticate"] }));
});
charger.on("error", (error) => told({ status: 0, error: error.code ?? String(error) }));
