// Runs every method of the vendor's own Node client, unmodified, against `roomledger sandbox`:
//
//   node every-method.mjs path/to/roomledger
//
// The client is pointed at the sandbox the way any program can be that can't be changed: by https_proxy. A method that the client
// has and that is not run here is a failure.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { SDK } from "@100mslive/server-sdk";

const key = "6600aa11bb22cc33dd44ee77";
const secret = "a-secret-of-this-test-alone=";

// start runs a sandbox and returns its address.
async function start(binary) {
  const sandbox = spawn(binary, ["sandbox", "-addr", "127.0.0.1:0", "-access-key", key, "-secret", secret, "-seed", "empty"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.on("exit", () => sandbox.kill());
  for await (const line of createInterface({ input: sandbox.stdout })) {
    const found = line.match(/http:\/\/[\d.]+:\d+/);
    if (found) {
      return { sandbox, address: found[0] };
    }
  }
  throw new Error("the sandbox did not say where it is");
}

// watched notes each method of an object that is called, as part.method.
const called = new Set();
function watched(part, object) {
  return new Proxy(object, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== "function") {
        return value;
      }
      return (...args) => {
        called.add(`${part}.${String(name)}`);
        return value.apply(target, args);
      };
    },
  });
}

// methods lists what the client can do, as part.method.
function methods(sdk) {
  const all = [];
  for (const part of Object.keys(sdk)) {
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(sdk[part]))) {
      // The API service's and the token service's own steps are run by all the others.
      const internal = ["setupAxios", "convertAxiosErrorToHMS", "generateToken", "isTokenExpired", "signAndGetJwt"];
      if (name !== "constructor" && !internal.includes(name)) {
        all.push(`${part}.${name}`);
      }
    }
  }
  return all;
}

async function collect(list) {
  const all = [];
  for await (const item of list) {
    all.push(item);
  }
  return all;
}

const ids = (list) => list.map((item) => item.id);

