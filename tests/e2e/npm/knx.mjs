// A KNX client made of the npm package knxultimate: says what it hears, and what it is told, one JSON line each.
// Argument: JSON with the options of its KNXClient; `keyring` and `password` stand for the secure ones.
// Standard input: a JSON line per telegram, {"write": "1/2/3", "value": true, "dpt": "1.001"} or {"read": "1/2/3"}.
import os from "node:os";
import { createInterface } from "node:readline";

// The package takes no loopback interface; the tests have no other network.
const loopback = { address: "127.0.0.1", netmask: "255.0.0.0", family: "IPv4", internal: false, mac: "00:00:00:00:00:00" };
os.networkInterfaces = () => ({ lo: [loopback] });
const { KNXClient } = await import("knxultimate");

const { keyring, password, tunnel, ...options } = JSON.parse(process.argv[2]);
const say = (step, data = {}) => console.log(JSON.stringify({ step, ...data }));
const secure = keyring
  ? {
      isSecureKNXEnabled: true,
      secureTunnelConfig: {
        knxkeys_file_path: keyring,
        knxkeys_password: password,
        tunnelInterfaceIndividualAddress: tunnel,
      },
    }
  : {};
const client = new KNXClient({ loglevel: "disable", ...options, ...secure });
client.on("connected", () => say("connected"));
client.on("disconnected", (reason) => say("disconnected", { reason }));
client.on("error", (error) => say("error", { error: String(error.message ?? error) }));
client.on("indication", ({ cEMIMessage: message }) => {
  const { npdu } = message;
  const kind = npdu.isGroupWrite ? "write" : npdu.isGroupResponse ? "response" : npdu.isGroupRead ? "read" : "other";
  say("heard", {
    source: message.srcAddress.toString(),
    ga: message.dstAddress.toString(),
    kind,
    value: kind === "read" ? "" : (npdu.dataValue?.toString("hex") ?? ""),
  });
});
createInterface({ input: process.stdin }).on("line", (line) => {
  const { write, read, value, dpt } = JSON.parse(line);
  if (write) client.write(write, value, dpt);
  if (read) client.read(read);
});
client.Connect();
