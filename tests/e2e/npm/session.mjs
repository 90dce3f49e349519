// A charger made of the npm package ocpp-rpc in strict mode: one whole session, one JSON line per step.
// Strict mode checks every message of both sides against the schemas of OCPP 1.6.
import { RPCClient } from "ocpp-rpc";

const [endpoint, identity, idTag] = process.argv.slice(2);
const say = (step, data = {}) => console.log(JSON.stringify({ step, ...data }));
const charger = new RPCClient({
  endpoint,
  identity,
  protocols: ["ocpp1.6"],
  strictMode: true,
  maxReconnects: 0,
});
charger.on("strictValidationFailure", (failure) => say("invalid", { failure: String(failure.error ?? failure) }));

let stopAsked;
const stopped = new Promise((resolve) => {
  stopAsked = resolve;
});
charger.handle("SetChargingProfile", ({ params }) => {
  say("SetChargingProfile", { purpose: params.csChargingProfiles.chargingProfilePurpose });
  return { status: "Accepted" };
});
charger.handle("TriggerMessage", () => ({ status: "NotImplemented" }));
charger.handle("GetConfiguration", () => ({ configurationKey: [] }));
charger.handle("RemoteStopTransaction", ({ params }) => {
  stopAsked(params.transactionId);
  return { status: "Accepted" };
});
charger.handle(({ method }) => {
  say("asked", { method });
  throw new Error(`no ${method} here`);
});

const now = () => new Date().toISOString();
const status = (word) =>
  charger.call("StatusNotification", { connectorId: 1, errorCode: "NoError", status: word, timestamp: now() });

await charger.connect();
say("connected", { protocol: charger.protocol });
say("boot", await charger.call("BootNotification", { chargePointVendor: "npm", chargePointModel: "ocpp-rpc" }));
await status("Available");
await status("Preparing");
say("authorize", await charger.call("Authorize", { idTag }));
const meterStart = 1000;
const started = await charger.call("StartTransaction", { connectorId: 1, idTag, meterStart, timestamp: now() });
say("start", started);
await status("Charging");
const { transactionId } = started;
const sampledValue = [
  { value: "1600", measurand: "Energy.Active.Import.Register", unit: "Wh" },
  { value: "13.0", measurand: "Current.Import", phase: "L1", unit: "A" },
];
await charger.call("MeterValues", { connectorId: 1, transactionId, meterValue: [{ timestamp: now(), sampledValue }] });
say("charging");
say("remote stop", { transactionId: await stopped });
const stop = { transactionId, idTag, meterStop: 1750, timestamp: now(), reason: "Remote" };
say("stop", await charger.call("StopTransaction", stop));
await status("Available");
say("heartbeat", await charger.call("Heartbeat", {}));
await charger.close();
say("done");