// admin makes a call of the sandbox that the API doesn't have.
async function admin(address, path, body) {
  const answer = await fetch(`${address}/sandbox${path}`, { method: "POST", body: JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${path}: ${text}`);
  return JSON.parse(text);
}

const steps = {
  async tokens({ sdk }) {
    const management = await sdk.auth.getManagementToken();
    assert.equal(management.token.split(".").length, 3);
    const auth = await sdk.auth.getAuthToken({ roomId: "65a0b3c4d5e6f708192a3b4c", role: "host", userId: "u-1" });
    assert.equal(JSON.parse(atob(auth.token.split(".")[1])).type, "app");
  },

  async rooms({ sdk }) {
    const made = [];
    for (let i = 0; i < 23; i++) {
      made.push(await sdk.rooms.create({ name: `sdk-${i}`, description: "made by the vendor's client" }));
    }
    assert.deepEqual(ids(await collect(sdk.rooms.list())), ids(made).reverse());
    assert.deepEqual(ids(await collect(sdk.rooms.list({ limit: 10 }))), ids(made).reverse());
    const room = await sdk.rooms.retrieveById(made[0].id);
    assert.equal(room.name, "sdk-0");
    assert.ok(room.created_at instanceof Date);
    assert.equal((await sdk.rooms.retrieveByName("SDK-7")).id, made[7].id);
    assert.equal((await sdk.rooms.update(made[0].id, { description: "changed" })).description, "changed");
    assert.equal((await sdk.rooms.create({ name: "sdk-0", region: "eu" })).id, made[0].id);
    assert.equal((await sdk.rooms.enableOrDisable(made[1].id, false)).enabled, false);
    assert.deepEqual(ids(await collect(sdk.rooms.list({ enabled: false }))), [made[1].id]);
    assert.equal((await sdk.rooms.enableOrDisable(made[1].id, true)).enabled, true);
    assert.equal((await sdk.rooms.create()).name.length, 36);
    await assert.rejects(sdk.rooms.retrieveById("0".repeat(24)), { code: 404, name: "Not Found", message: "Room not found" });
    await assert.rejects(sdk.rooms.create({ region: "moon" }), { code: 400, message: "Error: region not supported" });
  },

  async roomCodes({ sdk }) {
    const room = await sdk.rooms.create({ name: "sdk-codes" });
    const codes = await sdk.roomCodes.create(room.id);
    assert.deepEqual(codes.map((code) => code.role).sort(), ["guest", "host"]);
    const another = await sdk.roomCodes.createForRole(room.id, "guest");
    assert.equal((await sdk.roomCodes.enableOrDisable(another.code, false)).enabled, false);
    const listed = await collect(sdk.roomCodes.list(room.id));
    assert.equal(listed.length, 3);
    assert.equal((await collect(sdk.roomCodes.list(room.id, { enabled: false })))[0].code, another.code);
    await assert.rejects(sdk.roomCodes.createForRole(room.id, "nobody"), { code: 404, message: "Role not found" });
  },

  async activeRooms({ sdk, address }) {
    const room = await sdk.rooms.create({ name: "sdk-active" });
    const host = await admin(address, `/rooms/${room.id}/join`, { name: "Asha", role: "host", user_id: "u-1" });
    const guest = await admin(address, `/rooms/${room.id}/join`, { name: "Ben", role: "guest", user_id: "u-2" });
    const active = await sdk.activeRooms.retrieve(room.id);
    assert.deepEqual(active.session.peers.toSorted(), [host.id, guest.id].toSorted());
    assert.equal((await sdk.activeRooms.retrieveActivePeers(room.id))[guest.id].name, "Ben");
    const peer = await sdk.activeRooms.retrievePeerDetails(room.id, host.id);
    assert.ok(Object.keys(peer.tracks).length > 0);
    const renamed = await sdk.activeRooms.updatePeer(room.id, guest.id, { name: "Ben R", role: "host", metadata: "{}" });
    assert.deepEqual([renamed.name, renamed.role, renamed.metadata], ["Ben R", "host", "{}"]);
    await sdk.activeRooms.sendMessage(room.id, { message: "hello", type: "chat" });
    const session = await sdk.sessions.retrieveActiveByRoom(room.id);
    assert.equal(session.id, active.session.id);
    await sdk.activeRooms.removePeer(room.id, { peer_id: guest.id, reason: "test" });
    await admin(address, "/clock", { advance: "1m" });
    assert.deepEqual(Object.keys(await sdk.activeRooms.retrieveActivePeers(room.id)), [host.id]);
    await sdk.activeRooms.end(room.id, { reason: "over", lock: false });
    await admin(address, "/clock", { advance: "1m" });
    const over = await sdk.sessions.retrieveById(session.id);
    assert.deepEqual([over.active, Object.keys(over.peers).length], [false, 2]);
    assert.deepEqual(ids(await collect(sdk.sessions.list({ room_id: room.id, active: false }))), [session.id]);
    const tracks = sdk.analytics.listTrackEvents({ room_id: room.id, type: ["track.add.success", "track.remove.success"], limit: 100 });
    assert.ok((await collect(tracks)).length > 0);
  },

  async recordings({ sdk, address }) {
    const room = await sdk.rooms.create({ name: "sdk-recorded" });
    const meeting = { meeting_url: "https://rooms.example.org/preview/sdk?skip_preview=true" };
    await admin(address, `/rooms/${room.id}/join`, { name: "Asha", role: "host" });
    const first = await sdk.recordings.start(room.id, { ...meeting, resolution: { width: 1280, height: 720 } });
    assert.equal(first.status, "starting");
    await assert.rejects(sdk.recordings.start(room.id, meeting), { code: 409, message: "beam already started" });
    await admin(address, "/clock", { advance: "10m" });
    assert.equal((await sdk.recordings.retrieve(first.id)).status, "running");
    assert.equal((await sdk.recordings.stop(first.id)).status, "stopping");
    await admin(address, "/clock", { advance: "2h" });
    const done = await sdk.recordings.retrieve(first.id);
    assert.equal(done.status, "completed");
    const second = await sdk.recordings.start(room.id, meeting);
    await admin(address, "/clock", { advance: "1m" });
    assert.deepEqual(ids(await sdk.recordings.stopAll(room.id)), [second.id]);
    await admin(address, "/clock", { advance: "2h" });
    assert.deepEqual(ids(await collect(sdk.recordings.list({ room_id: room.id }))), [second.id, first.id]);
    await assert.rejects(sdk.recordings.stopAll(room.id), { code: 404, message: "beam not found" });

    const assets = await collect(sdk.recordingAssets.list({ room_id: room.id }));
    assert.ok(ids(assets).includes(done.recording_assets[0].id));
    const asset = await sdk.recordingAssets.retrieve(assets[0].id);
    assert.equal(asset.room_id, room.id);
    const signed = await sdk.recordingAssets.generatePreSignedURL(asset.id, 600);
    assert.equal(signed.id, asset.id);
    assert.equal(new URL(signed.url).protocol.startsWith("http"), true);
    const events = sdk.analytics.listRecordingEvents({ room_id: room.id, type: "beam.recording.success" });
    assert.equal((await collect(events)).length, 2);
  },

  async liveStreams({ sdk, address }) {
    const room = await sdk.rooms.create({ name: "sdk-live" });
    const meeting = { meeting_url: "https://rooms.example.org/preview/sdk?skip_preview=true" };
    await admin(address, `/rooms/${room.id}/join`, { name: "Asha", role: "host" });
    const stream = await sdk.liveStreams.start(room.id, { ...meeting, recording: { hls_vod: true, single_file_per_layer: false } });
    assert.equal(stream.status, "starting");
    await admin(address, "/clock", { advance: "1m" });
    assert.match((await sdk.liveStreams.retrieve(stream.id)).playback.url, /\.m3u8$/);
    await sdk.liveStreams.sendTimedMetadata(stream.id, { payload: "goal", duration: 5 });
    assert.equal((await sdk.liveStreams.pauseRecording(stream.id)).status, "running");
    assert.equal((await sdk.liveStreams.resumeRecording(stream.id)).status, "running");
    assert.equal((await sdk.liveStreams.stop(stream.id)).status, "stopping");
    await admin(address, "/clock", { advance: "2h" });
    const again = await sdk.liveStreams.start(room.id, meeting);
    await admin(address, "/clock", { advance: "1m" });
    assert.deepEqual(ids(await sdk.liveStreams.stopAll(room.id)), [again.id]);
    await admin(address, "/clock", { advance: "2h" });
    assert.deepEqual(ids(await collect(sdk.liveStreams.list({ room_id: room.id }))), [again.id, stream.id]);
    await assert.rejects(sdk.liveStreams.stopAll(room.id), { code: 404, message: "hls not running" });
  },

  async externalStreams({ sdk, address }) {
    const room = await sdk.rooms.create({ name: "sdk-external" });
    const params = { meeting_url: "https://rooms.example.org/preview/sdk", rtmp_urls: ["rtmp://in.example.org/live/k1"], recording: true };
    await admin(address, `/rooms/${room.id}/join`, { name: "Asha", role: "host" });
    const stream = await sdk.externalStreams.start(room.id, params);
    assert.equal(stream.status, "starting");
    await admin(address, "/clock", { advance: "1m" });
    assert.equal((await sdk.externalStreams.retrieve(stream.id)).status, "running");
    assert.equal((await sdk.externalStreams.stop(stream.id)).status, "stopping");
    await admin(address, "/clock", { advance: "2h" });
    const again = await sdk.externalStreams.start(room.id, params);
    await admin(address, "/clock", { advance: "1m" });
    assert.deepEqual(ids(await sdk.externalStreams.stopAll(room.id)), [again.id]);
    await admin(address, "/clock", { advance: "2h" });
    assert.deepEqual(ids(await collect(sdk.externalStreams.list({ room_id: room.id }))), [again.id, stream.id]);
  },

  async api({ sdk }) {
    const made = await sdk.api.post("/templates", { name: "sdk-template", roles: { host: {}, guest: {} } });
    assert.equal((await sdk.api.get(`/templates/${made.id}`)).name, "sdk-template");
  },
};

const { sandbox, address } = await start(process.argv[2]);
process.env.https_proxy = address;
const real = new SDK(key, secret);
real.setLogLevel?.("silent");
const parts = Object.keys(real);
const sdk = Object.fromEntries(parts.map((part) => [part, watched(part, real[part])]));
for (const [name, step] of Object.entries(steps)) {
  try {
    await step({ sdk, address });
  } catch (err) {
    console.error(`the vendor's client, ${name}:`, err);
    process.exit(1);
  }
}
const missed = methods(real).filter((method) => !called.has(method));
assert.deepEqual(missed, [], "methods of the vendor's client that were not run");
sandbox.kill();
await once(sandbox, "exit");
console.log(`the vendor's client: ${called.size} methods pass against the sandbox`);
