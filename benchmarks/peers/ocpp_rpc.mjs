// Peer: npm's ocpp-rpc as its README shows, strict validation of requests and responses; it only acknowledges.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../tests/e2e/npm/package.json', import.meta.url));
const { RPCServer } = require('ocpp-rpc');

const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true });
server.auth((accept) => accept({}));
server.on('client', (client) => {
  let transactionId = 0;
  client.handle('BootNotification', () => ({
    status: 'Accepted', interval: 300, currentTime: new Date().toISOString(),
  }));
  client.handle('Heartbeat', () => ({ currentTime: new Date().toISOString() }));
  client.handle('StatusNotification', () => ({}));
  client.handle('MeterValues', () => ({}));
  client.handle('StartTransaction', () => ({ transactionId: ++transactionId, idTagInfo: { status: 'Accepted' } }));
});
await server.listen(Number(process.argv[2]), '127.0.0.1');
